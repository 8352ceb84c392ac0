/**
 * `lmdb`: a real LMDB database whose every commit is carried out on persistent memory. A
 * transaction puts values under keys that are there; LMDB (copy-on-write B+tree, two alternating
 * meta pages) decides which pages that changes. These are then written to the heap page for page,
 * in LMDB's own order: data pages | its meta page, then the durability fence. Page writes are
 * non-temporal, as a file system for persistent memory copies what is written to it.
 *
 * Layout: line 1: magic, keys, value bytes. Lines 2 and 3: for meta pages 0 and 1, a checksum of
 * the part that LMDB writes of it. From 4096: LMDB's data file, page 0 first.
 *
 * LMDB relies on a disk sector being written whole, and persistent memory writes 8 bytes whole. The
 * checksum, written in the same epoch as the meta page, makes up for that: recovery replaces a torn
 * meta page by the other one, which is the state before. Data pages need nothing: LMDB never
 * overwrites a page of the last two states.
 *
 * Loads: LMDB copies each page on the way to a key from its map before changing it; these copies
 * are reported, per transaction once a page. Not modelled: loads of its free list, and the system
 * calls.
 */

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { PmHeap } from '../../pm/heap.ts';
import { Random } from '../../pm/random.ts';
import { valueSerial, writeKey, writeValue } from '../echo/contents.ts';
import { integer, type ParameterValues } from '../parameters.ts';
import {
  defineWorkload,
  NotSetUpError,
  type Program,
  type ProgramOptions,
  VerifyError,
} from '../workload.ts';
import { Environment } from './environment.ts';
import { META_BYTES, META_FROM, META_PAGES, PAGE_BYTES, PageReader } from './pages.ts';
import { PageStep } from './steps.ts';

const HEADER = 64;
const MAGIC = 0x6c6d6462;
const CHECKSUMS = 128;
const CHECKSUM_STRIDE = 64;
const PAGES = 4096;
/** Keys are numbers of so many decimal digits, as in the usual database microbenchmarks. */
const KEY_BYTES = 16;
const WRITER_LOCK = 0;
const CLIENTS_MAX = 64;

// biome-ignore format: a parameter a line, or two
const parameters = {
  keys: integer(10_000, [1, 1_000_000], 'entries'),
  valueBytes: integer(100, [16, 1900],
    'bytes of a value; larger ones would leave the B+tree pages'),
  putsPerTransaction: integer(4, [1, 1024], 'puts to uniformly drawn keys per transaction'),
};

type Values = ParameterValues<typeof parameters>;

/**
 * Hashes of the meta pages and trees in which LMDB has read what this module's page reader reads.
 * Crash images are many, the states that they recover to are few, and LMDB takes a millisecond to
 * open one: what it reads follows from these pages alone, so it is asked once.
 */
const comparedBefore = new Set<string>();
const COMPARED_BEFORE_MAX = 4096;

/** Pages that the file may take: the tree half full, and what transactions leave to be reused. */
function pagesMax(p: Values): number {
  const perLeaf = Math.floor((PAGE_BYTES - 24) / (10 + KEY_BYTES + p.valueBytes + 1));
  const tree = Math.ceil((2.2 * p.keys) / perLeaf);
  const perTransaction = p.putsPerTransaction * 4 + 8;
  return META_PAGES + tree + 8 * perTransaction + 64;
}

class LmdbProgram implements Program {
  readonly #heap: PmHeap;
  readonly #parameters: Values;
  readonly #pages: Uint8Array;
  readonly #reader: PageReader;
  readonly #randoms: Random[];
  readonly #keys: Buffer[];
  readonly #values: Buffer[];
  /** Keys of the transaction's puts: the first 16 bytes of `#keys`. */
  readonly #puts: Buffer[] = [];
  readonly #path: number[] = [];
  /** Puts so far, by client. */
  readonly #putCounts: number[];
  /** Open until `close`; in a recovered program from its first transaction on. */
  #environment: Environment | null = null;
  /** Number of the last put (count x 16 + client; 0: as loaded) by key; null if recovered. */
  #model: Uint32Array | null = null;

