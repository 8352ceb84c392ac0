/**
 * Word-sized WRITEs: a core posts the words that it stored to, each contiguous run as a message of its
 * own. Times are derived by hand from the stages of ROUND_PROFILE, as in `closed-form.test.ts`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALL_WORDS, firstRun, RUN_COUNT, WORD_COUNT, wordsOf } from '../pm/line.ts';
import { Op, type PersistSink } from '../pm/op.ts';
import type { Backend } from './backend.ts';
import { backendNamed } from './backends/index.ts';
import type { MirrorObserver, MirrorReport, QueuePairs } from './mirror.ts';
import type { HardwareProfile } from './profiles/profile.ts';
import { withValue } from './profiles/schema.ts';
import { ROUND_PROFILE } from './testing/round-profile.ts';
import { run, traceOf } from './testing/runs.ts';

const DESIGNS = ['sm-rc', 'sm-ob', 'sm-dd'].map(backendNamed);
const [, SM_OB, SM_DD] = DESIGNS;

/** A WRITE as it is posted, or as it arrives at the replica at a time. */
interface Words {
  readonly core: number;
  readonly line: number;
  readonly words: number;
  readonly atPs: number;
}

interface Ran {
  readonly report: MirrorReport;
  readonly posted: readonly Omit<Words, 'atPs'>[];
  readonly arrived: readonly Words[];
}

function ran(
  programs: readonly ((sink: PersistSink) => void)[],
  backend: Backend,
  queuePairs: QueuePairs = 'words',
  profile: HardwareProfile = ROUND_PROFILE,
): Ran {
  const posted: Omit<Words, 'atPs'>[] = [];
  const arrived: Words[] = [];
  const observer: MirrorObserver = {
    onWrite: (core, _verb, line, words) => posted.push({ core, line, words }),
    onReplicaVisible: (_replica, core, line, words, atPs) =>
      arrived.push({ core, line, words, atPs }),
  };
  const report = run(traceOf(programs), { backend, profile, queuePairs, observer });
  return { report, posted, arrived };
}

/** Stores to `words` of line 1 and writes it back. */
function storeWords(sink: PersistSink, words: readonly number[]): void {
  for (const word of words) sink.op(Op.STORE, 64 + word * 8, 8);
  sink.op(Op.WRITE_BACK, 64, 64);
}

const durable = (words: readonly number[]) => (sink: PersistSink) => {
  storeWords(sink, words);
  sink.op(Op.DURABILITY_FENCE, 0, 0);
};

test('words of a range, and their runs, are those of its bytes', () => {
  assert.equal(wordsOf(1, 64, 64), ALL_WORDS);
  assert.deepEqual([wordsOf(1, 71, 1), wordsOf(1, 71, 2), wordsOf(1, 72, 1)], [1, 3, 2]);
  assert.deepEqual([wordsOf(0, 56, 16), wordsOf(1, 56, 16)], [0x80, 0x01]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: ALL_WORDS }), (words) => {
      const runs: number[] = [];
      for (let rest = words; rest !== 0; rest ^= firstRun(rest)) runs.push(firstRun(rest));
      assert.equal(RUN_COUNT[words], runs.length);
      assert.equal(
        runs.reduce((sum, run) => sum + WORD_COUNT[run], 0),
        WORD_COUNT[words],
      );
      assert.equal(
        runs.reduce((all, run) => all | run, 0),
        words,
      );
      // Contiguous, and with a gap behind it.
      for (const run of runs) {
        assert.equal(run & (run + (run & -run)), 0);
        assert.equal(words & (run << 1) & ~run, 0);
      }
    }),
  );
});

test('each run of stored words is a WRITE of its bytes, to the picosecond at the replica', () => {
  const { report, arrived } = ran([durable([0, 1, 4])], SM_OB);
  assert.equal(report.counts.writes, 2);
  assert.equal(report.counts.linesWrittenBack, 1);
  // Headers of 96 B: two WRITEs of 16 and 8 B, and an RDFENCE.
  assert.equal(report.counts.linkBytes, 3 * 96 + 16 + 8);
  // Three stores, clwb, three requests; doorbell 50; to the NIC 200; queue pair 100 a message; a NIC 70;
  // wire 7 and 6.5; propagation 250; a NIC 70; PCIe 3 and 2.5, posted 200.
  const rung = 3 + 2 + 3 * 30 + 50;
  const first = rung + 200 + 70 + 7 + 250 + 70 + 3 + 200;
  const second = rung + 200 + 100 + 70 + 6.5 + 250 + 70 + 2.5 + 200;
  const [one, other] = arrived;
  assert.deepEqual([one.words, other.words], [0b0011, 0b10000]);
  assert.deepEqual([one.atPs, other.atPs], [first * 1000, second * 1000]);
});

