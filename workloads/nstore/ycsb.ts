/**
 * YCSB on N-store's OPT_WAL engine, as WHISPER runs it (Nalli et al., ASPLOS 2017): a table of an
 * integer key and five texts of 100 characters, divided among executors that each have a database
 * of their own. A transaction reads one row, or rewrites all five texts of one.
 *
 * The mix 'whisper' draws as the original does. One uniform number u says what is done: an update
 * if u is below the share of writes. The original's generators for operations and keys start from
 * the same seed and are drawn in step. So the same u says to which key: 10 u (hence 0) if u is
 * below the skew (10 %), else 10 + u x (keys - 10). Mixes a to f are the core workloads of YCSB
 * (Cooper et al., SoCC 2010) with Zipfian keys, theta 0.99, over the keys there are, inserted ones
 * among them. (YCSB's own generator draws from 10^10 items and hashes these to the keys, which makes its
 * popular keys less so; here they are as its paper says.) N-store's index is hashed, so a scan of n keys
 * is n look-ups; new keys follow the largest.
 *
 * Executors share nothing and take no locks (see `pool.ts` for the original's allocator mutex).
 * The holes that loading leaves last for about keys / 5 updates; in longer runs reservations split
 * the pool's free end, and an update has 49 epochs instead of 42. So run longer with more keys.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { Random, type ZipfianKeys, zipfianKeys } from '../../pm/random.ts';
import { choice, fraction, integer, type ParameterValues } from '../parameters.ts';
import {
  defineWorkload,
  type Program,
  type ProgramOptions,
  SIZES,
  VerifyError,
} from '../workload.ts';
import { poolsBytes } from './database.ts';
import type { Engine } from './engine.ts';
import { type Executor, startExecutors } from './executors.ts';
import { allRows } from './reachability.ts';
import { verifyDatabase } from './recovery.ts';
import { type Row, schemaOf } from './schema.ts';
import type { Table, TableSpec } from './table.ts';

const FIELD_BYTES = 100;
const FIELD_COLUMNS = [1, 2, 3, 4, 5] as const;
/** Rows that the initial load commits at once: the original's default. */
const LOAD_BATCH = 100;
const SCAN_KEYS_MAX = 100;
/** Keys that the skewed draws of the mix 'whisper' are over: with a skew of 10 %, key 0 alone. */
const HOT_KEYS = 10;

/** Keys over all executors. 'large' is what WHISPER's script runs (with 40 000 transactions). */
const KEYS_BY_SIZE: Readonly<Record<string, number>> = {
  small: 12_000,
  medium: 40_000,
  large: 100_000,
};

// biome-ignore format: a parameter a line, or two
const parameters = {
  size: choice('small', SIZES, 'number of keys: 12 000, 40 000 or 100 000 (the original)'),
  keys: integer(0, [0, 500_000], 'number of keys over all executors; 0: as size says'),
  mix: choice('whisper', ['whisper', 'a', 'b', 'c', 'd', 'e', 'f'],
    'operations: the original (writeShare of updates), or a core workload of YCSB'),
  writeShare: fraction(0.8, [0, 1], "share of updates in the mix 'whisper'"),
  skew: fraction(0.1, [0, 1],
    "share of the draws that go to the first 10 x skew keys (one at 0.1) in the mix 'whisper'"),
};

type YcsbParameters = typeof parameters;

const TX_TYPES = ['read', 'update', 'insert', 'scan', 'readModifyWrite'] as const;
const [READ, UPDATE, INSERT, SCAN, READ_MODIFY_WRITE] = [0, 1, 2, 3, 4];

/** Shares of [read, update, insert, scan, read-modify-write], and which keys are popular. */
const MIXES: Readonly<Record<string, { shares: readonly number[]; latest: boolean }>> = {
  a: { shares: [0.5, 0.5, 0, 0, 0], latest: false },
  b: { shares: [0.95, 0.05, 0, 0, 0], latest: false },
  c: { shares: [1, 0, 0, 0, 0], latest: false },
  d: { shares: [0.95, 0, 0.05, 0, 0], latest: true },
  e: { shares: [0, 0, 0.05, 0.95, 0], latest: false },
  f: { shares: [0.5, 0, 0, 0, 0.5], latest: false },
};

