/**
 * `memcached`: memcached 1.2.4 with its items in persistent memory, as WHISPER runs it on
 * Mnemosyne. Worker threads answer get and set requests on a hash table, slab classes and LRU
 * lists.
 *
 * A request is six internal transactions of the original, each durable by itself on a redo log
 * (pm/redo); one call of `transaction` runs the next one of the client's request:
 *
 *   get: bytes read (volatile) | look up, take a reference | move up in the LRU list | counters
 *        (volatile) | bytes written (volatile) | give the reference back
 *   set: bytes read (volatile) | allocate item | counters (volatile) | store item: unlink the old
 *        one, link the new one | give the reference back | bytes written (volatile)
 *
 * "Volatile" ones store to counters in ordinary memory: no log records, but marker, tail and head
 * (three epochs). The LRU move happens once a minute an item, else that transaction writes nothing.
 * Data is copied into the new item by plain stores, outside of the log; here it is written back
 * before the next transaction's first fence, so that it is durable before the item is linked.
 *
 * No locks: the port replaced memcached's by transactions (STM). Conflicts between them do not
 * arise by themselves when transactions run one after another. `conflictPercent` and
 * `attemptsPerConflict` put aborted attempts back: each does the transaction's work and then ends
 * its log fragment with an abort marker (three epochs). On the measured build 4 clients on 2
 * processors had about 3 aborted attempts a transaction (12.9 fences in the mean). Assumption: they
 * come in long rows, as a trace of vacation shows, because the thread in the way is not running;
 * then the default is none, a server having a processor for each thread. With 6.2 % of transactions
 * in conflict, bytes, fences and lines a transaction are those of the measured build.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { type RedoOptions, redoHeapBytes } from '../../pm/mnemosyne/redo-layout.ts';
import { RedoMemory } from '../../pm/mnemosyne/redo-memory.ts';
import { LastRead } from '../last-read.ts';
import { fraction, integer, type ParameterValues } from '../parameters.ts';
import { asVerifyErrors } from '../verify-errors.ts';
import { defineWorkload, type Program, VerifyError } from '../workload.ts';
import {
  checkSlabChunks,
  dropReferences,
  readStore,
  type StoreContents,
  type StoredValue,
  valuesText,
} from './inspect.ts';
import { hashOf, type ItemOptions, ItemStore, itemBytes, itemStoreBytes } from './items.ts';
import {
  type Client,
  nameKey,
  newClient,
  nextStep,
  STEPS_PER_REQUEST,
  Step,
  TX_TYPES,
  textOf,
} from './requests.ts';
import { classFor } from './slabs.ts';

// biome-ignore format: a parameter a line, or two
const PARAMETERS = {
  keys: integer(10_000, [1, 1_000_000],
    'keys of 16 bytes, all stored at the start; requests draw them uniformly'),
  setPercent: integer(5, [0, 100], 'share of set requests, the rest being get'),
  memoryKiB: integer(16_384, [64, 2_097_152],
    'memory for items; older ones are evicted when it is used up (memcached: -m)'),
  slabKiB: integer(1024, [16, 1024],
    'size of the pages that slab classes are made of; at most a quarter of the memory'),
  logKiB: integer(256, [4, 8192],
    "each client's log (Mnemosyne: 8192; a shorter one is used again sooner)"),
  hashPower: integer(16, [4, 24], 'the hash table has 2^hashPower buckets'),
  requestsPerSecond: integer(100_000, [1, 100_000_000],
    'how fast the clock of the LRU lists runs (measured: 35 us a get, 4 threads)'),
  conflictPercent: fraction(0, [0, 100],
    'share of transactions that are aborted by a conflict, some times in a row'),
  attemptsPerConflict: integer(40, [1, 10_000],
    'aborted attempts in such a row (a trace of vacation shows 42)'),
};

type Values = ParameterValues<typeof PARAMETERS>;

/** Sizes of values, equally likely. */
const VALUE_BYTES = [64, 128, 256, 512] as const;

/** Instructions of a request as measured; the six transactions of one share them evenly. */
const GET_INSTRUCTIONS = 39_100;
const SET_INSTRUCTIONS = 111_500;

function itemOptions(parameters: Values): ItemOptions {
  const { memoryKiB } = parameters;
  // Each of the four classes that the values fall into needs a page.
  const slabKiB = Math.min(parameters.slabKiB, Math.floor(memoryKiB / VALUE_BYTES.length));
  return {
    hashPower: parameters.hashPower,
    slabs: { pageBytes: slabKiB * 1024, pages: Math.floor(memoryKiB / slabKiB) },
  };
}

function redoOptions(parameters: Values, threads: number): RedoOptions {
  const staticBytes = itemStoreBytes(itemOptions(parameters));
  return { threads, logBytes: parameters.logKiB * 1024, staticBytes };
}

/** 5 % set and 95 % get: 24 100 stores a set, 1.26 % of them to PM; 8500 a get, 1.04 %. */
const PM_STORE_SHARE =
  (0.05 * 24_100 * 0.0126 + 0.95 * 8_500 * 0.0104) / (0.05 * 24_100 + 0.95 * 8_500);

