import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EpochStats, type EpochSummary } from '../../pm/epoch-stats.ts';
import { PmHeap } from '../../pm/heap.ts';
import { Op } from '../../pm/op.ts';
import { ParameterError } from '../parameters.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import { OperationHasher } from '../testing/operation-hasher.ts';
import { runInTurn, VerifyError } from '../workload.ts';
import { patternsOf } from './epoch-patterns.ts';
import { ycsb } from './ycsb.ts';

const TRANSACTIONS = 2000;
const THREADS = 4;

function characterise(given: Record<string, string | number>): EpochSummary {
  const workload = ycsb.configure(given);
  const heap = new PmHeap(workload.heapBytes(THREADS, TRANSACTIONS));
  const program = workload.create(heap, THREADS, 1);
  const stats = new EpochStats(THREADS);
  heap.attach(stats.sinks());
  runInTurn(heap, program, { threads: THREADS, transactions: TRANSACTIONS });
  heap.detach();
  program.verify();
  return stats.summary();
}

function within(what: string, found: number, target: number, tolerance: number): void {
  const message = `${what}: ${found}, the original has ${target} +- ${tolerance}`;
  assert.ok(Math.abs(found - target) <= tolerance, message);
}

describe('ycsb, persist behaviour', () => {
  it('has the statistics measured on WHISPER’s N-store with -p0.8', () => {
    const found = characterise({});
    const epochs = found.linesPerEpoch.count;
    within('median epochs', found.epochsPerTx.quantile(0.5), 43, 4.3);
    within('mean epochs', found.epochsPerTx.mean, 36, 3.6);
    within('one-line share', found.linesPerEpoch.of(1) / epochs, 0.79, 0.08);
    within('lines an epoch', found.linesPerEpoch.mean, 1.48, 0.2 * 1.48);
    within('bytes', found.bytesPerTx.mean, 916, 0.2 * 916);
    within('fences', found.fencesPerTx.mean, 40, 0.1 * 40);
    within('distinct lines', found.distinctLinesPerTx.mean, 32, 0.2 * 32);
    within('self-dependent', found.selfDependent[3] / epochs, 0.71, 0.1);
    const reads = found.epochsPerTx.of(1);
    within('share of reads, which have one epoch', reads / TRANSACTIONS, 0.2, 0.03);
    assert.ok(found.epochsPerTx.quantile(0.25) >= 38 && found.epochsPerTx.quantile(1) <= 50);
    assert.deepEqual(found.crossDependent, [0, 0, 0, 0], 'executors share nothing');
  });

  it('writes what the real trace shows, store by store and epoch by epoch', () => {
    // The most frequent updates of a trace of WHISPER's N-store: with every reservation splitting
    // a clump, and with all but one finding a hole that fits. Entries of 111 bytes.
    const tail =
      '111|8|8,8|8|8|8,8,8,8|8|8,13,13,13,13,13|8||8||8||8||8||8|8|8|8|8|8|8|8|8|8|8|8|8|8|8|8,8|';
    const split = `8,8|8|8|4,8,8|8|8|${'101,8,8,8|8|8|'.repeat(5)}${tail}`;
    const fitting = `8|8|4,8|8|${'101,8,8|8|'.repeat(5)}${tail.replace(/8\|8,8\|$/, '8,8|')}`;
    const patterns = new Set<string>();
    for (const keys of [8, 4000]) {
      const workload = ycsb.configure({ keys, writeShare: 1 });
      const heap = new PmHeap(workload.heapBytes(1, 400));
      for (const text of patternsOf(heap, workload.create(heap, 1, 1), 400)) patterns.add(text);
    }
    assert.ok(patterns.has(split), `no ${split} among\n${[...patterns].join('\n')}`);
    assert.ok(patterns.has(fitting), `no ${fitting} among\n${[...patterns].join('\n')}`);
  });

  it('clears the list in a read, and does nothing at all in a program that only reads', () => {
    const patterns = (given: Record<string, string | number>): Set<string> => {
      const workload = ycsb.configure({ keys: 40, ...given });
      const heap = new PmHeap(workload.heapBytes(1, 100));
      return new Set(patternsOf(heap, workload.create(heap, 1, 1), 100));
    };
    assert.ok(patterns({}).has('8,8|'));
    assert.deepEqual(patterns({ mix: 'c' }), new Set(['']));
    assert.deepEqual(patterns({ writeShare: 0 }), new Set(['']));
  });
});

