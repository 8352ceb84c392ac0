/**
 * `echo`: the versioned persistent key-value store of Bailey et al. ("Exploring storage class
 * memory with key value stores", INFLOW 2013), as in the WHISPER suite, under the suite's driver.
 * Clients collect puts in volatile local stores; a transaction is the requests up to the 8th put
 * and the commit of these puts. Gets see the client's own puts, else the master store as of its
 * snapshot.
 *
 * The driver's keys decide how many puts meet a new key, and so the epochs per transaction: client
 * c puts keys 100 x index + c, an index being the next free one (30 %) or any so far. The
 * preloaded keys are the plain indices. So nearly all of a client's first "updates" are new keys,
 * and ever fewer as it runs: some 440 epochs per commit at first, falling towards 370 with four
 * clients and 320 with one. WHISPER's build was measured over a run of two clients: median 393,
 * without the 8 epochs per commit that its instrumentation does not see (`store.ts`).
 *
 * Here each client counts free indices as if all clients ran at the same pace (the original shares
 * a counter), so that its requests depend on the seed and its own number alone.
 *
 * The allocator has one lock, as the original has, taken some 65 times a commit. Clients share the time
 * outside of it; the bytes they write are those of a run that did one commit after the other.
 *
 * After recovery a program has no local stores (they are volatile) and a new snapshot per client.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { Random } from '../../pm/random.ts';
import { LastRead } from '../last-read.ts';
import { choice, fraction, integer, ParameterError, type ParameterValues } from '../parameters.ts';
import { defineWorkload, type Program, type ProgramOptions, VerifyError } from '../workload.ts';
import { checkStore, digestStore } from './check.ts';
import { CHAIN, type Geometry } from './layout.ts';
import { blockBytes } from './pool.ts';
import { recoverStore } from './recovery.ts';
import { type Batch, EchoStore } from './store.ts';
import { type Survey, survey } from './survey.ts';

/** Keys are index x 100 + client, as in the original driver. */
const CLIENT_FACTOR = 100;

/**
 * Keys loaded at the start. The original loads 10 000 whatever the length of the run. Assumption:
 * the smaller sizes are for shorter runs (small: some 400 commits of four clients) and keep the
 * mix of new and known keys that the measured run of two clients must have had. With 10 000 keys
 * this port has that mix over 3400 commits of two clients.
 */
const PRELOADED_KEYS: Readonly<Record<string, number>> = {
  small: 500,
  medium: 2000,
  large: 10_000,
};

// biome-ignore format: a parameter a line, or two
const parameters = {
  size: choice('small', Object.keys(PRELOADED_KEYS),
    'preloaded keys: 500, 2000 or 10000 (the original)'),
  preloadedKeys: integer(0, [0, 1_000_000], 'preloaded keys; 0: as size says'),
  keyBytes: integer(128, [15, 4096], 'characters of a key'),
  valueBytes: integer(1024, [16, 1_048_576], 'characters of a value'),
  putsPerCommit: integer(8, [1, 1024], 'puts per transaction'),
  putShare: fraction(0.8, [0.01, 1], 'share of requests that are puts; the others are gets'),
  updateShare: fraction(0.7, [0, 1], 'share of puts that draw an old index'),
};

type Values = ParameterValues<typeof parameters>;

function preloadedOf(p: Values): number {
  return p.preloadedKeys === 0 ? PRELOADED_KEYS[p.size] : p.preloadedKeys;
}

/**
 * The original sizes its table by an argument of which the measured run is not known. Assumption:
 * three buckets per preloaded key; then about two of three new keys meet a bucket in use, which the
 * measured 25.5 epochs per new key (22 or 27, see `store.ts`) say.
 */
const BUCKETS_PER_KEY = 3;

function geometryOf(p: Values): Geometry {
  const bucketCount = preloadedOf(p) * BUCKETS_PER_KEY;
  return { keyBytes: p.keyBytes, valueBytes: p.valueBytes, bucketCount };
}

