/**
 * `vacation`: the travel reservation system of STAMP (Cao Minh et al., IISWC 2008) with its tables
 * in persistent memory, as WHISPER runs it on Mnemosyne. Clients reserve a car, flight or room for
 * a customer, delete customers, and add and remove offers; each of these is one durable transaction
 * on a redo log (pm/redo).
 *
 * Followed from the original: tables and their layout, the mix and its random draws, the accesses
 * to PM inside a transaction, deletion of customers with a bill only (WHISPER's change to STAMP).
 * No locks: the original's isolation is software transactional memory, of which a run of
 * transactions one after another needs nothing. Not modelled: its aborts. On the measured build 4
 * clients on 2 processors had 4.9 fences a transaction instead of 4: a trace of it shows one client
 * retrying its transaction 42 times while the others have no abort at all.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { type RedoOptions, redoHeapBytes } from '../../pm/mnemosyne/redo-layout.ts';
import { RedoMemory } from '../../pm/mnemosyne/redo-memory.ts';
import { SUPERBLOCK_BYTES } from '../../pm/mnemosyne/superblocks.ts';
import { Random } from '../../pm/random.ts';
import { LastRead } from '../last-read.ts';
import { integer, type ParameterValues } from '../parameters.ts';
import { asVerifyErrors } from '../verify-errors.ts';
import { defineWorkload, type Program, VerifyError } from '../workload.ts';
import { MANAGER_STATIC_BYTES, Manager, OFFER_TYPES, type TableContents } from './manager.ts';
import { contentsText, VacationModel } from './model.ts';

// biome-ignore format: a parameter a line, or two
const PARAMETERS = {
  relations: integer(4000, [1, 1_000_000], 'rows of each table at the start (STAMP: -r)'),
  number: integer(1, [1, 64], 'queries or updates in a transaction, at most (STAMP: -n)'),
  queriesPercent: integer(80, [1, 100], 'share of the rows that clients ask for (STAMP: -q)'),
  userPercent: integer(99, [0, 100], 'share of transactions that make reservations (STAMP: -u)'),
  logKiB: integer(256, [4, 8192],
    "each client's log (Mnemosyne: 8192; a shorter one is used again sooner)"),
};

type Values = ParameterValues<typeof PARAMETERS>;

const TX_TYPES = ['reservation', 'deleteCustomer', 'updateTables'] as const;
const RESERVATION = 0;
const DELETE_CUSTOMER = 1;
const UPDATE_TABLES = 2;

/** What an added offer consists of, and a quarter of which a removal takes away (STAMP's client). */
const UPDATE_COUNT = 100;

function redoOptions(parameters: Values, threads: number): RedoOptions {
  // An update of a table may move many tree nodes: at most some 60 words, or 1.5 KiB of records.
  const logBytes = Math.max(parameters.logKiB, 2 * parameters.number) * 1024;
  return { threads, logBytes, staticBytes: MANAGER_STATIC_BYTES };
}

/** Bytes of blocks: an offer 40 + 48 (node); a customer 16 + 32 + 48; a reservation 24 + 16. */
function superblocksFor(parameters: Values, threads: number, transactions: number): number {
  const rows = parameters.relations * (3 * 88 + 96);
  const added = transactions * parameters.number * (40 + 96);
  // Each thread has a superblock of each of the six sizes; a last one may be begun everywhere.
  return Math.ceil((rows + added) / SUPERBLOCK_BYTES) + 6 * threads + 6;
}

/**
 * Instructions measured over the mix with 4000 rows, 99 % of it reservations; the other two types are
 * charged the same. 'o2': optimised libraries; 'whisper': everything built without optimisation.
 */
const MIX_INSTRUCTIONS = { o2: 40_980, whisper: 75_870 };

function heapBytes(parameters: Values, threads: number, transactions: number): number {
  const superblocks = superblocksFor(parameters, threads, transactions);
  return redoHeapBytes(redoOptions(parameters, threads), superblocks) + 64;
}

