/**
 * What the map programs on undo-log transactions (ctree, hashmap, btree, rbtree) share: parameters,
 * clients, the global lock, the model in ordinary memory, and checks. WHISPER runs NVML's map
 * benchmark: every thread inserts random keys into one map under one lock; key and object id, no
 * value. The benchmark stores the id of one and the same object over and over; here the offset half
 * is a serial number instead, so that a lost or doubled update shows. Same stores, same bytes.
 */

import { hash } from 'node:crypto';
import type { PmHeap } from '../../pm/heap.ts';
import {
  LANES_MAX,
  OBJECT_HEADER_BYTES,
  poolBytes,
  RANGE_CACHE_BYTES,
  RUN_DATA_BYTES,
} from '../../pm/nvml/layout.ts';
import { loadObjectId, OBJECT_ID_BYTES, storeObjectId } from '../../pm/nvml/object-id.ts';
import { Pool } from '../../pm/nvml/pool.ts';
import { occupiedBytes } from '../../pm/nvml/size-classes.ts';
import type { Transaction } from '../../pm/nvml/transaction.ts';
import { Random } from '../../pm/random.ts';
import type { Build } from '../compute-model.ts';
import { LastRead } from '../last-read.ts';
import { fraction, integer, ParameterError, type ParameterValues } from '../parameters.ts';
import { asVerifyErrors } from '../verify-errors.ts';
import {
  type AnyWorkload,
  defineWorkload,
  NotSetUpError,
  type Program,
  type ProgramOptions,
  VerifyError,
} from '../workload.ts';

/** Parameters of every map program. */
// biome-ignore format: a parameter a line, or two
const MAP_PARAMETERS = {
  keys: integer(0, [0, 10_000_000],
    'keys in the map before the run (the original starts with none)'),
  removeShare: fraction(0, [0, 1],
    'share of transactions that remove a key; what no share takes, inserts'),
  lookupShare: fraction(0, [0, 1], 'share of transactions that look a key up'),
};

/** Values of {@link MAP_PARAMETERS}. */
type MapParameters = ParameterValues<typeof MAP_PARAMETERS>;

/** Transaction types of every map program. */
const MAP_TX_TYPES = ['insert', 'remove', 'lookup'] as const;

/** What a check of a map finds: its contents and the objects it consists of (offset to type). */
export interface MapContents {
  readonly entries: Map<number, number>;
  readonly objects: Map<number, number>;
}

/** A map in PM. Keys are 1 to 2^53 - 1; values are the offset half of an object id, not 0. */
export interface PersistentMap {
  /**
   * Inserts, in one or more transactions. A key that is there gets the new value or keeps the old
   * one, as the original does; returns whether the value is now in the map.
   */
  insert(tx: Transaction, key: number, value: number): boolean;
  /** Removes a key that is there and returns its value; 0 if it is not. */
  remove(tx: Transaction, key: number): number;
  /** The value of a key; 0 if it is not there. */
  lookup(key: number): number;
  /** Walks everything and checks each invariant of the structure; throws VerifyError. */
  contents(): MapContents;
}

/** What one map program has to say of itself; the rest is the same for all. */
export interface MapKind
  extends Pick<
    AnyWorkload,
    | 'name'
    | 'summary'
    | 'protocol'
    | 'group'
    | 'transactionsShort'
    | 'pmStoreShare'
    | 'instructionsMeasured'
    | 'nativeInstructionsPerNs'
  > {
  /** Instructions of volatile work of an insert, in either build. */
  readonly insertInstructions: Readonly<Record<Build, number>>;
  /** Bytes of heap for at most so many entries. */
  heapBytes(entries: number, threads: number): number;
  /** The map's own object, on the root object, all zero at first. */
  readonly object: { readonly bytes: number; readonly type: number };
  /** Makes what else an empty map has, in the transaction that makes the map itself. */
  initialise?(pool: Pool, map: number, random: Random): void;
  /** The map of a pool. */
  open(pool: Pool): PersistentMap;
}

/** The workload that runs the benchmark on this kind of map. */
export function defineMap(kind: MapKind): AnyWorkload {
  const { insertInstructions, heapBytes, object, initialise, open, ...described } = kind;
  return defineWorkload({
    ...described,
    parameters: MAP_PARAMETERS,
    smallParameters: { removeShare: 0.25 },
    threadsMax: LANES_MAX,
    threadsDefault: 1,
    threadsOriginal: 4,
    orderNeeded: 'none',
    transactionsDefault: 5000,
    txTypes: MAP_TX_TYPES,
    instructionsPerTx: (build) => mapInstructions(insertInstructions[build]),
    heapBytes: ({ keys }, threads, transactions) => heapBytes(keys + transactions, threads),
    memoryBytes(parameters, threads, transactions) {
      const entries = entriesLikely(parameters, transactions);
      return heapBytes(entries, threads) + entries * ENTRY_MODEL_BYTES;
    },
    create: (heap, options) => MapProgram.create(kind, heap, options),
    recover: (heap, options) => MapProgram.recover(kind, heap, options),
  });
}