/**
 * Instructions of volatile work, measured on WHISPER's build (-O3, so both compute models are the
 * same). 16 512 for an update, 14 309 on average at 80 % updates, hence (14 309 - 0.8 x 16 512) /
 * 0.2 = 5 497 for a read. Assumptions: an insert costs what an update costs; a scan of 50.5 keys on
 * average costs so many reads; a read-modify-write costs a read and an update.
 */
const INSTRUCTIONS = [5_497, 16_512, 16_512, 277_599, 22_009] as const;

const USERTABLE: TableSpec = {
  name: 'usertable',
  schema: schemaOf('KEY:int FIELD1:text FIELD2:text FIELD3:text FIELD4:text FIELD5:text'),
  indexes: [{ key: (row) => Number(row[0]), duplicates: 'first' }],
};

/** The text of version `version` of a key: 100 characters that no other version shares. */
function fieldText(key: number, version: number): string {
  const head = `${key}:${version}:`;
  const letter = String.fromCharCode(97 + ((key * 31 + version) % 26));
  return head + letter.repeat(FIELD_BYTES - head.length);
}

function rowOf(key: number, version: number): Row {
  const text = fieldText(key, version);
  return [key, text, text, text, text, text];
}

/** The version that a row's first text names; NaN if it names none. */
function versionOf(row: Row): number {
  return Number(String(row[1]).split(':')[1]);
}

function totalKeys(values: ParameterValues<YcsbParameters>): number {
  return values.keys > 0 ? values.keys : KEYS_BY_SIZE[values.size];
}

/** One executor: its database, its draws, and the next version and key it writes. */
class YcsbExecutor implements Executor {
  readonly engine: Engine;
  readonly #table: Table;
  readonly #values: ParameterValues<YcsbParameters>;
  readonly #random: Random;
  readonly #zipfian: ZipfianKeys;
  readonly #loaded: number;
  #keys: number;
  #version = 0;

  constructor(
    engine: Engine,
    values: ParameterValues<YcsbParameters>,
    draws: { readonly keys: number; readonly zipfian: ZipfianKeys; readonly random: Random },
  ) {
    this.engine = engine;
    this.#table = engine.tables[0];
    this.#values = values;
    this.#random = draws.random;
    this.#zipfian = draws.zipfian;
    this.#loaded = draws.keys;
    this.#keys = draws.keys;
  }

  /** A recovered executor resumes after the largest key and version in its table. */
  resume(): void {
    for (const row of allRows(this.engine)[0]) {
      this.#keys = Math.max(this.#keys, Number(row[0]) + 1);
      this.#version = Math.max(this.#version, versionOf(row));
    }
  }