export const vacation = defineWorkload({
  name: 'vacation',
  summary: 'STAMP travel reservations over red-black trees, Mnemosyne redo-log transactions',
  protocol: 'Mnemosyne (ASPLOS 2011) as in WHISPER: word redo log, in-place stores, head; 4 fences',
  group: 'whisper',
  parameters: PARAMETERS,
  smallParameters: { relations: 8, logKiB: 4, userPercent: 60 },
  threadsMax: 64,
  threadsDefault: 4,
  // The descriptors of two threads' logs lie in one line. And a block that a thread frees when its
  // transaction has ended may belong to another thread, which stores to the same word of the bitmap
  // before the first has written it back and fenced. No lock of the trace shows that.
  orderNeeded: 'any',
  transactionsDefault: 8000,
  transactionsShort: 200,
  txTypes: TX_TYPES,
  pmStoreShare: { o2: 0.0074, whisper: 0.0031 },
  instructionsMeasured: { 'mix with 4000 rows': MIX_INSTRUCTIONS },
  instructionsPerTx: (build) => TX_TYPES.map(() => MIX_INSTRUCTIONS[build]),
  // Of the suite's own build: the optimised one was timed with flushes only.
  nativeInstructionsPerNs: MIX_INSTRUCTIONS.whisper / 6283,
  heapBytes,
  // The check: 475 B a transaction were seen, and garbage.
  memoryBytes: (parameters, threads, transactions) =>
    heapBytes(parameters, threads, transactions) + 600 * transactions,
  create(heap, { parameters, threads, seed }) {
    const memory = RedoMemory.format(heap, redoOptions(parameters, threads));
    const program = new Vacation(memory, parameters, threads, seed, null);
    program.load(seed);
    return program;
  },
  recover(heap, { parameters, threads, seed }) {
    return checked(() => {
      const memory = RedoMemory.recover(heap, redoOptions(parameters, threads));
      const found = new Manager(memory).read(fail);
      memory.reclaim(found.blocks);
      return new Vacation(memory, parameters, threads, seed, found);
    });
  },
});

function fail(why: string): never {
  throw new VerifyError(`vacation: ${why}`);
}

function checked<T>(read: () => T): T {
  return asVerifyErrors(read, 'vacation: ');
}

class Vacation implements Program {
  readonly #heap: PmHeap;
  readonly #memory: RedoMemory;
  readonly #manager: Manager;
  readonly #text: LastRead<string>;
  readonly #model: VacationModel;
  readonly #parameters: Values;
  readonly #queryRange: number;
  readonly #clients: readonly Random[];
  readonly #types: number[] = [];
  readonly #ids: number[] = [];
  readonly #prices: number[] = [];

  constructor(
    memory: RedoMemory,
    parameters: Values,
    threads: number,
    seed: number,
    found: TableContents | null,
  ) {
    this.#heap = memory.heap;
    this.#text = new LastRead(memory.heap);
    this.#memory = memory;
    this.#manager = new Manager(memory);
    this.#model = new VacationModel(found);
    this.#parameters = parameters;
    const range = Math.floor((parameters.queriesPercent / 100) * parameters.relations + 0.5);
    this.#queryRange = Math.max(1, range);
    // Stream 0 draws the initial data.
    this.#clients = Array.from({ length: threads }, (_, client) => new Random(seed, client + 1));
  }

  /** Fills the tables, one row a transaction, in an order drawn for each table. */
  load(seed: number): void {
    const random = new Random(seed);
    const { relations } = this.#parameters;
    this.#memory.begin();
    this.#manager.initialise();
    this.#memory.commit();
    const ids = Uint32Array.from({ length: relations }, (_, i) => i + 1);
    for (let type = 0; type <= OFFER_TYPES.length; type++) {
      random.shuffle(ids);
      for (const id of ids) {
        const count = random.between(1, 5) * 100;
        const price = drawPrice(random);
        this.#memory.begin();
        if (type < OFFER_TYPES.length) {
          this.#manager.addToOffer(type, id, count, price);
          this.#model.addToOffer(type, id, count, price);
        } else {
          this.#manager.addCustomer(id);
          this.#model.addCustomer(id);
        }
        this.#memory.commit();
      }
    }
  }

