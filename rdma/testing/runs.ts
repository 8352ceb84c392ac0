/** What the tests of several cores have in common: traces, a roomy machine, running. */

import { Op, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { MemoryTrace, recordersInto } from '../../pm/trace.ts';
import type { Backend } from '../backend.ts';
import { createMirror } from '../engine.ts';
import { type MirrorReport, type MirrorRun, ONE_REPLICA, type System } from '../mirror.ts';
import { optaneCx5 } from '../profiles/optane-cx5.ts';
import { type HardwareProfile, valued } from '../profiles/profile.ts';

/** Bytes of heap of all traces here. */
export const HEAP_BYTES = 1 << 26;

/** Stores to `line` and writes it back. */
export function writeLine(sink: PersistSink, line: number): void {
  sink.op(Op.STORE, line * 64, 8);
  sink.op(Op.WRITE_BACK, line * 64, 8);
}

/** A trace of the cores' programs, each written by its function. */
export function traceOf(programs: readonly ((sink: PersistSink) => void)[]): MemoryTrace {
  const trace = new MemoryTrace(programs.length, HEAP_BYTES);
  recordersInto(trace).forEach((recorder, core) => {
    programs[core](recorder);
    recorder.flush();
  });
  return trace;
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
  const mirror = createMirror(system, { cores: trace.threads, heapBytes: HEAP_BYTES, ...options });
  mirror.replay(trace);
  return mirror.finish();
}

/** optane-cx5 with so many DIMMs on both sides that media never limit. */
export const ROOMY: HardwareProfile = {
  ...optaneCx5,
  memory: { ...optaneCx5.memory, dimmCount: valued(optaneCx5.memory.dimmCount, 64) },
  replicaMemory: {
    ...optaneCx5.replicaMemory,
    dimmCount: valued(optaneCx5.replicaMemory.dimmCount, 64),
  },
};
