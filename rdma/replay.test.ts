/** Replay: the same time as a direct run, threads merged by virtual time, locks in recorded order unless asked. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op, type OpCode, type PersistSink } from '../pm/op.ts';
import { Random } from '../pm/random.ts';
import { MemoryTrace, recordTrace, replayThread } from '../pm/trace.ts';
import { BACKENDS } from './backends/index.ts';
import { createMirror } from './engine.ts';
import { type MirrorObserver, ONE_REPLICA } from './mirror.ts';
import { ATTACHED } from './profiles/cxl-attached.ts';
import { optaneCx5 } from './profiles/optane-cx5.ts';
import { withValue } from './profiles/schema.ts';
import { ROUND_PROFILE } from './testing/round-profile.ts';
import { listed, run } from './testing/runs.ts';

const HEAP_BYTES = 1 << 20;

/** A stream of `transactions` random transactions, after a MEASURE in the middle. */
function emit(sink: PersistSink, seed: number, transactions: number): void {
  const random = new Random(seed);
  for (let t = 0; t < transactions; t++) {
    if (t === transactions >> 1) sink.op(Op.MEASURE, 0, 0);
    sink.op(Op.TX_BEGIN, 0, 0);
    const steps = random.between(1, 30);
    for (let i = 0; i < steps; i++) {
      const offset = random.below(HEAP_BYTES - 256);
      const kind = random.below(8);
      if (kind < 2) sink.op(Op.LOAD, offset, random.between(1, 128));
      else if (kind < 4) sink.op(Op.STORE, offset, random.between(1, 100));
      else if (kind === 4) sink.op(Op.NT_STORE, offset, random.between(1, 200));
      else if (kind === 5) sink.op(Op.WRITE_BACK, offset & ~4095, 4096);
      else if (kind === 6) sink.op(Op.ORDERING_FENCE, 0, 0);
      else sink.op(Op.COMPUTE, random.below(2000), 0);
    }
    sink.op(Op.DURABILITY_FENCE, 0, 0);
    sink.op(Op.TX_END, 0, 0);
  }
}

function mirrorOf(cores: number, backend = BACKENDS[1], observer?: MirrorObserver) {
  return createMirror(
    { backend, profile: { ...optaneCx5, cxl: ATTACHED }, ...ONE_REPLICA },
    { cores, heapBytes: HEAP_BYTES, observer },
  );
}

describe('one thread', () => {
  for (const backend of BACKENDS) {
    it(`${backend.name}: direct run and replay agree in every figure, to the tick`, () => {
      const trace = recordTrace(1, HEAP_BYTES, (sink) => emit(sink, 5, 200));
      const direct = mirrorOf(1, backend);
      emit(direct.sink(), 5, 200);
      const replayed = mirrorOf(1, backend);
      replayed.replay(trace);
      const pushed = mirrorOf(1, backend);
      replayThread(trace, 0, pushed.sink());
      const expected = direct.finish();
      assert.deepEqual(replayed.finish(), expected);
      assert.deepEqual(pushed.finish(), expected);
      assert(expected.elapsedPs > 0 && expected.counts.transactions === 100);
    });
  }
});

const runRound = (trace: MemoryTrace, observer?: MirrorObserver) =>
  run(trace, { backend: BACKENDS[0], profile: ROUND_PROFILE, observer });