  transaction(client: number): void {
    const random = this.#clients[client];
    const draw = random.below(100);
    if (draw < this.#parameters.userPercent) this.#makeReservation(random);
    else if (draw % 2 === 1) this.#deleteCustomer(random);
    else this.#updateTables(random);
  }

  verify(): void {
    const found = checked(() => this.#manager.read(fail));
    if (found.blocks.length !== this.#memory.liveBlocks) {
      fail(`${this.#memory.liveBlocks} blocks allocated, ${found.blocks.length} in use`);
    }
    const text = this.#text.keep(contentsText(found));
    const wanted = this.#model.text();
    if (text !== wanted) fail(firstDifference(text.split('\n'), wanted.split('\n')));
  }

  digest(): string {
    return checked(() => this.#text.get(() => contentsText(this.#manager.read(fail))));
  }

  /** Asks for the price of each drawn offer; reserves the dearest of each type. */
  #makeReservation(random: Random): void {
    const queries = random.between(1, this.#parameters.number);
    const customer = random.between(1, this.#queryRange);
    for (let i = 0; i < queries; i++) {
      this.#types[i] = random.below(OFFER_TYPES.length);
      this.#ids[i] = random.between(1, this.#queryRange);
    }
    this.#begin(RESERVATION);
    const dearestIds = [-1, -1, -1];
    const dearestPrices = [-1, -1, -1];
    for (let i = 0; i < queries; i++) {
      const [type, id] = [this.#types[i], this.#ids[i]];
      if (this.#manager.queryFree(type, id) < 0) continue;
      const price = this.#manager.queryPrice(type, id);
      if (price <= dearestPrices[type]) continue;
      dearestPrices[type] = price;
      dearestIds[type] = id;
    }
    if (dearestIds.some((id) => id > 0)) {
      this.#manager.addCustomer(customer);
      this.#model.addCustomer(customer);
    }
    for (let type = 0; type < OFFER_TYPES.length; type++) {
      if (dearestIds[type] < 0) continue;
      this.#manager.reserve(customer, type, dearestIds[type]);
      this.#model.reserve(customer, type, dearestIds[type]);
    }
    this.#commit();
  }

  #deleteCustomer(random: Random): void {
    const customer = random.between(1, this.#queryRange);
    this.#begin(DELETE_CUSTOMER);
    if (this.#manager.queryBill(customer) > 0) this.#manager.removeCustomer(customer);
    this.#model.removeCustomer(customer);
    this.#commit();
  }

  #updateTables(random: Random): void {
    const updates = random.between(1, this.#parameters.number);
    for (let i = 0; i < updates; i++) {
      this.#types[i] = random.below(OFFER_TYPES.length);
      this.#ids[i] = random.between(1, this.#queryRange);
      this.#prices[i] = random.below(2) === 1 ? drawPrice(random) : -1;
    }
    this.#begin(UPDATE_TABLES);
    for (let i = 0; i < updates; i++) {
      const [type, id, price] = [this.#types[i], this.#ids[i], this.#prices[i]];
      if (price < 0 && OFFER_TYPES[type] === 'flight') {
        this.#manager.removeOffer(type, id);
        this.#model.removeOffer(type, id);
      } else {
        const count = price < 0 ? -UPDATE_COUNT : UPDATE_COUNT;
        this.#manager.addToOffer(type, id, count, price);
        this.#model.addToOffer(type, id, count, price);
      }
    }
    this.#commit();
  }

  #begin(type: number): void {
    this.#heap.txBegin(type);
    this.#memory.begin();
  }

  #commit(): void {
    this.#memory.commit();
    this.#heap.txEnd();
  }
}

function drawPrice(random: Random): number {
  return random.below(5) * 10 + 50;
}

function firstDifference(found: readonly string[], wanted: readonly string[]): string {
  const at = found.findIndex((line, i) => line !== wanted[i]);
  const i = at < 0 ? found.length : at;
  return `found '${found[i] ?? 'nothing'}', expected '${wanted[i] ?? 'nothing'}'`;
}
