import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { EpochStats, type EpochSummary } from '../../pm/epoch-stats.ts';
import { PmHeap } from '../../pm/heap.ts';
import { OP_NAMES, Op } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { CrashSampler } from '../../pm/testing/crash-sampler.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import { OperationHasher } from '../testing/operation-hasher.ts';
import { runInTurn, VerifyError } from '../workload.ts';
import { memcached } from './memcached.ts';

/** Four pages of 16 KiB, one a class: the larger values do not all fit. */
const SMALL = {
  keys: 130,
  setPercent: 50,
  memoryKiB: 64,
  slabKiB: 16,
  logKiB: 4,
  hashPower: 5,
  requestsPerSecond: 1,
};

function start(given: Record<string, number>, threads: number, seed: number) {
  const configured = memcached.configure(given);
  const heap = new PmHeap(configured.heapBytes(threads, 1000));
  return { configured, heap, program: configured.create(heap, threads, seed) };
}

/** Runs transactions and lists their operations (no loads, no write-backs) by type. */
function operationsByType(setPercent: number): Map<string, string[]> {
  const { heap, program } = start({ keys: 100, setPercent, hashPower: 12 }, 1, 4);
  const found = new Map<string, string[]>();
  let current: string[] = [];
  heap.attach([
    {
      op(op, a, b) {
        if (op === Op.LOAD || op === Op.WRITE_BACK || op === Op.TX_END) return;
        if (op === Op.TX_BEGIN) {
          current = [];
          found.set(memcached.txTypes[a], current);
        } else {
          current.push(`${OP_NAMES[op]}${b > 0 ? b : ''}`);
        }
      },
    },
  ]);
  for (let i = 0; i < 60; i++) program.transaction(0);
  return found;
}

const CHUNK = Array.from({ length: 8 }, () => 'ntStore8');
const MARKER_ONLY = [
  ...[...CHUNK, 'orderingFence', 'ntStore8', 'orderingFence'],
  ...['orderingFence', 'ntStore8', 'durabilityFence'],
];

test('a get is six transactions: three for counters, two for the reference, one that only reads', () => {
  const found = operationsByType(0);
  assert.deepEqual([...found.keys()], memcached.txTypes.slice(0, 6));
  const reference = [
    ...[...CHUNK, 'orderingFence', 'ntStore8', 'orderingFence'],
    // The two bytes of the reference count, masked out of their word.
    ...['store1', 'store1', 'orderingFence', 'ntStore8', 'durabilityFence'],
  ];
  for (const type of ['getRead', 'getCount', 'getWrite']) {
    assert.deepEqual(found.get(type), MARKER_ONLY, type);
  }
  for (const type of ['getLookUp', 'getRelease']) {
    assert.deepEqual(found.get(type), reference, type);
  }
  assert.deepEqual(found.get('getUpdate'), []);
});

test('a set is six transactions, with its data ahead of the fence before the item is linked', () => {
  const found = operationsByType(100);
  assert.deepEqual([...found.keys()], memcached.txTypes.slice(6));
  const [data, ...rest] = found.get('setCount') ?? [];
  assert.match(data, /^store(66|130|258|514)$/);
  assert.deepEqual(rest, MARKER_ONLY);
  for (const type of ['setAllocate', 'setStore', 'setRelease']) {
    const fences = (found.get(type) ?? []).filter((name) => name.endsWith('Fence'));
    assert.deepEqual(fences, [
      ...['orderingFence', 'orderingFence', 'orderingFence', 'durabilityFence'],
    ]);
  }
});

function summarise(given: Record<string, number>, transactions: number): EpochSummary {
  const { heap, program } = start(given, 4, 1);
  const stats = new EpochStats(4);
  heap.attach(stats.sinks());
  runInTurn(heap, program, { threads: 4, transactions });
  program.verify();
  return stats.summary();
}

function near(what: string, value: number, original: number, tolerance: number): void {
  assert.ok(Math.abs(value - original) <= tolerance, `${what}: ${value}, original ${original}`);
}

test('its epochs are those of the original', () => {
  const found = summarise({}, 9600);
  const epochs = found.linesPerEpoch.count;
  assert.equal(found.epochsPerTx.quantile(0.5), 3);
  assert.equal(found.epochsPerTx.quantile(1), 4);
  near('lines per epoch', found.linesPerEpoch.mean, 1.07, 0.2 * 1.07);
  near('one-line share', found.linesPerEpoch.of(1) / epochs, 0.98, 0.08);
  near('self-dependent', found.selfDependent[3] / epochs, 0.67, 0.1);
});

test('with the aborts of the measured build, so are its bytes and fences', () => {
  const found = summarise({ keys: 3000, conflictPercent: 6.2 }, 9600);
  assert.equal(found.epochsPerTx.quantile(0.5), 3);
  near('epochs, mean', found.epochsPerTx.mean, 12, 0.2 * 12);
  near('fences', found.fencesPerTx.mean, 12.9, 0.2 * 12.9);
  near('bytes', found.bytesPerTx.mean, 359, 0.2 * 359);
  near('distinct lines', found.distinctLinesPerTx.mean, 6, 0.2 * 6);
});

test('after a failure at any moment a transaction is there wholly or not at all', () => {
  const given = { ...SMALL, setPercent: 80, conflictPercent: 5, attemptsPerConflict: 1 };
  const counts = exploreCrashes(memcached.configure(given), {
    threads: 2,
    seed: 5,
    transactions: 160,
    storeChance: 0.002,
    evictions: ['none', 'words'],
    recoveryCrashChance: 0.02,
  });
  assert.ok(counts.images > 1000, JSON.stringify(counts));
  assert.ok(counts.before > 100 && counts.after > 100, JSON.stringify(counts));
});

