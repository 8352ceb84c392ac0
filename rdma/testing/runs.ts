/** What the tests of several cores have in common: traces, a roomy machine, running. */

import { Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { type MemoryTrace, recordTrace } from '../../pm/trace.ts';
import type { Backend } from '../backend.ts';
import { createMirror } from '../engine.ts';
import { type MirrorReport, type MirrorRun, ONE_REPLICA, type System } from '../mirror.ts';
import { optaneCx5 } from '../profiles/optane-cx5.ts';
import type { HardwareProfile } from '../profiles/profile.ts';
import { setValues } from '../profiles/schema.ts';

/** Bytes of heap of all traces here. */
export const HEAP_BYTES = 1 << 22;

/** Stores to `line` and writes it back. */
export function writeLine(sink: PersistSink, line: number): void {
  sink.op(Op.STORE, line * 64, 8);
  sink.op(Op.WRITE_BACK, line * 64, 8);
}

/** A trace of the cores' programs, each written by its function. */
export function traceOf(
  programs: readonly ((sink: PersistSink) => void)[],
  heapBytes = HEAP_BYTES,
): MemoryTrace {
  return recordTrace(programs.length, heapBytes, (sink, core) => programs[core](sink));
}

/** An operation as the tests write it. */
export type Operation = readonly [op: OpCode, a: number, b: number];

/** A trace of lists of operations, one a core, on a small heap. */
export function listed(programs: readonly (readonly Operation[])[]): MemoryTrace {
  return recordTrace(programs.length, 1 << 20, (sink, core) => {
    for (const operation of programs[core]) sink.op(...operation);
  });
}

/** Transactions of `lines` random lines in one epoch, on each of `cores` cores. */
export function randomLines(cores: number, transactions: number, lines: number): MemoryTrace {
  return traceOf(
    Array.from({ length: cores }, (_, core) => (sink: PersistSink) => {
      const random = new Random(1, core);
      for (let t = 0; t < transactions; t++) {
        sink.op(Op.TX_BEGIN, 0, 0);
        for (let i = 0; i < lines; i++) writeLine(sink, random.below(HEAP_BYTES / 64));
        sink.op(Op.DURABILITY_FENCE, 0, 0);
        sink.op(Op.TX_END, 0, 0);
      }
    }),
  );
}

/** Replays `trace`; one replica and the machine ROOMY unless said otherwise. */
export function run(
  trace: MemoryTrace,
  options: Partial<System & MirrorRun> & { backend: Backend },
): MirrorReport {
  const system = { profile: ROOMY, ...ONE_REPLICA, ...options };
  const { threads: cores, heapBytes } = trace;
  const mirror = createMirror(system, { cores, heapBytes, ...options });
  mirror.replay(trace);
  return mirror.finish();
}

/**
 * The machine with last-level caches of 2 MiB: beyond what a short program touches, and a tenth of what
 * the real ones take to set up.
 */
export function withSmallCaches(profile: HardwareProfile): HardwareProfile {
  const small = setValues(profile, [
    ['llc.llcBytes', 2 ** 21],
    ['replicaLlc.llcBytes', 2 ** 21],
  ]);
  return { ...small, name: profile.name };
}

/** optane-cx5 with so many DIMMs on both sides that media never limit. */
export const ROOMY = setValues(optaneCx5, [
  ['memory.dimmCount', 64],
  ['replicaMemory.dimmCount', 64],
]);