  constructor(heap: PmHeap, options: ProgramOptions<typeof parameters>) {
    const p = options.parameters;
    this.#heap = heap;
    this.#parameters = p;
    this.#pages = heap.bytes.subarray(PAGES, PAGES + pagesMax(p) * PAGE_BYTES);
    this.#reader = new PageReader(this.#pages);
    this.#randoms = Array.from(
      { length: options.threads },
      (_, client) => new Random(options.seed, client),
    );
    this.#putCounts = this.#randoms.map(() => 0);
    const room = p.putsPerTransaction;
    this.#keys = Array.from({ length: room }, () => Buffer.alloc(KEY_BYTES + 1));
    this.#values = Array.from({ length: room }, () => Buffer.alloc(p.valueBytes));
  }

  /** Formats the heap, with all keys put by one transaction. */
  load(): void {
    const { keys, valueBytes } = this.#parameters;
    const all = Array.from({ length: keys }, (_, i) => keyOf(Buffer.alloc(KEY_BYTES + 1), i));
    const values = Array.from({ length: keys }, (_, i) => {
      const value = Buffer.alloc(valueBytes);
      writeValue(value, i, 0);
      return value;
    });
    this.#environment = new Environment(this.#pages.byteLength / PAGE_BYTES);
    this.#environment.put(all, values, keys);
    this.#model = new Uint32Array(keys);
    this.#heap.storeBytes(PAGES, this.#environment.read());
    this.#heap.storeWord(HEADER + 8, keys);
    this.#heap.storeWord(HEADER + 16, valueBytes);
    for (let page = 0; page < META_PAGES; page++) {
      this.#heap.storeWord(checksumOffset(page), this.#checksum(page));
    }
    this.#heap.persist(0, this.#heap.sizeBytes);
    // Until the magic number is there `recover` finds no database.
    this.#heap.storeWord(HEADER, MAGIC);
    this.#heap.writeBack(HEADER, 8);
    this.#heap.durabilityFence();
  }

  transaction(client: number): void {
    const { keys, putsPerTransaction } = this.#parameters;
    // Opening LMDB is no part of the transaction. Only a recovered program waits till here.
    const environment = this.#open();
    const random = this.#randoms[client];
    const heap = this.#heap;
    heap.txBegin(0);
    heap.lock(WRITER_LOCK);
    this.#path.length = 0;
    const { root } = this.#reader.meta();
    heap.touch(PAGES, META_PAGES * PAGE_BYTES);
    for (let i = 0; i < putsPerTransaction; i++) {
      const number = random.below(keys);
      const serial = ++this.#putCounts[client] * CLIENTS_MAX + client;
      const key = keyOf(this.#keys[i], number);
      writeValue(this.#values[i], number, serial);
      this.#reader.pathTo(key, root, this.#path);
      if (this.#model !== null) this.#model[number] = serial;
      this.#puts[i] = key;
    }
    for (const page of this.#path) heap.touch(PAGES + page * PAGE_BYTES, PAGE_BYTES);
    environment.put(this.#puts, this.#values, putsPerTransaction);
    this.#writePages(environment.read());
    heap.unlock(WRITER_LOCK);
    heap.txEnd();
  }

  #open(): Environment {
    this.#environment ??= new Environment(this.#pages.byteLength / PAGE_BYTES, this.#image());
    return this.#environment;
  }

  /** LMDB's data file as it is on the heap. */
  #image(): Uint8Array {
    return this.#pages.subarray(0, (this.#reader.meta().lastPage + 1) * PAGE_BYTES);
  }

  close(): void {
    this.#environment?.close();
    this.#environment = null;
  }

  /** Data pages of `file` that differ from the heap's, fence, the meta page, durability fence. */
  #writePages(file: Buffer): void {
    const heap = this.#heap;
    for (let at = META_PAGES * PAGE_BYTES; at < file.length; at += PAGE_BYTES) {
      const end = at + PAGE_BYTES;
      if (file.compare(this.#pages, at, end, at, end) === 0) continue;
      heap.at(PageStep.data).ntStoreBytes(PAGES + at, file.subarray(at, end));
    }
    heap.at(PageStep.data).orderingFence();
    for (let page = 0; page < META_PAGES; page++) {
      const at = page * PAGE_BYTES + META_FROM;
      const end = at + META_BYTES;
      if (file.compare(this.#pages, at, end, at, end) === 0) continue;
      heap.at(PageStep.commitMark).ntStoreBytes(PAGES + at, file.subarray(at, end));
      heap.ntStoreWord(checksumOffset(page), this.#checksum(page));
    }
    heap.durabilityFence();
  }

  #checksum(page: number): number {
    const at = page * PAGE_BYTES + META_FROM;
    return crc32(this.#pages.subarray(at, at + META_BYTES));
  }

  #isTorn(page: number): boolean {
    return this.#heap.loadU64(checksumOffset(page)) !== BigInt(this.#checksum(page));
  }

  /** Makes both meta pages whole, then lets LMDB itself read the image and checks what it finds. */
  recover(): void {
    const heap = this.#heap;
    const { keys, valueBytes } = this.#parameters;
    const found = [0, 8, 16].map((word) => heap.loadU64(HEADER + word));
    if (found[0] === 0n) throw new NotSetUpError('lmdb: no magic number');
    if (found.join() !== [MAGIC, keys, valueBytes].join()) {
      throw new VerifyError(`lmdb: header ${found.join()} is not that of this workload`);
    }
    const torn = [0, 1].filter((page) => this.#isTorn(page));
    if (torn.length === META_PAGES) throw new VerifyError('lmdb: both meta pages are torn');
    for (const page of torn) {
      const from = (1 - page) * PAGE_BYTES + META_FROM;
      heap.ntStoreBytes(
        PAGES + page * PAGE_BYTES + META_FROM,
        this.#pages.slice(from, from + META_BYTES),
      );
      heap.orderingFence();
      heap.ntStoreWord(checksumOffset(page), this.#checksum(page));
      heap.durabilityFence();
    }
    const { entries, pages } = this.#contents();
    this.#compareWithLmdb(entries, pages);
    for (const { serial } of entries) {
      const client = serial % CLIENTS_MAX;
      const count = Math.floor(serial / CLIENTS_MAX);
      this.#putCounts[client] = Math.max(this.#putCounts[client] ?? 0, count);
    }
  }

  /** Throws VerifyError unless LMDB reads these entries from the tree of these pages. */
  #compareWithLmdb(inTree: readonly Entry[], pages: ReadonlySet<number>): void {
    const hash = createHash('sha256').update(this.#pages.subarray(0, META_PAGES * PAGE_BYTES));
    for (const page of pages) {
      hash.update(this.#pages.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
    }
    const fingerprint = hash.digest('base64');
    if (comparedBefore.has(fingerprint)) return;
    const environment = new Environment(this.#pages.byteLength / PAGE_BYTES, this.#image());
    try {
      const entries = environment.entries();
      const same = (entry: Entry, i: number) =>
        entries[i][0].equals(entry.key) && entries[i][1].equals(entry.value);
      if (entries.length !== inTree.length || !inTree.every(same)) {
        throw new VerifyError('lmdb: LMDB reads other entries than its pages hold');
      }
    } finally {
      environment.close();
    }
    if (comparedBefore.size === COMPARED_BEFORE_MAX) comparedBefore.clear();
    comparedBefore.add(fingerprint);
  }

  /** All entries of the tree on the heap, checked, and the pages of the tree. */
  #contents(): { readonly entries: readonly Entry[]; readonly pages: ReadonlySet<number> } {
    const entries: Entry[] = [];
    const expected = Buffer.alloc(KEY_BYTES + 1);
    const pages = this.#reader.walk(this.#reader.meta(), (keyAt, keyBytes, valueAt, valueBytes) => {
      const number = entries.length;
      const key = this.#pages.subarray(keyAt, keyAt + keyBytes);
      const value = this.#pages.subarray(valueAt, valueAt + valueBytes);
      if (!keyOf(expected, number).equals(key)) {
        throw new VerifyError(`lmdb: entry ${number} has another key`);
      }
      const serial = value.length === this.#parameters.valueBytes ? valueSerial(value, number) : -1;
      if (serial < 0) throw new VerifyError(`lmdb: the value of key ${number} is damaged`);
      entries.push({ key, value, serial });
    });
    if (entries.length !== this.#parameters.keys) {
      throw new VerifyError(`lmdb: ${entries.length} of ${this.#parameters.keys} keys are there`);
    }
    return { entries, pages };
  }

  verify(): void {
    for (let page = 0; page < META_PAGES; page++) {
      if (this.#isTorn(page)) throw new VerifyError(`lmdb: meta page ${page} is torn`);
    }
    if (this.#environment !== null) {
      const file = this.#environment.read();
      for (let at = 0; at < file.length; at += PAGE_BYTES) {
        const end = at + PAGE_BYTES;
        if (file.compare(this.#pages, at, end, at, end) !== 0) {
          const page = at / PAGE_BYTES;
          throw new VerifyError(`lmdb: page ${page} on the heap is not the one in LMDB's file`);
        }
      }
    }
    const { entries } = this.#contents();
    for (let i = 0; i < entries.length && this.#model !== null; i++) {
      if (entries[i].serial !== this.#model[i]) {
        throw new VerifyError(
          `lmdb: key ${i} holds put ${entries[i].serial} instead of ${this.#model[i]}`,
        );
      }
    }
  }

  digest(): string {
    const hash = createHash('sha256');
    const { entries } = this.#contents();
    for (const { key, value } of entries) hash.update(key).update(value);
    return `lmdb ${entries.length} entries ${hash.digest('hex')}`;
  }
}

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly serial: number;
}

function checksumOffset(page: number): number {
  return CHECKSUMS + page * CHECKSUM_STRIDE;
}

/** Writes the key `number` into `buffer`; the key, without the terminating zero. */
function keyOf(buffer: Buffer, number: number): Buffer {
  writeKey(buffer, number);
  return buffer.subarray(0, KEY_BYTES);
}

export const lmdb = defineWorkload({
  name: 'lmdb',
  summary: 'a real LMDB database: the pages that each commit writes, sent to the heap in its order',
  protocol: 'LMDB: copy-on-write pages, sync, then one of two meta pages, sync',
  group: 'extra',
  parameters,
  smallParameters: { keys: 20 },
  threadsMax: CLIENTS_MAX,
  threadsDefault: 1,
  orderNeeded: 'none',
  transactionsDefault: 1000,
  operationsPerTx: () => 26,
  txTypes: ['commit'],
  /**
   * Assumption, not measured: some 15 000 instructions for a commit (transaction, free list,
   * building the writes) and 6000 for a put (descent, page copies, node update), with either
   * build.
   */
  instructionsPerTx: (_model, p) => [15_000 + 6000 * p.putsPerTransaction],
  heapBytes: (p) => PAGES + pagesMax(p) * PAGE_BYTES,
  create(heap: PmHeap, options) {
    const program = new LmdbProgram(heap, options);
    try {
      program.load();
    } catch (error) {
      program.close();
      throw error;
    }
    return program;
  },
  recover(heap: PmHeap, options) {
    const program = new LmdbProgram(heap, options);
    program.recover();
    return program;
  },
});