function newBatch(size: number): Batch {
  return { keys: new Float64Array(size), serials: new Uint32Array(size), count: 0 };
}

interface Client {
  readonly random: Random;
  readonly batch: Batch;
  snapshot: number;
  serial: number;
  /** How many new indices it has put. */
  inserts: number;
}

class EchoProgram implements Program {
  readonly #store: EchoStore;
  readonly #options: ProgramOptions<typeof parameters>;
  readonly #preloaded: number;
  readonly #clients: Client[];
  readonly #seen: LastRead<Survey>;
  /** null for a recovered program. */
  #model: Map<number, number[]> | null = null;

  constructor(store: EchoStore, options: ProgramOptions<typeof parameters>) {
    this.#store = store;
    this.#seen = new LastRead(store.heap);
    this.#options = options;
    this.#preloaded = preloadedOf(options.parameters);
    this.#clients = Array.from({ length: options.threads }, (_, client) => ({
      random: new Random(options.seed, client),
      batch: newBatch(options.parameters.putsPerCommit),
      snapshot: store.takeSnapshot(),
      serial: 0,
      inserts: 0,
    }));
  }

  /** Commits the initial keys, all at once as the original does. Before any client works. */
  preload(): void {
    const batch = newBatch(this.#preloaded);
    for (let i = 0; i < this.#preloaded; i++) batch.keys[i] = i;
    batch.count = this.#preloaded;
    this.#store.commit(batch, this.#store.takeSnapshot());
    this.#model = new Map();
    this.#remember(batch);
    for (const client of this.#clients) client.snapshot = this.#store.takeSnapshot();
  }

  /** Lets clients continue behind the keys that a recovered store holds. */
  resume(): void {
    for (const { number } of this.#survey().entries) {
      const index = Math.floor(number / CLIENT_FACTOR);
      const client = this.#clients[number % CLIENT_FACTOR];
      if (client === undefined || index < this.#preloaded) continue;
      const inserted = Math.floor((index - this.#preloaded) / this.#clients.length) + 1;
      client.inserts = Math.max(client.inserts, inserted);
    }
  }

  transaction(number: number): void {
    const client = this.#clients[number];
    const { putsPerCommit, putShare } = this.#options.parameters;
    const { heap } = this.#store;
    heap.txBegin(0);
    client.batch.count = 0;
    for (let puts = 0; puts < putsPerCommit; ) {
      if (client.random.chance(putShare)) {
        this.#put(client, number);
        puts++;
      } else {
        this.#get(client);
      }
    }
    client.snapshot = this.#store.commit(client.batch, client.snapshot);
    heap.txEnd();
    this.#remember(client.batch);
  }

  #put(client: Client, number: number): void {
    const { threads, parameters: p } = this.#options;
    const free = this.#preloaded + client.inserts * threads + number;
    const isUpdate = client.random.chance(p.updateShare);
    const index = isUpdate ? client.random.below(free) : free;
    if (!isUpdate) client.inserts++;
    stage(client.batch, index * CLIENT_FACTOR + number, client.serial++);
  }

  #get(client: Client): void {
    const number = client.random.below(this.#preloaded);
    if (staged(client.batch, number) >= 0) return;
    if (this.#store.get(number, client.snapshot) === 0) {
      throw new VerifyError(`echo: preloaded key ${number} is gone`);
    }
  }

  #remember(batch: Batch): void {
    if (this.#model === null) return;
    for (let i = 0; i < batch.count; i++) {
      const serials = this.#model.get(batch.keys[i]);
      if (serials === undefined) this.#model.set(batch.keys[i], [batch.serials[i]]);
      else serials.push(batch.serials[i]);
    }
  }

  verify(): void {
    this.#seen.keep(checkStore(this.#store, this.#model));
  }

  digest(): string {
    return digestStore(this.#store, this.#survey());
  }

  #survey(): Survey {
    return this.#seen.get(() => survey(this.#store));
  }
}

/** Where the local store holds the key, or -1. */
function staged(batch: Batch, key: number): number {
  for (let i = 0; i < batch.count; i++) if (batch.keys[i] === key) return i;
  return -1;
}

/** Puts into the local store: only a commit's last value of a key is committed. */
function stage(batch: Batch, key: number, serial: number): void {
  const at = staged(batch, key);
  const i = at < 0 ? batch.count++ : at;
  batch.keys[i] = key;
  batch.serials[i] = serial;
}

/** Blocks that a put may need at most: pair, key, value, version; entry, table, vector, link. */
function putBytes(p: Values): number {
  const pair = blockBytes(1) * 2 + blockBytes(p.keyBytes + 1) + blockBytes(p.valueBytes + 1);
  const newKey = blockBytes(1) * 5;
  // A vector that doubles leaves its old arrays behind: 32 B per element cover them and headers.
  return pair + newKey + 2 * 32;
}

function heapBytes(p: Values, threads: number, transactions: number): number {
  const preloaded = preloadedOf(p);
  const puts = preloaded + (transactions + threads) * p.putsPerCommit;
  const perCommit = blockBytes(72) + 2 * blockBytes(1) + 2 * 32;
  const bytes =
    puts * putBytes(p) +
    (transactions + threads + 1) * perCommit +
    blockBytes(preloaded * BUCKETS_PER_KEY * CHAIN.bytes);
  // Slack: recovery builds version tables anew beside those that it replaces, one commit at a time.
  return Math.ceil((bytes * 1.02 + 65_536) / 64) * 64;
}

function checked(p: Values, threads: number, transactions: number): number {
  const bytes = heapBytes(p, threads, transactions);
  if (bytes <= 2 ** 32) return bytes;
  throw new ParameterError(
    `echo: ${preloadedOf(p)} preloaded keys and ${transactions} transactions of ` +
      `${p.putsPerCommit} puts need ${bytes} B of heap; at most ${2 ** 32} are there ` +
      '(nothing is ever freed)',
  );
}

/**
 * Instructions of a commit of 8 puts, measured on the original's one-worker run: optimised, and as
 * WHISPER builds it (-O0).
 */
const COMMIT_INSTRUCTIONS = { o2: 117_900, whisper: 183_500 };

export const echo = defineWorkload({
  name: 'echo',
  summary: 'versioned key-value store: batches of puts, commit log, merge into snapshots (WHISPER)',
  protocol:
    'Echo (Bailey et al., INFLOW 2013) as in WHISPER: struct, flush, state, flush; ' +
    'every flush is fence, write-back, fence',
  group: 'whisper',
  parameters,
  smallParameters: { preloadedKeys: 8, keyBytes: 15, valueBytes: 16, putsPerCommit: 2 },
  threadsMax: 64,
  threadsDefault: 4,
  // Its allocator and its log change words that others' unfinished commits have changed.
  orderNeeded: 'locks',
  transactionsDefault: 400,
  transactionsShort: 16,
  txTypes: ['commit'],
  pmStoreShare: { o2: 0.06, whisper: 0.025 },
  instructionsMeasured: { 'commit of 8 puts': COMMIT_INSTRUCTIONS },
  // Assumption: the work grows with the number of puts.
  instructionsPerTx: (build, p) => [Math.round((COMMIT_INSTRUCTIONS[build] * p.putsPerCommit) / 8)],
  // Of the suite's own build: the optimised one was timed with flushes only.
  nativeInstructionsPerNs: COMMIT_INSTRUCTIONS.whisper / 38_500,
  heapBytes: checked,
  // Model and check: 10 kB a commit of 8 puts, of which the heap has 21.
  memoryBytes: (p, threads, transactions) => 1.6 * checked(p, threads, transactions),
  create(heap: PmHeap, options) {
    const program = new EchoProgram(
      EchoStore.create(heap, geometryOf(options.parameters)),
      options,
    );
    program.preload();
    return program;
  },
  recover(heap: PmHeap, options) {
    const program = new EchoProgram(recoverStore(heap, geometryOf(options.parameters)), options);
    program.resume();
    return program;
  },
});
