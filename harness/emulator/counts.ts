/**
 * What of a replay's cost can be counted, and so compared on any machine: calls of functions and events, memory
 * that is allocated, and optimised code that is left. Times are not: they are of the machine.
 */

import { pluginFiles } from '../bench/index.ts';
import { inOwnProcess } from '../host/index.ts';
import type { Part } from './part.ts';

/** What the process that counts is sent. */
export interface CountTask {
  readonly part: Part;
  /** Files of users' own parts. */
  readonly plugins: readonly string[];
}

/** What it counts itself. */
export interface Counts {
  readonly operations: number;
  /** Calls of functions of `pm/` and `rdma/`, of a replay. */
  readonly calls: number;
  /** Those of them that are an event: a message that the NIC sends, or something that a replica does. */
  readonly events: number;
  /** Bytes that a replay allocates on the heap of JavaScript, the median. */
  readonly bytes: number;
}

/** A part with what was counted of it. */
export interface CountRow extends Counts {
  readonly part: Part;
  /** How V8 told of each time that optimised code was left. */
  readonly bailouts: readonly string[];
}

/** Stands in the output where the warm-up ends, and where the replays that are counted do. */
export const BEGIN = '<counted>';
export const END = '</counted>';

/**
 * Options of V8. One thread only: code is optimised after as many calls each time. It says on standard output
 * when it leaves optimised code. And it has room, so that it collects garbage seldom.
 */
const FLAGS = [
  '--single-threaded',
  '--trace-deopt',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
];

/** How V8 says that it leaves optimised code. */
const BAILOUT = /^\[bailout \(kind: .*$/gm;

/** Counts what the replay `part` costs, in a process of its own. */
export async function countPart(part: Part): Promise<CountRow> {
  const script = new URL('./counting.ts', import.meta.url);
  const task = { part, plugins: pluginFiles() };
  const { result, output } = await inOwnProcess<CountTask, Counts>({ script, flags: FLAGS }, task);
  const counted = output.slice(output.indexOf(BEGIN), output.indexOf(END));
  return { part, ...result, bailouts: counted.match(BAILOUT) ?? [] };
}