export const memcached = defineWorkload({
  name: 'memcached',
  summary: 'memcached 1.2.4: hash table, slabs and LRU lists, six redo-log transactions a request',
  protocol: 'Mnemosyne (ASPLOS 2011) as in WHISPER: word redo log, in-place stores, head; 4 fences',
  group: 'whisper',
  parameters: PARAMETERS,
  smallParameters: {
    keys: 20,
    memoryKiB: 128,
    slabKiB: 16,
    logKiB: 4,
    setPercent: 60,
    hashPower: 4,
  },
  threadsMax: 64,
  threadsDefault: 4,
  // As vacation.
  orderNeeded: 'words',
  transactionsDefault: 24_000,
  transactionsShort: 1200,
  txTypes: TX_TYPES,
  pmStoreShare: { whisper: PM_STORE_SHARE },
  instructionsMeasured: {
    // Each of the six transactions of a request, as they share its instructions evenly.
    'a sixth of a GET': { whisper: Math.round(GET_INSTRUCTIONS / STEPS_PER_REQUEST) },
    'a sixth of a SET': { whisper: Math.round(SET_INSTRUCTIONS / STEPS_PER_REQUEST) },
  },
  // Measured on a build without optimisation, for whole requests. Assumptions: the six transactions
  // of a request do equal work; 'o2', for which there is no measurement, is charged the same.
  instructionsPerTx() {
    return TX_TYPES.map((_, type) => {
      const request = type < STEPS_PER_REQUEST ? GET_INSTRUCTIONS : SET_INSTRUCTIONS;
      const share = Math.floor(request / STEPS_PER_REQUEST);
      return type % STEPS_PER_REQUEST === 0 ? request - share * (STEPS_PER_REQUEST - 1) : share;
    });
  },
  nativeInstructionsPerNs: TX_TYPES.map((_, type) =>
    type < STEPS_PER_REQUEST ? GET_INSTRUCTIONS / 32_500 : SET_INSTRUCTIONS / 39_700,
  ),
  heapBytes(parameters, threads) {
    return redoHeapBytes(redoOptions(parameters, threads), 0) + 64;
  },
  create(heap, { parameters, threads, seed }) {
    const memory = RedoMemory.format(heap, redoOptions(parameters, threads));
    const program = new Memcached(memory, parameters, threads, seed, 0, new Map());
    program.load(seed);
    return program;
  },
  recover(heap, { parameters, threads, seed }) {
    return checked(() => {
      const memory = RedoMemory.recover(heap, redoOptions(parameters, threads));
      memory.reclaim([]);
      const store = new ItemStore(memory, itemOptions(parameters), 0);
      const { values, linked, lastCas } = readStore(heap, store, fail);
      dropReferences(heap, store, linked);
      return new Memcached(memory, parameters, threads, seed, lastCas, values);
    });
  },
});

function fail(why: string): never {
  throw new VerifyError(`memcached: ${why}`);
}

function checked<T>(read: () => T): T {
  return asVerifyErrors(read, 'memcached: ');
}

class Memcached implements Program {
  readonly #heap: PmHeap;
  readonly #memory: RedoMemory;
  readonly #store: ItemStore;
  readonly #read: LastRead<StoreContents>;
  readonly #parameters: Values;
  readonly #clients: readonly Client[];
  readonly #model: Map<string, StoredValue>;
  /** Keys that the running attempt evicts. */
  readonly #evicted: Uint8Array[] = [];
  readonly #value = new Uint8Array(VALUE_BYTES[VALUE_BYTES.length - 1] + 2);
  readonly #valueWords = new Uint32Array(this.#value.buffer, 0, this.#value.length >>> 2);
  #requests = 0;

  constructor(
    memory: RedoMemory,
    parameters: Values,
    threads: number,
    seed: number,
    lastCas: number,
    model: ReadonlyMap<string, StoredValue>,
  ) {
    this.#heap = memory.heap;
    this.#read = new LastRead(memory.heap);
    this.#memory = memory;
    this.#store = new ItemStore(memory, itemOptions(parameters), lastCas);
    this.#parameters = parameters;
    this.#model = new Map(model);
    // Stream 0 draws the initial data.
    this.#clients = Array.from({ length: threads }, (_, i) => newClient(seed, i + 1));
  }

  /** Gives each class that is going to be used a page, then stores every key once. */
  load(seed: number): void {
    this.#memory.begin();
    for (const bytes of VALUE_BYTES) this.#store.slabs.addPage(classFor(itemBytes(bytes)));
    this.#memory.commit();
    const client = newClient(seed, 0);
    for (let keyNumber = 0; keyNumber < this.#parameters.keys; keyNumber++) {
      this.#drawSet(client, keyNumber);
      this.#perform(client, Step.SET_ALLOCATE, 0);
      this.#perform(client, Step.SET_COUNT, 0);
      this.#perform(client, Step.SET_STORE, 0);
      this.#perform(client, Step.SET_RELEASE, 0);
    }
    this.#requests = 0;
  }