  load(): void {
    this.engine.begin();
    for (let key = 0; key < this.#keys; key++) {
      if (key % LOAD_BATCH === 0 && key > 0) {
        this.engine.commit();
        this.engine.begin();
      }
      this.engine.load(this.#table, rowOf(key, 0));
    }
    this.engine.commit();
    this.engine.pool.rewind();
  }

  transaction(): void {
    const { mix, writeShare, skew } = this.#values;
    if (mix === 'whisper') {
      const u = this.#random.fraction();
      const key = u < skew ? u * HOT_KEYS : HOT_KEYS + u * (this.#loaded - HOT_KEYS);
      const type = u < writeShare ? UPDATE : READ;
      this.#run(type, Math.max(0, Math.min(Math.floor(key), this.#loaded - 1)), writeShare === 0);
      return;
    }
    const { shares, latest } = MIXES[mix];
    const type = this.#drawType(shares);
    const popular = this.#zipfian.next(this.#random, this.#keys);
    const key = latest ? this.#keys - 1 - popular : popular;
    this.#run(type, type === INSERT ? this.#keys : key, mix === 'c');
  }

  #drawType(shares: readonly number[]): number {
    let u = this.#random.fraction();
    for (let type = 0; type < shares.length - 1; type++) {
      if (u < shares[type]) return type;
      u -= shares[type];
    }
    return shares.length - 1;
  }

  /** A program without writes runs a read-only engine, whose commit does nothing at all. */
  #run(type: number, key: number, readOnly: boolean): void {
    const { engine } = this;
    const { heap } = engine.pool.writer;
    heap.txBegin(type);
    engine.begin();
    if (type === READ || type === READ_MODIFY_WRITE) this.#read(key);
    if (type === UPDATE || type === READ_MODIFY_WRITE) this.#update(key);
    if (type === INSERT) {
      engine.insert(this.#table, rowOf(key, 0));
      this.#keys++;
    }
    if (type === SCAN) {
      const last = Math.min(key + this.#random.between(1, SCAN_KEYS_MAX), this.#keys);
      for (let next = key; next < last; next++) this.#read(next);
    }
    if (!readOnly) engine.commit();
    heap.txEnd();
  }

  #read(key: number): void {
    if (this.engine.select(this.#table, [key]) === null) {
      throw new VerifyError(`usertable: key ${key} is not there`);
    }
  }

  #update(key: number): void {
    const row = rowOf(key, ++this.#version);
    const temporary = this.engine.temporaryData(this.#table, row);
    this.engine.update(this.#table, row, FIELD_COLUMNS, temporary);
  }

  verify(): void {
    const [rows] = verifyDatabase(this.engine);
    for (const row of rows) {
      const expected = rowOf(Number(row[0]), versionOf(row));
      if (row.some((value, i) => value !== expected[i])) {
        throw new VerifyError(`usertable: key ${row[0]} does not hold one version: ${row}`);
      }
    }
  }
}

function start(heap: PmHeap, options: ProgramOptions<YcsbParameters>, recovered: boolean): Program {
  const { threads, seed } = options;
  const keys = Math.max(1, Math.floor(totalKeys(options.parameters) / threads));
  const zipfian = zipfianKeys();
  return startExecutors(heap, { threads, tables: [USERTABLE], recovered }, (engine, client) => {
    const random = new Random(seed, client);
    const executor = new YcsbExecutor(engine, options.parameters, { keys, zipfian, random });
    if (recovered) executor.resume();
    else executor.load();
    return executor;
  });
}

function heapBytes(
  values: ParameterValues<YcsbParameters>,
  threads: number,
  transactions: number,
): number {
  // A loaded row takes 1536 B with its hole, an index slot about 40; an update moves 1152 B on.
  const perThread = (totalKeys(values) / threads) * 1640 + (transactions / threads) * 1600;
  return poolsBytes(perThread + 96 * 1024, threads);
}

export const ycsb = defineWorkload({
  name: 'ycsb',
  summary: 'YCSB on N-store: reads and whole-row updates of 500-byte records',
  protocol: "N-store's OPT_WAL engine (Arulraj et al., SIGMOD 2015), as in WHISPER",
  group: 'whisper',
  parameters,
  smallParameters: { keys: 12 },
  threadsMax: 64,
  threadsDefault: 4,
  // Executors have pools of their own. Their originals share an allocator: in trace:ycsb 60 of 300
  // transactions store to words of one long unfinished transaction of the other thread, and to no other's.
  orderNeeded: 'none',
  transactionsDefault: 2000,
  // As WHISPER's script runs it.
  transactionsAtSize: { large: 40_000 },
  transactionsShort: 120,
  txTypes: TX_TYPES,
  pmStoreShare: { o2: 0.041, whisper: 0.041 },
  instructionsMeasured: {
    '80 % updates': { o2: 14_309, whisper: 14_309 },
    'updates only': { o2: 16_512, whisper: 16_512 },
  },
  instructionsPerTx: () => INSTRUCTIONS,
  // Over the mix of 80 % writes.
  nativeInstructionsPerNs: 14_309 / 2066,
  heapBytes,
  // Model and check: 90 B a transaction were seen, and garbage.
  memoryBytes: (values, threads, transactions) =>
    heapBytes(values, threads, transactions) + 200 * transactions,
  create: (heap, options) => start(heap, options, false),
  recover: (heap, options) => start(heap, options, true),
});
