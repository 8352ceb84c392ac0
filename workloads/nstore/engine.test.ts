import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PmHeap } from '../../pm/heap.ts';
import { Random } from '../../pm/random.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import { defineWorkload, type Program } from '../workload.ts';
import { createDatabase, openDatabase } from './database.ts';
import type { Engine } from './engine.ts';
import { databaseText, recoverDatabase, verifyDatabase } from './recovery.ts';
import { type Row, schemaOf } from './schema.ts';

const KEYS = 12;

const SPEC = {
  name: 'things',
  schema: schemaOf('KEY:int GROUP:int AMOUNT:double NAME:text NOTE:text'),
  indexes: [
    { key: (row: Row) => Number(row[0]), duplicates: 'first' as const },
    { key: (row: Row) => Number(row[0]) * 2 + 1, duplicates: 'newest' as const },
  ],
};

function thing(random: Random, key: number): Row {
  const name = `name ${random.below(1000)}`;
  return [key, -random.below(50), random.below(100), name, '-'.repeat(random.below(150))];
}

/** Transactions of one to four statements of every kind, some on the same row twice. */
function randomProgram(engine: Engine, random: Random): Program {
  const [table] = engine.tables;
  const statement = (): void => {
    const row = thing(random, random.below(KEYS));
    const isThere = engine.select(table, row) !== null;
    const what = random.below(isThere ? 6 : 2);
    if (what <= 1) engine.insert(table, row);
    else if (what === 2) engine.remove(table, row);
    else if (what === 3) engine.update(table, row, [1, 2], engine.temporaryCopy(table, row));
    else if (what === 4) engine.update(table, row, [2, 3, 4], engine.temporaryRow(table, row));
    else engine.update(table, row, [1], engine.temporaryVolatile(table, row));
  };
  return {
    transaction(): void {
      engine.begin();
      for (let i = random.between(1, 4); i > 0; i--) statement();
      engine.commit();
    },
    verify: () => verifyDatabase(engine),
    digest: () => databaseText(engine),
  };
}

function start(heap: PmHeap, seed: number, recovered: boolean): Program {
  const range = { base: 0, sizeBytes: heap.sizeBytes };
  const random = new Random(seed);
  if (recovered) {
    const engine = openDatabase(heap, range, [SPEC]);
    recoverDatabase(engine);
    return randomProgram(engine, random);
  }
  const engine = createDatabase(heap, range, [SPEC]);
  engine.begin();
  for (let key = 0; key < KEYS; key += 2) engine.load(engine.tables[0], thing(random, key));
  engine.commit();
  engine.pool.rewind();
  return randomProgram(engine, random);
}

const statements = defineWorkload({
  name: 'statements',
  summary: '',
  protocol: '',
  group: 'micro',
  parameters: {},
  smallParameters: {},
  threadsMax: 1,
  threadsDefault: 1,
  orderNeeded: 'none',
  transactionsDefault: 1,
  txTypes: ['statements'],
  instructionsPerTx: () => [0],
  heapBytes: () => 256 * 1024,
  create: (heap, options) => start(heap, options.seed, false),
  recover: (heap, options) => start(heap, options.seed, true),
}).configure({});

it('recovers transactions of several statements, removals among them, torn at any fence', () => {
  for (const seed of [1, 2]) {
    const counts = exploreCrashes(statements, {
      threads: 1,
      seed,
      transactions: 12,
      oneFenceIn: 3,
      recoveryCrashChance: 1,
    });
    assert.ok(counts.before > 150 && counts.after > 60, JSON.stringify(counts));
    assert.ok(counts.interrupted > 50, JSON.stringify(counts));
  }
});