test('recovery interrupted at any moment and run again has the same result', () => {
  const { configured, heap, program } = start(SMALL, 2, 7);
  // Clients in the middle of requests hold items, which recovery has to take from them.
  for (let i = 0; i < 216; i++) {
    heap.switchTo(i % 2);
    program.transaction(i % 2);
    if (i < 200) continue;
    const digest = program.digest();
    const image = new PmHeap(heap.bytes.slice());
    let durable = '';
    const check = (crashed: Uint8Array): void => {
      durable = createHash('sha256').update(crashed).digest('hex');
      const again = configured.recover(new PmHeap(crashed), 2, 7);
      again.verify();
      assert.equal(again.digest(), digest);
    };
    const sampler = new CrashSampler(image, {
      random: new Random(8),
      storeChance: 0.1,
      check,
    });
    image.attach([sampler]);
    configured.recover(image, 2, 7);
    check(sampler.image('none'));
    const live = createHash('sha256').update(image.bytes).digest('hex');
    assert.equal(durable, live, 'recovery leaves nothing that is not durable');
    assert.ok(sampler.images > 4, `${sampler.images} images`);
  }
});

test('a recovered program resumes where it was', () => {
  const { configured, heap, program } = start(SMALL, 2, 7);
  let running = program;
  for (let round = 0; round < 5; round++) {
    runInTurn(heap, running, { threads: 2, transactions: 205 });
    const digest = running.digest();
    running = configured.recover(heap, 2, 8 + round);
    assert.equal(running.digest(), digest);
    running.verify();
  }
});

test('when memory is used up, the items that were stored longest ago give way', () => {
  // No get moves an item up within its first minute, so the order is that of the sets.
  const { heap, program } = start({ ...SMALL, requestsPerSecond: 1000 }, 1, 9);
  const keys = program.digest().split('\n');
  assert.ok(keys.length < 130, 'not all keys fit');
  const classOf = (line: string): string => line.split(' ')[1];
  const large = keys
    .filter((line) => classOf(line) === '512')
    .map((line) => Number(line.slice(4, 16)));
  assert.ok(large.length <= 23, `${large.length} items of 23 chunks`);
  // Loaded in ascending order: what is left of the largest class are the latest.
  const drawn = new Random(9);
  const loaded: number[] = [];
  for (let key = 0; key < 130; key++) {
    if (drawn.below(4) === 3) loaded.push(key);
    drawn.next();
  }
  assert.deepEqual(large, loaded.slice(-large.length));
  heap.detach();
  program.verify();
});

test('an item that is read again after a minute moves to the front of its list', () => {
  const { heap, program } = start(
    { ...SMALL, keys: 20, setPercent: 0, requestsPerSecond: 1 },
    1,
    3,
  );
  let stores = 0;
  let type = 0;
  heap.attach([
    {
      op(op, a) {
        if (op === Op.TX_BEGIN) type = a;
        if (op === Op.STORE && memcached.txTypes[type] === 'getUpdate') stores++;
      },
    },
  ]);
  for (let i = 0; i < 50 * 6; i++) program.transaction(0);
  assert.equal(stores, 0);
  for (let i = 0; i < 50 * 6; i++) program.transaction(0);
  assert.ok(stores > 0, 'nothing moved');
  program.verify();
});

test('a get of a key that is not there neither updates nor releases anything', () => {
  const { heap, program } = start({ ...SMALL, keys: 250, setPercent: 0 }, 1, 3);
  const types: string[] = [];
  heap.attach([{ op: (op, a) => void (op === Op.TX_BEGIN && types.push(memcached.txTypes[a])) }]);
  for (let i = 0; i < 600; i++) program.transaction(0);
  const requests = types.join(' ').split('getRead ').slice(1, -1);
  assert.deepEqual([...new Set(requests)].sort(), [
    'getLookUp getCount getWrite ',
    'getLookUp getUpdate getCount getWrite getRelease ',
  ]);
});

test('the same seed gives the same operations and bytes, another seed others', () => {
  const run = (seed: number): string => {
    const { heap, program } = start({ ...SMALL, conflictPercent: 20 }, 2, seed);
    const hasher = new OperationHasher();
    heap.attach([hasher]);
    runInTurn(heap, program, { threads: 2, transactions: 200 });
    return hasher.digest(heap.bytes);
  };
  assert.equal(run(1), run(1));
  assert.notEqual(run(1), run(2));
});

test('verify finds a wrong byte of data, chain, list, reference or free chunk', () => {
  const { configured, heap, program } = start(SMALL, 1, 2);
  for (let i = 0; i < 600; i++) program.transaction(0);
  program.verify();
  const statics = 128 + 4096;
  const lists = statics + 32 * 8;
  const item = heap.loadWord(lists + 8 * 24);
  const stackEntry = (slabClass: number): number => lists + 256 + slabClass * 32 + 8;
  const places = [item + 90, item + 16, item + 36, item + 40, item, lists + 8 * 24 + 16];
  for (const offset of [...places, statics + 8, stackEntry(2), stackEntry(8)]) {
    heap.bytes[offset] ^= 0x11;
    assert.throws(() => program.verify(), VerifyError, `at ${offset}`);
    heap.bytes[offset] ^= 0x11;
    program.verify();
  }
  heap.storeWord(0, 1);
  assert.throws(() => configured.recover(heap, 1, 2), VerifyError);
});