test('a line stored to as a whole costs what a line costs, on every design', () => {
  for (const backend of DESIGNS) {
    const program = [durable([0, 1, 2, 3, 4, 5, 6, 7])];
    assert.deepEqual(
      ran(program, backend).report,
      ran(program, backend, 'per-core').report,
      backend.name,
    );
  }
});

test('every other word takes four WRITEs and 30 ns of posting each', () => {
  const words = ran([durable([0, 2, 4, 6])], SM_DD).report;
  const line = ran([durable([0, 2, 4, 6])], SM_DD, 'per-core').report;
  assert.deepEqual([words.counts.writes, line.counts.writes], [4, 1]);
  assert.equal(words.timePs.rdmaPost - line.timePs.rdmaPost, 3 * 30_000);
  // The fence is the fifth message of the queue pair, not the second.
  assert.equal(words.elapsedPs - line.elapsedPs, 3 * 30_000 + 3 * 100_000);
});

test('words are posted once, until they are stored to again', () => {
  const program = (sink: PersistSink): void => {
    storeWords(sink, [3]);
    sink.op(Op.WRITE_BACK, 64, 64);
    storeWords(sink, [5]);
    storeWords(sink, [3]);
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  };
  const { posted } = ran([program], SM_OB);
  assert.deepEqual(
    posted.map(({ words }) => words),
    [1 << 3, 1 << 5, 1 << 3],
  );
});

test('a store past the cache takes along what the cache had of its line', () => {
  const program = (sink: PersistSink): void => {
    sink.op(Op.STORE, 64, 8);
    sink.op(Op.NT_STORE, 64 + 16, 8);
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  };
  const { posted, report } = ran([program], SM_OB);
  assert.deepEqual(posted, [{ core: 0, line: 1, words: 0b101 }]);
  assert.equal(report.counts.writes, 2);
});

test('a core posts the words that it stored, also of a line that another has sent', () => {
  const stores = (word: number, computeNs: number) => (sink: PersistSink) => {
    sink.op(Op.STORE, 64 + word * 8, 8);
    sink.op(Op.COMPUTE, computeNs, 0);
    sink.op(Op.WRITE_BACK, 64, 64);
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  };
  // Both have stored when the first writes back; the line is clean when the second does.
  const programs = [stores(0, 10), stores(7, 20)];
  const words = ran(programs, SM_OB);
  assert.deepEqual(words.posted, [
    { core: 0, line: 1, words: 1 },
    { core: 1, line: 1, words: 0x80 },
  ]);
  assert.equal(words.report.counts.linesWrittenBack, 1);
  assert.equal(words.report.counts.rdfences, 2);
  // With lines the first core's copy has both, and the second core's fence waits for nothing.
  const lines = ran(programs, SM_OB, 'per-core');
  assert.equal(lines.posted.length, 1);
  assert.equal(lines.report.counts.rdfences, 1);
});

test('a send queue holds the words of a line and a fence, or the system is refused', () => {
  const entries = (count: number): HardwareProfile =>
    withValue(ROUND_PROFILE, 'nic.sendQueueEntries', count);
  const often = (sink: PersistSink): void => {
    for (let i = 0; i < 20; i++) storeWords(sink, [0, 2, 4, 6]);
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  };
  assert.throws(() => ran([often], SM_OB, 'words', entries(4)), /words of a line.*at least 5/);
  for (const backend of DESIGNS) {
    const { report, arrived } = ran([often], backend, 'words', entries(5));
    assert.equal(report.counts.writes, 80);
    assert.equal(arrived.length, 80);
    assert.ok(report.timePs.sendQueueFull > 0);
  }
});