/** What model and check have of an entry, in ordinary memory: 280 B were seen, and garbage. */
const ENTRY_MODEL_BYTES = 400;

/** Entries that a map hardly ever exceeds: inserts and removes are a random walk. */
function entriesLikely({ keys, removeShare, lookupShare }: MapParameters, steps: number): number {
  const growth = Math.max(0, 1 - lookupShare - 2 * removeShare) * steps;
  return Math.ceil(Math.min(keys + steps, keys + growth + 6 * Math.sqrt(steps)));
}

/** Throws ParameterError unless the shares leave room for each other. */
function checkShares(name: string, parameters: MapParameters): void {
  const { removeShare, lookupShare } = parameters;
  if (removeShare + lookupShare > 1) {
    throw new ParameterError(
      `${name}: removeShare ${removeShare} + lookupShare ${lookupShare} exceed 1`,
    );
  }
}

/** Instructions per transaction type where only inserts were measured. */
function mapInstructions(insert: number): readonly number[] {
  // Assumption: a remove costs what an insert costs (same search, same protocol); a lookup, which
  // is the search and the benchmark's own work without any transaction, a quarter of it.
  return [insert, insert, Math.round(insert / 4)];
}

/**
 * Bytes of heap for a map of at most `objects` objects of `objectBytes`, with so many extra chunks
 * for whatever else it allocates. Every thread fills runs of its own.
 */
export function mapHeapBytes(
  threads: number,
  objects: number,
  objectBytes: number,
  extraChunks: number,
): number {
  const perRun = objectsPerRun(objectBytes);
  const cachesPerRun = objectsPerRun(RANGE_CACHE_BYTES);
  const perThread = 2 + Math.ceil(1 / cachesPerRun);
  return poolBytes(threads, Math.ceil(objects / perRun) + threads * perThread + 2 + extraChunks);
}

/** Makes an empty map and hangs it on the root object. */
export function createMap(
  pool: Pool,
  { object, initialise, open }: MapKind,
  random: Random,
): PersistentMap {
  const tx = pool.lanes[0];
  tx.begin();
  tx.addRange(pool.root, OBJECT_ID_BYTES);
  const map = tx.allocateZeroed(object.bytes, object.type);
  storeObjectId(pool.heap, pool.root, map);
  initialise?.(pool, map, random);
  tx.commit();
  return open(pool);
}

/** How many objects of `bytes` of user data fit a run. */
export function objectsPerRun(bytes: number): number {
  return Math.floor(RUN_DATA_BYTES / occupiedBytes(bytes + OBJECT_HEADER_BYTES));
}

/** Serial numbers start here, so that none looks like a small integer or null. */
const FIRST_SERIAL = 4096;
/** Each client counts in a range of its own: what it does must not depend on the others. */
const SERIALS_PER_CLIENT = 2 ** 32;

interface Client {
  readonly random: Random;
  /** Keys that this client put in and has not removed. */
  readonly keys: number[];
  readonly tx: Transaction;
  serial: number;
}

/** A client per lane; `stream` is that of the first client's random numbers. */
function newClients(pool: Pool, seed: number, stream: number, firstSerial: number): Client[] {
  return pool.lanes.map((tx, i) => ({
    random: new Random(seed, stream + i),
    keys: [],
    tx,
    serial: firstSerial + i * SERIALS_PER_CLIENT,
  }));
}

/** A map program: see {@link Program}. */
class MapProgram implements Program {
  readonly #heap: PmHeap;
  readonly #pool: Pool;
  readonly #map: PersistentMap;
  readonly #parameters: MapParameters;
  readonly #clients: Client[];
  readonly #model: Map<number, number>;
  readonly #entries: LastRead<ReadonlyMap<number, number>>;

  private constructor(
    pool: Pool,
    map: PersistentMap,
    parameters: MapParameters,
    clients: Client[],
    model: Map<number, number>,
  ) {
    this.#heap = pool.heap;
    this.#pool = pool;
    this.#map = map;
    this.#parameters = parameters;
    this.#clients = clients;
    this.#model = model;
    this.#entries = new LastRead(pool.heap);
  }

