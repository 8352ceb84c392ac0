import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { NULL_SINK, Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import type { GivenParameters } from '../parameters.ts';
import {
  type AnyWorkload,
  type ConfiguredWorkload,
  type Program,
  VerifyError,
} from '../workload.ts';
import { CrashImages } from './crash-images.ts';
import { exim } from './exim.ts';
import { mysql } from './mysql.ts';
import { nfs } from './nfs.ts';

interface CrashRun {
  readonly workload: AnyWorkload;
  readonly given: GivenParameters;
  readonly threads: number;
  readonly warmUp: number;
  readonly transactions: number;
  readonly imagesPerFence: number;
  /** Only every so many fences, where there are too many. */
  readonly everyFence: number;
  readonly seed: number;
  /** Lets through only some of the operations: to show that the test would notice. */
  readonly filter?: (next: PersistSink) => PersistSink;
}

/**
 * Runs transactions, crashes before and at random points after fences, recovers each image, checks
 * it, and compares its digest with those before and after the transaction in flight. Appends are the
 * only writes of `nfs` and `exim`, and what they wrote is invisible until the size is durable, so the
 * comparison is exact; SQLite's log tolerates partly written pages. Returns how many were checked.
 */
function crashRun(run: CrashRun): number {
  const configured = run.workload.configure(run.given);
  const total = run.warmUp + run.transactions;
  const heap = new PmHeap(configured.heapBytes(run.threads, total));
  const program = configured.create(heap, run.threads, run.seed);
  const random = new Random(run.seed, 99);
  step(program, heap, run.threads, 0, run.warmUp);

  let collected: Uint8Array[] = [];
  let fences = 0;
  const images: CrashImages = new CrashImages(heap.bytes, random, () => {
    if (fences++ % run.everyFence !== 0) return;
    collected.push(images.image(true));
    for (let i = 1; i < run.imagesPerFence; i++) collected.push(images.image());
  });
  heap.attach([run.filter === undefined ? images : run.filter(images)]);
  let before = program.digest();
  let checked = 0;
  for (let i = run.warmUp; i < total; i++) {
    collected = [];
    step(program, heap, run.threads, i, 1);
    const after = program.digest();
    for (const image of collected) {
      const which = checkImage(configured, image, run, random, [before, after]);
      assert.ok(which >= 0, `transaction ${i}: neither before nor after (seed ${run.seed})`);
      checked++;
    }
    // Once the transaction is acknowledged it must be there, whatever else is.
    const acknowledged = checkImage(configured, images.image(true), run, random, [after]);
    assert.equal(acknowledged, 0, `transaction ${i} is acknowledged and lost (seed ${run.seed})`);
    before = after;
  }
  heap.detach();
  program.verify();
  return checked;
}

function step(program: Program, heap: PmHeap, threads: number, from: number, count: number): void {
  for (let i = from; i < from + count; i++) {
    heap.switchTo(i % threads);
    program.transaction(i % threads);
  }
}

/**
 * Index of the recovered digest among those allowed, or -1. Every fourth recovery is itself cut short
 * at a random fence and done again.
 */
function checkImage(
  configured: ConfiguredWorkload,
  image: Uint8Array,
  run: CrashRun,
  random: Random,
  allowed: readonly string[],
): number {
  const heap = new PmHeap(
    random.below(4) === 0 ? cutRecovery(configured, image, run, random) : image,
  );
  const recovered = configured.recover(heap, run.threads, run.seed);
  recovered.verify();
  return allowed.indexOf(recovered.digest());
}

/** What a second power failure, during the recovery from `image`, leaves. */
function cutRecovery(
  configured: ConfiguredWorkload,
  image: Uint8Array,
  run: CrashRun,
  random: Random,
): Uint8Array {
  const heap = new PmHeap(image.slice());
  const cutAt = random.below(8);
  let fences = 0;
  let left = image;
  const images: CrashImages = new CrashImages(heap.bytes, random, () => {
    if (fences++ <= cutAt) left = images.image();
  });
  heap.attach([images]);
  configured.recover(heap, run.threads, run.seed);
  return left;
}

const SMALL = { journalKiB: 16 };
const NFS = { ...SMALL, files: 6, fileMeanBytes: 6000, appendMeanBytes: 3000 };
const EXIM = { ...SMALL, mailboxes: 2, messageMeanBytes: 900 };
const MYSQL = { ...SMALL, rows: 200, pageBytes: '4096', checkpointPages: 20 };

test('nfs: every crash recovers to the state before or after the procedure in flight', () => {
  const common = { workload: nfs, given: NFS, threads: 2, imagesPerFence: 3, everyFence: 1 };
  const checked = crashRun({ ...common, warmUp: 10, transactions: 60, seed: 1 });
  assert.ok(checked > 400, `${checked} images`);
  const given = { ...NFS, pmfsBuild: 'whisper' };
  crashRun({ ...common, given, warmUp: 300, transactions: 25, seed: 2 });
});

test('exim: every crash recovers to the state before or after the call in flight', () => {
  const common = { workload: exim, given: EXIM, threads: 2, imagesPerFence: 2, everyFence: 1 };
  const checked = crashRun({ ...common, warmUp: 0, transactions: 110, seed: 3 });
  assert.ok(checked > 600, `${checked} images`);
});

test('mysql: every crash recovers to a commit, across checkpoints and log restarts', () => {
  const checked = crashRun({
    workload: mysql,
    given: MYSQL,
    threads: 2,
    warmUp: 1,
    transactions: 8,
    imagesPerFence: 2,
    everyFence: 5,
    seed: 4,
  });
  assert.ok(checked > 50, `${checked} images`);
});

test('the crash test notices a file system that never writes its log entries back', () => {
  // Drops write-backs of the journal ring, which lies in the blocks from 1 on.
  const filter = (next: PersistSink): PersistSink => ({
    op(op: OpCode, a: number, b: number) {
      if (op === Op.WRITE_BACK && a >= 4096 && a < 4096 + 16 * 1024) NULL_SINK.op(op, a, b);
      else next.op(op, a, b);
    },
  });
  const run = { workload: nfs, given: NFS, threads: 2, imagesPerFence: 3, everyFence: 1 };
  assert.throws(
    () => crashRun({ ...run, warmUp: 10, transactions: 60, seed: 1, filter }),
    (error) => error instanceof VerifyError || error instanceof assert.AssertionError,
  );
});
