/** Which lines of a program call for the operation at hand. For checks only: it costs microseconds. */

import { fileURLToPath } from 'node:url';
import { getCallSites } from 'node:util';
import { type Frame, fileName } from './scan.ts';

/** Enough to come out of a library into what calls it. */
const FRAMES_MAX = 10;

const names = new Map<string, string>();

/** The frames of the stack, innermost first, files as sites name them. */
export function framesNow(): Frame[] {
  return getCallSites(FRAMES_MAX).map(({ scriptName, lineNumber, columnNumber }) => ({
    file: nameOf(scriptName),
    line: lineNumber,
    column: columnNumber,
  }));
}

function nameOf(script: string): string {
  let name = names.get(script);
  if (name === undefined) {
    name = script.startsWith('file:') ? fileName(fileURLToPath(script)) : script;
    names.set(script, name);
  }
  return name;
}
