import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NULL_SINK, Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import { VerifyError } from '../workload.ts';
import { exim } from './exim.ts';
import { mysql } from './mysql.ts';
import { nfs } from './nfs.ts';

const SMALL = { journalKiB: 16 };
const NFS = { ...SMALL, files: 6, fileMeanBytes: 6000, appendMaxBytes: 6000 };
const EXIM = { ...SMALL, mailboxes: 2, messageMeanBytes: 900 };
const MYSQL = { ...SMALL, rows: 200, pageBytes: '4096', checkpointPages: 20 };

// PMFS counts on stores to one line becoming durable in program order: a log entry is one line, and its
// type and generation are stored last. So no images of random words.
const IN_LINE_ORDER = ['none', 'lines', 'versions'] as const;

// Appends are the only writes of `nfs` and `exim`, and what they wrote is invisible until the size is
// durable, so before or after is exact; SQLite's log tolerates partly written pages.

test('nfs: every crash recovers to the state before or after the procedure in flight', () => {
  const common = { threads: 2, warmUp: 10, transactions: 60, seed: 1 };
  const { images } = exploreCrashes(nfs.configure(NFS), {
    ...common,
    evictions: IN_LINE_ORDER,
  });
  assert.ok(images > 400, `${images} images`);
  const whisper = nfs.configure({ ...NFS, pmfsBuild: 'whisper' });
  exploreCrashes(whisper, {
    ...common,
    warmUp: 300,
    transactions: 25,
    seed: 2,
    evictions: IN_LINE_ORDER,
  });
});

test('exim: every crash recovers to the state before or after the call in flight', () => {
  const { images } = exploreCrashes(exim.configure(EXIM), {
    threads: 2,
    transactions: 110,
    seed: 3,
    evictions: ['none', 'versions'],
  });
  assert.ok(images > 600, `${images} images`);
});

test('mysql: every crash recovers to a commit, across checkpoints and log restarts', () => {
  const { images } = exploreCrashes(mysql.configure(MYSQL), {
    threads: 2,
    warmUp: 1,
    transactions: 8,
    oneFenceIn: 5,
    seed: 4,
    evictions: ['none', 'versions'],
  });
  assert.ok(images > 50, `${images} images`);
});

test('the crash test notices a file system that never writes its log entries back', () => {
  // Drops write-backs of the journal ring, which lies in the blocks from 1 on.
  const filter = (memory: PersistSink): PersistSink => ({
    op(op: OpCode, a: number, b: number) {
      if (op === Op.WRITE_BACK && a >= 4096 && a < 4096 + 16 * 1024) NULL_SINK.op(op, a, b);
      else memory.op(op, a, b);
    },
  });
  const run = {
    threads: 2,
    warmUp: 10,
    transactions: 60,
    seed: 1,
    evictions: IN_LINE_ORDER,
    filter,
  };
  assert.throws(
    () => exploreCrashes(nfs.configure(NFS), run),
    ({ cause }) => cause instanceof VerifyError || cause instanceof assert.AssertionError,
  );
});