  /** Formats the heap, makes the map and inserts the initial keys. */
  static create(
    kind: MapKind,
    heap: PmHeap,
    options: ProgramOptions<typeof MAP_PARAMETERS>,
  ): MapProgram {
    const { parameters, threads, seed } = options;
    checkShares(kind.name, parameters);
    const pool = Pool.create(heap, threads, OBJECT_ID_BYTES);
    const map = createMap(pool, kind, new Random(seed, 1000));
    const clients = newClients(pool, seed, 0, FIRST_SERIAL);
    const program = new MapProgram(pool, map, parameters, clients, new Map());
    for (let i = 0; i < parameters.keys; i++) program.#insert(clients[i % threads]);
    return program;
  }

  /** Recovers. The model is what is found; clients share the keys and draw anew. */
  static recover(
    kind: MapKind,
    heap: PmHeap,
    options: ProgramOptions<typeof MAP_PARAMETERS>,
  ): MapProgram {
    checkShares(kind.name, options.parameters);
    return asVerifyErrors(() => {
      const pool = Pool.open(heap);
      if (pool.lanes.length !== options.threads) {
        throw new VerifyError(`the pool has ${pool.lanes.length} lanes, not ${options.threads}`);
      }
      if (loadObjectId(heap, pool.root) === 0) throw new NotSetUpError(`${kind.name}: no map yet`);
      const map = kind.open(pool);
      const model = map.contents().entries;
      let serial = FIRST_SERIAL;
      for (const value of model.values()) serial = Math.max(serial, value + 1);
      const clients = newClients(pool, options.seed, 2000, serial);
      const keys = [...model.keys()].sort((x, y) => x - y);
      for (let i = 0; i < keys.length; i++) clients[i % clients.length].keys.push(keys[i]);
      return new MapProgram(pool, map, options.parameters, clients, model);
    });
  }

  transaction(client: number): void {
    const { random, keys } = this.#clients[client];
    const { removeShare, lookupShare } = this.#parameters;
    const draw = random.fraction();
    if (draw < removeShare && keys.length > 0) this.#remove(this.#clients[client]);
    else if (draw >= removeShare && draw < removeShare + lookupShare && keys.length > 0) {
      this.#lookup(this.#clients[client]);
    } else this.#insert(this.#clients[client]);
  }

  verify(): void {
    asVerifyErrors(() => {
      const { entries, objects } = this.#map.contents();
      this.#entries.keep(entries);
      for (const [key, value] of this.#model) {
        const found = entries.get(key);
        if (found !== value) throw new VerifyError(`key ${key}: has ${found}, not ${value}`);
      }
      if (entries.size !== this.#model.size) {
        throw new VerifyError(`${entries.size} keys in the map, not ${this.#model.size}`);
      }
      this.#pool.check(objects);
    });
  }

  digest(): string {
    const read = this.#entries.get(() => this.#map.contents().entries);
    const entries = [...read].sort((x, y) => x[0] - y[0]);
    const text = entries.map(([key, value]) => `${key}=${value}\n`).join('');
    return `${entries.length} keys ${hash('sha256', text)}`;
  }

  #insert(client: Client): void {
    const { random } = client;
    let key = 0;
    while (key === 0) key = (random.next() >>> 11) * 2 ** 32 + random.next();
    const value = client.serial++;
    this.#begin(0);
    const inserted = this.#map.insert(client.tx, key, value);
    this.#end();
    if (!inserted) return;
    if (!this.#model.has(key)) client.keys.push(key);
    this.#model.set(key, value);
  }

  #remove(client: Client): void {
    const { keys, random } = client;
    const i = random.below(keys.length);
    const key = keys[i];
    keys[i] = keys[keys.length - 1];
    keys.pop();
    this.#begin(1);
    const value = this.#map.remove(client.tx, key);
    this.#end();
    this.#expect(key, value);
    this.#model.delete(key);
  }

  #lookup(client: Client): void {
    const key = client.keys[client.random.below(client.keys.length)];
    this.#begin(2);
    const value = this.#map.lookup(key);
    this.#end();
    this.#expect(key, value);
  }

  #begin(type: number): void {
    this.#heap.txBegin(type);
    this.#heap.lock(0);
  }

  #end(): void {
    this.#heap.unlock(0);
    this.#heap.txEnd();
  }

  #expect(key: number, value: number): void {
    const expected = this.#model.get(key);
    if (value !== expected) throw new VerifyError(`key ${key}: found ${value}, not ${expected}`);
  }
}
