import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op } from '../../pm/op.ts';
import { recordTrace, type Trace } from '../../pm/trace.ts';
import {
  backendNamed,
  createMirror,
  ONE_REPLICA,
  profileNamed,
  type System,
} from '../../rdma/index.ts';
import { PairedReplays } from './replays.ts';

/** Threads that each store to a line of their own, with or without a lock that all of them take. */
function traceOf(threads: number, locked: boolean): Trace {
  return recordTrace(threads, 4096, (sink, thread) => {
    sink.op(Op.MEASURE, 0, 0);
    for (let i = 0; i < 4; i++) {
      sink.op(Op.TX_BEGIN, 0, 0);
      if (locked) sink.op(Op.LOCK, 7, i * threads + thread);
      sink.op(Op.STORE, 64 * thread, 8);
      sink.op(Op.WRITE_BACK, 64 * thread, 8);
      sink.op(Op.DURABILITY_FENCE, 0, 0);
      if (locked) sink.op(Op.UNLOCK, 7, 0);
      sink.op(Op.TX_END, 0, 0);
    }
  });
}

const DESIGNS = ['sm-rc', 'sm-dd'].map((name) => ({ backend: backendNamed(name) }));

/** Names of the designs that replays of `systems`, one after the other, make mirrors of; and their times. */
function replayed(
  trace: Trace,
  systems: readonly Partial<System>[] = DESIGNS,
): { readonly made: readonly string[]; readonly times: number[] } {
  const made: string[] = [];
  const replays = new PairedReplays(
    { trace, seed: 1 },
    {
      createMirror(system, run) {
        made.push(system.backend.name);
        return createMirror(system, run);
      },
    },
  );
  const profile = profileNamed('paper-2018');
  const times = systems.map((given) => {
    const system = { backend: backendNamed('no-sm'), profile, ...ONE_REPLICA, ...given };
    return replays.replay(system).mirror.finish().elapsedPs;
  });
  return { made, times };
}

test('the first replay is not that of clients who do not wait for each transaction', () => {
  const trace = traceOf(2, true);
  assert.deepEqual(replayed(trace, [{}]).made, ['no-sm']);
  for (const given of [{ group: 2 }, { inflight: 2 }]) {
    assert.deepEqual(replayed(trace, [given]).made, ['no-sm', 'no-sm']);
  }
});

test('without mirroring is replayed first where threads may wait for a lock, and only there', () => {
  assert.deepEqual(replayed(traceOf(2, true)).made, ['no-sm', 'sm-rc', 'sm-dd']);
  assert.deepEqual(replayed(traceOf(2, false)).made, ['sm-rc', 'sm-dd']);
  assert.deepEqual(replayed(traceOf(1, true)).made, ['sm-rc', 'sm-dd']);
});

test('a thread alone takes as long as with its locks in the order of a run without mirroring', () => {
  const trace = traceOf(1, true);
  const profile = profileNamed('paper-2018');
  const base = { cores: 1, heapBytes: trace.heapBytes, seed: 1, warmsUp: true } as const;
  const first = createMirror(
    { backend: backendNamed('no-sm'), profile, ...ONE_REPLICA },
    { ...base, lockOrder: 'first-come' },
  );
  first.replay(trace);
  const times = ['sm-rc', 'sm-dd'].map((name) => {
    const system = { backend: backendNamed(name), profile, ...ONE_REPLICA };
    const mirror = createMirror(system, { ...base, lockOrder: first.grantOrder });
    mirror.replay(trace);
    return mirror.finish().elapsedPs;
  });
  assert.deepEqual(replayed(trace).times, times);
});