describe('ycsb, as a program', () => {
  it('performs the same operations for the same seed and others for another', () => {
    const hashOf = (seed: number, client: number): string => {
      const workload = ycsb.configure({ keys: 100 });
      const heap = new PmHeap(workload.heapBytes(2, 100));
      const program = workload.create(heap, 2, seed);
      const hasher = new OperationHasher();
      heap.attach([hasher]);
      for (let i = 0; i < 50; i++) program.transaction(client);
      return hasher.digest();
    };
    assert.equal(hashOf(7, 0), hashOf(7, 0));
    assert.notEqual(hashOf(7, 0), hashOf(8, 0));
    assert.notEqual(hashOf(7, 0), hashOf(7, 1));
  });

  it('runs all mixes, with the shares of the YCSB core workloads', () => {
    const shares: Record<string, number[]> = {
      a: [0.5, 0.5, 0, 0, 0],
      b: [0.95, 0.05, 0, 0, 0],
      c: [1, 0, 0, 0, 0],
      d: [0.95, 0, 0.05, 0, 0],
      e: [0, 0, 0.05, 0.95, 0],
      f: [0.5, 0, 0, 0, 0.5],
    };
    for (const [mix, expected] of Object.entries(shares)) {
      const workload = ycsb.configure({ mix, keys: 200 });
      const heap = new PmHeap(workload.heapBytes(1, 1000));
      const program = workload.create(heap, 1, 3);
      const counts = expected.map(() => 0);
      heap.attach([{ op: (op, a) => void (op === Op.TX_BEGIN && counts[a]++) }]);
      for (let i = 0; i < 1000; i++) program.transaction(0);
      heap.detach();
      program.verify();
      for (const [type, count] of counts.entries()) {
        within(`mix ${mix}, type ${type}`, count / 1000, expected[type], 0.05);
      }
    }
  });

  it('charges the measured instructions on average over the original mix', () => {
    const [read, update] = ycsb.configure({}).instructionsPerTx('o2');
    assert.equal(0.2 * read + 0.8 * update, 14_309);
    assert.equal(update, 16_512);
  });

  it('refuses parameters and says what is accepted', () => {
    assert.throws(() => ycsb.configure({ mix: 'g' }), ParameterError);
    assert.throws(() => ycsb.configure({ writeShare: 1.5 }), /from 0 to 1/);
  });

  it('notices damage to any part of a row, its clumps or its index, as damage', () => {
    const workload = ycsb.configure({ keys: 30 });
    const heap = new PmHeap(workload.heapBytes(1, 10));
    const program = workload.create(heap, 1, 1);
    program.verify();
    const text = Buffer.from(heap.bytes).indexOf('7:0:');
    // Text, size and kind of its clump, root of the index; then all lines of six rows.
    const places = [text + 50, text - 64, text - 60, 4096 + 8 + 8 * 18];
    for (let at = text - 6 * 1536; at < text; at += 64) places.push(at);
    let noticed = 0;
    for (const at of places) {
      const kept = heap.bytes[at];
      heap.bytes[at] ^= 0x41;
      try {
        program.verify();
      } catch (error) {
        assert.ok(error instanceof VerifyError, `byte ${at}: ${error}`);
        noticed++;
      }
      heap.bytes[at] = kept;
      if (at === places[3]) assert.equal(noticed, 4);
    }
    // The rest is holes.
    assert.ok(noticed > 0.7 * places.length, `${noticed} of ${places.length}`);
    program.verify();
    assert.throws(() => workload.recover(new PmHeap(heap.sizeBytes), 1, 1), VerifyError);
  });
});

describe('ycsb, crashes', () => {
  it('recovers updates, torn at any fence, to before or after', () => {
    const workload = ycsb.configure({ keys: 8, writeShare: 1 });
    const counts = exploreCrashes(workload, {
      threads: 2,
      seed: 5,
      transactions: 6,
      recoveryCrashChance: 1,
    });
    assert.ok(counts.before > 500 && counts.after > 150, JSON.stringify(counts));
  });

  it('recovers inserts that split index nodes', () => {
    const workload = ycsb.configure({ keys: 20, mix: 'd' });
    const counts = exploreCrashes(workload, {
      threads: 1,
      seed: 9,
      transactions: 160,
      oneFenceIn: 8,
      recoveryCrashChance: 1,
    });
    assert.ok(counts.before > 30 && counts.after > 5, JSON.stringify(counts));
  });
});