  transaction(clientNumber: number): void {
    const client = this.#clients[clientNumber];
    if (client.step === Step.GET_READ) this.#drawRequest(client);
    const step = client.step;
    this.#heap.txBegin(step);
    this.#perform(client, step, this.#drawAborts(client));
    this.#heap.txEnd();
    client.step = nextStep(step, client.item !== 0);
  }

  verify(): void {
    checked(() => {
      const { values, linked } = this.#read.keep(readStore(this.#heap, this.#store, fail));
      const held = this.#clients.map((client) => client.item).filter((item) => item !== 0);
      checkSlabChunks(this.#heap, this.#store, linked, held, fail);
      for (const [key, value] of values) {
        const wanted = this.#model.get(key);
        if (wanted?.hash !== value.hash || wanted.bytes !== value.bytes) {
          fail(`${key}: found ${value.bytes} B, ${value.hash}, expected ${JSON.stringify(wanted)}`);
        }
      }
      if (values.size !== this.#model.size) fail(`${values.size} keys of ${this.#model.size}`);
    });
  }

  digest(): string {
    return checked(() =>
      valuesText(this.#read.get(() => readStore(this.#heap, this.#store, fail)).values),
    );
  }

  #drawRequest(client: Client): void {
    const { random } = client;
    const isSet = random.below(100) < this.#parameters.setPercent;
    const keyNumber = random.below(this.#parameters.keys);
    if (isSet) {
      this.#drawSet(client, keyNumber);
    } else {
      client.step = Step.GET_READ;
      nameKey(client, keyNumber);
    }
    this.#requests++;
  }

  #drawSet(client: Client, keyNumber: number): void {
    client.step = Step.SET_READ;
    client.valueBytes = VALUE_BYTES[client.random.below(VALUE_BYTES.length)];
    client.stamp = client.random.next();
    nameKey(client, keyNumber);
  }

  /** One internal transaction, after so many attempts at it that are aborted. */
  #perform(client: Client, step: number, aborts: number): void {
    const item = client.item;
    if (step === Step.SET_COUNT) this.#copyData(client);
    if (step === Step.GET_WRITE && item !== 0) this.#sendData(item);
    for (let i = 0; i < aborts; i++) {
      this.#attempt(client, step);
      this.#memory.abort();
      client.item = item;
    }
    this.#attempt(client, step);
    this.#memory.commit();
    for (const key of this.#evicted) this.#model.delete(textOf(key));
    if (step === Step.SET_STORE) {
      const hash = hashOf(this.#valueOf(client).subarray(0, client.valueBytes));
      this.#model.set(textOf(client.key), { bytes: client.valueBytes, hash });
    }
  }

  #drawAborts(client: Client): number {
    const { conflictPercent, attemptsPerConflict } = this.#parameters;
    if (conflictPercent === 0) return 0;
    return client.conflicts.chance(conflictPercent / 100) ? attemptsPerConflict : 0;
  }

  #attempt(client: Client, step: number): void {
    const store = this.#store;
    this.#evicted.length = 0;
    this.#memory.begin();
    switch (step) {
      case Step.GET_LOOK_UP:
        client.item = store.get(client.key);
        break;
      case Step.GET_UPDATE:
        store.update(client.item, this.#nowS());
        break;
      case Step.SET_ALLOCATE:
        client.item = store.alloc(client.key, client.valueBytes, this.#evicted);
        break;
      case Step.SET_STORE:
        // Links the item, and counts items and bytes in ordinary memory.
        store.store(client.item, client.key, this.#nowS());
        break;
      case Step.GET_RELEASE:
      case Step.SET_RELEASE:
        store.release(client.item);
        client.item = 0;
        break;
      default:
        this.#memory.noteVolatileStore();
    }
  }

  /** Plain stores, written back; the fences of the transaction that follows make them durable. */
  #copyData(client: Client): void {
    const offset = this.#store.dataOf(client.item);
    const data = this.#valueOf(client);
    this.#heap.storeBytes(offset, data);
    this.#heap.writeBack(offset, data.length);
  }

  /** The answer to a get leaves by a system call that reads what it sends of the item. */
  #sendData(item: number): void {
    const from = this.#store.keyOf(item);
    const to = this.#store.dataOf(item) + this.#store.dataBytesOf(item);
    this.#heap.loadBytes(from, to - from);
  }

  /** The client's value with its end: a function of the drawn stamp. Valid until the next call. */
  #valueOf(client: Client): Uint8Array {
    const { valueBytes, stamp } = client;
    for (let i = 0; i < valueBytes / 4; i++) {
      this.#valueWords[i] = Math.imul(stamp ^ i, 0x9e3779b1);
    }
    this.#value[valueBytes] = 13;
    this.#value[valueBytes + 1] = 10;
    return this.#value.subarray(0, valueBytes + 2);
  }

  /** Seconds since the start, at least 1. */
  #nowS(): number {
    return 1 + Math.floor(this.#requests / this.#parameters.requestsPerSecond);
  }
}
