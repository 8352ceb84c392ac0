/**
 * Replays a trace of one or more threads, merged by virtual time: the running core with the
 * smallest clock goes next, ties by core number. A core runs until another's clock is smaller or it
 * waits. While others wait for what is in flight, that is processed up to the clock of the core
 * that runs before each of its operations, so that it stops for whoever wakes before that clock.
 *
 * The grain is one operation, and of a load that waits for memory one line: it is performed whole, on
 * the servers that cores share too, although others may use them before it ends. A write-back of many
 * lines uses them for long, and so does a fence that sends what is in the write-combining buffers; a
 * COMPUTE, however long, uses none.
 */

import { Op, type OpCode } from '../pm/op.ts';
import type { Trace, TraceChunk } from '../pm/trace.ts';
import { type Core, CoreState } from './primary/core.ts';

/** The part of the mirror that the merge of several threads drives. */
export interface SteppedMirror {
  readonly coreStates: readonly Core[];
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
  for (;;) {
    next.find();
    const { first, second, waiting } = next;
    const clock = first === null ? Number.POSITIVE_INFINITY : first.clock;
    if (waiting && mirror.processUntilWake(clock)) continue;
    if (first === null) {
      if (waiting) throw new Error('deadlock: every core that has not finished waits for another');
      return;
    }
    // Ties go to the smaller number, so a later core may run only strictly below `second`.
    const limit = second === null ? Number.POSITIVE_INFINITY : second.clock;
    const strict = second !== null && second.index < first.index;
    run(mirror, trace, first, cursors[first.index], limit, strict, waiting);
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
      if (core.state === CoreState.RUNNING) {
        if (first === null || core.clock < first.clock) {
          second = first;
          first = core;
        } else if (second === null || core.clock < second.clock) {
          second = core;
        }
      } else if (core.state !== CoreState.FINISHED) {
        waiting = true;
      }
    }
    this.first = first;
    this.second = second;
    this.waiting = waiting;
  }
}

function run(
  mirror: SteppedMirror,
  trace: Trace,
  core: Core,
  cursor: Cursor,
  limit: number,
  strict: boolean,
  othersWait: boolean,
): void {
  for (;;) {
    let chunk = cursor.chunk;
    if (chunk === null || cursor.index === chunk.length) {
      if (cursor.nextChunk === trace.chunkCount(core.index)) {
        mirror.finishCore(core);
        return;
      }
      chunk = trace.chunk(core.index, cursor.nextChunk++);
      cursor.chunk = chunk;
      cursor.index = 0;
      if (chunk.length === 0) continue;
    }
    const { op, a, b, length } = chunk;
    let i = cursor.index;
    while (i < length) {
      const code = op[i] as OpCode;
      const done = mirror.step(core, code, a[i], b[i]);
      if (done) i++;
      if (
        core.state !== CoreState.RUNNING ||
        core.clock > limit ||
        (strict && core.clock === limit) ||
        code === Op.UNLOCK ||
        code === Op.MEASURE ||
        (othersWait && mirror.processUntilWake(core.clock))
      ) {
        cursor.index = i;
        return;
      }
    }
    cursor.index = i;
  }
}
