/**
 * Which part of a program issues an operation: the functions that are running, innermost first and
 * joined by `<`, the nearest dozen of them; the heap's functions, which all pass through, are left
 * out. `#writeChunk:128<seal:87<commit:127` is a log chunk written at commit. So what a library does can
 * be named from outside, and needs no marks in it.
 */

import { getCallSites } from 'node:util';

/** Enough to tell what a library is at; a frame costs microseconds. */
const FRAMES_MAX = 16;
const PROGRAM = /\/(?:pm|workloads)\//;
/** What all operations pass through. */
const PLUMBING = /\/pm\/(?:heap|op)\.ts$/;

/** The path of the operation that is being issued, each name with `:` and the line it has come to. */
export function callPath(): string {
  const names: string[] = [];
  for (const { functionName, scriptName, lineNumber } of getCallSites(FRAMES_MAX)) {
    if (!PROGRAM.test(scriptName)) {
      if (names.length > 0) break;
      continue;
    }
    if (!PLUMBING.test(scriptName)) names.push(`${functionName}:${lineNumber}`);
  }
  return names.join('<');
}

/** A path without its lines: the names alone, which change less often. */
export function namesIn(path: string): string {
  return path.replace(/:\d+/g, '');
}
