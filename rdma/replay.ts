/**
 * Replays a trace of one or more threads, merged by virtual time: the running core with the
 * smallest clock goes next, ties by core number. A core runs until another's clock is smaller or it
 * waits. While others wait for what is in flight, that is processed up to the clock of the core
 * that runs before each of its operations, so that it stops for whoever wakes before that clock.
 *
 * What changes nothing that cores share (volatile work, a load of lines that the core's own cache has) is performed
 * at once, whoever's turn it is: in whichever order, all ends the same. Where somebody watches, it waits its turn.
 *
 * The grain is one operation, and of a load that waits for memory one line: it is performed whole, on
 * the servers that cores share too, although others may use them before it ends. A write-back of many
 * lines uses them for long, and so does a fence that sends what is in the write-combining buffers; a
 * COMPUTE, however long, uses none.
 */

import { Op, type OpCode } from '../pm/op.ts';
import type { Trace, TraceChunk } from '../pm/trace.ts';
import { type Core, CoreState } from './primary/core.ts';

const { FINISHED, RUNNING } = CoreState;
const { MEASURE, UNLOCK } = Op;

/** The part of the mirror that the merge of several threads drives. */
export interface SteppedMirror {
  readonly coreStates: readonly Core[];
  /**
   * Performs an operation that changes nothing of what cores share, whoever's turn it is; false if it changes
   * more than that. Then it is for `step`, and what could be done of it has been.
   */
  stepOwn(core: Core, op: OpCode, a: number, b: number): boolean;
  /** Performs one operation; false if the core must be given the same operation again. */
  step(core: Core, op: OpCode, a: number, b: number): boolean;
  /**
   * Processes events up to `until`, or until a waiting core wakes. True if one has woken since the
   * last call, be it in a step.
   */
  processUntilWake(until: number): boolean;
  /** The core has no more operations. */
  finishCore(core: Core): void;
}

/** Where a thread is in its stream. */
interface Cursor {
  chunk: TraceChunk | null;
  index: number;
  nextChunk: number;
}

/** Runs all of `trace` on `mirror`. Throws if the cores wait for each other in a circle. */
export function mergeByClock(mirror: SteppedMirror, trace: Trace): void {
  const cores = mirror.coreStates;
  const cursors: Cursor[] = cores.map(() => ({ chunk: null, index: 0, nextChunk: 0 }));
  const next = new Next(cores);
  const turn = new Turn(cores[0]);
  for (;;) {
    next.find();
    const { first, second, waiting } = next;
    const clock = first === null ? Number.POSITIVE_INFINITY : first.clock;
    if (waiting && mirror.processUntilWake(clock)) continue;
    if (first === null) {
      if (waiting) throw new Error('deadlock: every core that has not finished waits for another');
      return;
    }
    turn.core = first;
    // Ties go to the smaller number, so a later core may run only strictly below `second`.
    turn.limit = second === null ? Number.POSITIVE_INFINITY : second.clock;
    turn.strict = second !== null && second.index < first.index;
    turn.othersWait = waiting;
    run(mirror, trace, turn, cursors[first.index]);
  }
}

/** The running core that goes next, the one after it, and whether any core waits. */
class Next {
  readonly #cores: readonly Core[];
  first: Core | null = null;
  second: Core | null = null;
  waiting = false;

  constructor(cores: readonly Core[]) {
    this.#cores = cores;
  }

  find(): void {
    let first: Core | null = null;
    let second: Core | null = null;
    let waiting = false;
    const cores = this.#cores;
    for (let i = 0; i < cores.length; i++) {
      const core = cores[i];
      if (core.state === RUNNING) {
        if (first === null || core.clock < first.clock) {
          second = first;
          first = core;
        } else if (second === null || core.clock < second.clock) {
          second = core;
        }
      } else if (core.state !== FINISHED) {
        waiting = true;
      }
    }
    this.first = first;
    this.second = second;
    this.waiting = waiting;
  }
}

/** Whose turn it is: `core` may go on until another's clock is smaller, or one wakes. */
class Turn {
  core: Core;
  limit = Number.POSITIVE_INFINITY;
  strict = false;
  othersWait = false;

  constructor(core: Core) {
    this.core = core;
  }
}

function run(mirror: SteppedMirror, trace: Trace, turn: Turn, cursor: Cursor): void {
  const { core } = turn;
  for (;;) {
    const { chunk } = cursor;
    if (chunk !== null && cursor.index < chunk.length) {
      if (!runChunk(mirror, chunk, turn, cursor)) return;
    } else if (cursor.nextChunk < trace.chunkCount(core.index)) {
      cursor.chunk = trace.chunk(core.index, cursor.nextChunk++);
      cursor.index = 0;
    } else {
      if (!isOver(mirror, turn)) mirror.finishCore(core);
      return;
    }
  }
}

function isOver(mirror: SteppedMirror, { core, limit, strict, othersWait }: Turn): boolean {
  if (strict ? core.clock >= limit : core.clock > limit) return true;
  return othersWait && mirror.processUntilWake(core.clock);
}

/** Runs until the chunk ends, or until the turn is over: then false. */
function runChunk(
  mirror: SteppedMirror,
  { op, a, b, length }: TraceChunk,
  turn: Turn,
  cursor: Cursor,
): boolean {
  const { core, limit, strict, othersWait } = turn;
  let goesOn = true;
  let i = cursor.index;
  while (goesOn && i < length) {
    const code = op[i] as OpCode;
    if (mirror.stepOwn(core, code, a[i], b[i])) {
      i++;
      continue;
    }
    if (core.clock > limit || (strict && core.clock === limit)) break;
    if (othersWait && mirror.processUntilWake(core.clock)) break;
    if (mirror.step(core, code, a[i], b[i])) i++;
    goesOn = core.state === RUNNING && code !== UNLOCK && code !== MEASURE;
  }
  goesOn &&= i === length;
  cursor.index = i;
  return goesOn;
}