describe('several threads', () => {
  it('the parts of time sum to elapsed time x cores, idle cores included', () => {
    for (const backend of BACKENDS) {
      const trace = recordTrace(3, HEAP_BYTES, (sink, thread) => {
        emit(sink, thread, 20 * (thread + 1));
      });
      const mirror = mirrorOf(3, backend);
      mirror.replay(trace);
      const report = mirror.finish();
      const sum = Object.values(report.timePs).reduce((total, ps) => total + ps, 0);
      assert.equal(sum, report.elapsedPs * 3);
      assert(report.timePs.idle > 0);
    }
  });

  it('the same trace twice gives the same report', () => {
    const trace = recordTrace(4, HEAP_BYTES, (sink, thread) => emit(sink, thread, 50));
    for (const backend of BACKENDS) {
      const [first, second] = [mirrorOf(4, backend), mirrorOf(4, backend)];
      first.replay(trace);
      second.replay(trace);
      assert.deepEqual(first.finish(), second.finish());
    }
  });

  it('a lock is granted in recorded order even when the later thread is there first', () => {
    const begun: number[] = [];
    const trace = listed([
      [
        [Op.COMPUTE, 1000, 0],
        [Op.LOCK, 9, 0],
        [Op.COMPUTE, 500, 0],
        [Op.UNLOCK, 9, 0],
      ],
      [
        [Op.LOCK, 9, 1],
        [Op.TX_BEGIN, 0, 0],
        [Op.COMPUTE, 10, 0],
        [Op.TX_END, 0, 0],
        [Op.UNLOCK, 9, 0],
      ],
    ]);
    const report = runRound(trace, { onTransaction: (_c, _t, begin) => begun.push(begin) });
    assert.deepEqual(begun, [1_500_000]);
    assert.equal(report.timePs.lockWait, 1_500_000);
    assert.equal(report.elapsedPs, 1_510_000);
  });

  it('a circle of lock waits is reported, not an endless loop', () => {
    const trace = listed([
      [
        [Op.LOCK, 1, 1],
        [Op.UNLOCK, 1, 0],
      ],
      [[Op.LOCK, 1, 2]],
    ]);
    assert.throws(() => runRound(trace), /deadlock/);
  });

  it('MEASURE is a barrier: all are measured from when the last arrives', () => {
    const trace = listed([
      [
        [Op.COMPUTE, 1000, 0],
        [Op.MEASURE, 0, 0],
        [Op.COMPUTE, 7, 0],
      ],
      [
        [Op.COMPUTE, 3000, 0],
        [Op.MEASURE, 0, 0],
        [Op.COMPUTE, 5, 0],
      ],
    ]);
    const report = runRound(trace);
    assert.equal(report.elapsedPs, 7000);
    assert.equal(report.timePs.compute, 12_000);
    assert.equal(report.timePs.idle, 2000);
  });

  it('cores share the wire: two that send at once take longer than one', () => {
    const stream: [OpCode, number, number][] = [];
    for (let i = 0; i < 400; i++) {
      stream.push([Op.STORE, i * 64, 64], [Op.WRITE_BACK, i * 64, 64]);
    }
    stream.push([Op.DURABILITY_FENCE, 0, 0]);
    const profile = withValue(ROUND_PROFILE, 'link.rateGbps', 1);
    const elapsed = (threads: number) =>
      run(listed(Array.from({ length: threads }, () => stream)), { backend: BACKENDS[3], profile })
        .elapsedPs;
    // 160 B a line at 1 Gb/s is 1280 ns; posting the batch and the fence's trip take 20 us more.
    const wire = 1_280_000;
    assert(elapsed(1) > 400 * wire && elapsed(1) < 400 * wire + 20_000_000);
    assert(elapsed(2) > 800 * wire && elapsed(2) < 800 * wire + 20_000_000);
  });

  it('a full send queue holds the core up, and the time is accounted for', () => {
    const stream: [OpCode, number, number][] = [];
    for (let i = 0; i < 100; i++) {
      stream.push([Op.STORE, i * 64, 64], [Op.WRITE_BACK, i * 64, 64]);
    }
    stream.push([Op.DURABILITY_FENCE, 0, 0]);
    for (const [entries, full] of [
      [4, true],
      [4096, false],
    ] as const) {
      const profile = withValue(ROUND_PROFILE, 'nic.sendQueueEntries', entries);
      const report = run(listed([stream]), { backend: BACKENDS[2], profile, replicas: 2 });
      assert.equal(report.timePs.sendQueueFull > 0, full);
      assert.equal(report.counts.writes, 200);
    }
  });

  it('refuses a trace of another number of threads or a larger heap', () => {
    const trace = new MemoryTrace(2, HEAP_BYTES);
    assert.throws(() => mirrorOf(1).replay(trace), /2 threads on a mirror of 1/);
    assert.throws(() => mirrorOf(1).replay(new MemoryTrace(1, HEAP_BYTES * 2)), /smaller/);
    assert.throws(() => mirrorOf(0), /cores = 0/);
    assert.throws(() => mirrorOf(2).sink(), /one core/);
  });
});
