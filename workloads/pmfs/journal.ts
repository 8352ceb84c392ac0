/**
 * PMFS's metadata journal: an undo log, a ring of 64-byte entries shared by all threads. A
 * transaction reserves entries by advancing the tail (stored and written back, but not fenced: it
 * rides along with the first entry), then
 *
 *   old data into entries | (each call; several entries share a fence) ... metadata in place |
 *   commit entry's generation |
 *
 * where | is a fence. The commit entry's other fields are stored before the last but one fence, as
 * PMFS does. (The instrumented PMFS that WHISPER traced has one more barrier, before it touches the
 * commit entry; its authors note that they assumed it. `PmfsBuild` chooses.) Recovery rolls back,
 * newest entry first, every transaction without a commit entry.
 *
 * A cleaner advances the head once an eighth of the ring is in use. In PMFS it is a kernel thread
 * that stops at the first transaction without commit. Assumption: here the thread that wakes it
 * executes its two fences (one of them empty); its reads of the ring are charged to nobody. It takes
 * every other thread's newest transaction for unfinished, since in virtual time it may be.
 */

import type { PmHeap } from '../../pm/heap.ts';
import {
  GENERATION_MAX,
  JOURNAL_HEADER,
  JournalField,
  LOCK_JOURNAL,
  LOG_DATA_BYTES,
  LOG_ENTRY_BYTES,
  LogField,
  LogType,
} from './layout.ts';
import { JournalStep } from './steps.ts';

const HEAD = JOURNAL_HEADER + JournalField.HEAD;
const TAIL = JOURNAL_HEADER + JournalField.TAIL;
const GENERATION = JOURNAL_HEADER + JournalField.GENERATION;

/** Whose commits to follow: PMFS as published, or as instrumented for WHISPER (one more barrier). */
export const PMFS_BUILDS = ['published', 'whisper'] as const;
/** One of {@link PMFS_BUILDS}. */
export type PmfsBuild = (typeof PMFS_BUILDS)[number];

/** An open transaction: where its entries are, and what it has logged. Owned by the journal. */
export class JournalTransaction {
  id = 0;
  generation = 0;
  entries = 0;
  used = 0;
  start = 0;
  logged = 0;
  readonly address = new Uint32Array(128);
  readonly bytes = new Uint32Array(128);
}

/** From this generation on the ring is cleared, and starts over at 1, when it can be emptied. */
const GENERATION_RESET = GENERATION_MAX - 8;

/** The ring of log entries of a mounted file system. */
export class Journal {
  readonly #heap: PmHeap;
  readonly #base: number;
  readonly #size: number;
  readonly #hasCommitBarrier: boolean;
  readonly #durableCommits: boolean;
  /** Head and tail as positions that only grow; the ring offset is the position modulo the size. */
  #head = 0;
  #tail = 0;
  #generation: number;
  #nextId = 0;
  /** Open transactions of the running thread: the growth of the inode table nests in a create. */
  readonly #stack = [new JournalTransaction(), new JournalTransaction()];
  #depth = 0;
  /** Per thread, where its newest outermost transaction starts. */
  readonly #newest = new Map<number, number>();

  /**
   * Over a ring that is empty (formatted, or recovered). With `durableCommits` every commit is a
   * durability point: the locks released after it hand lines on to other threads.
   */
  constructor(heap: PmHeap, durableCommits: boolean, build: PmfsBuild) {
    this.#heap = heap;
    this.#durableCommits = durableCommits;
    this.#hasCommitBarrier = build === 'whisper';
    this.#base = heap.loadWord(JOURNAL_HEADER + JournalField.BASE);
    this.#size = heap.loadU32(JOURNAL_HEADER + JournalField.SIZE);
    this.#head = heap.loadU32(HEAD);
    this.#tail = heap.loadU32(TAIL);
    this.#generation = heap.loadU16(GENERATION);
    if (this.#head !== this.#tail) throw new Error('journal opened before it was recovered');
  }

  /** Formats a ring at `base`, whose bytes are zero. The caller persists the header. */
  static format(heap: PmHeap, base: number, bytes: number): void {
    heap.storeWord(JOURNAL_HEADER + JournalField.BASE, base);
    heap.storeU32(JOURNAL_HEADER + JournalField.SIZE, bytes);
    heap.storeU32(HEAD, 0);
    heap.storeU32(TAIL, 0);
    heap.storeU16(GENERATION, 1);
  }

  /** Begins a transaction that logs at most `entries` entries (the commit entry not counted). */
  begin(entries: number): JournalTransaction {
    const heap = this.#heap;
    const needed = (entries + 1) * LOG_ENTRY_BYTES;
    heap.lockInAnyOrder(LOCK_JOURNAL);
    if (this.#generation >= GENERATION_RESET && this.#depth === 0) this.#startOver();
    if (this.#tail - this.#head > this.#size >>> 3) this.#clean(false);
    if (this.#freeBytes() < needed) this.#clean(true);
    if ((this.#tail % this.#size) + needed >= this.#size) this.#wrap(needed);
    const tx = this.#stack[this.#depth++];
    if (tx === undefined) throw new Error('journal transactions nested too deeply');
    tx.id = this.#nextId++;
    tx.generation = this.#generation;
    tx.entries = entries + 1;
    tx.used = 0;
    tx.logged = 0;
    tx.start = this.#base + (this.#tail % this.#size);
    if (this.#depth === 1) this.#newest.set(heap.thread, this.#tail);
    heap.fresh(tx.start, needed);
    this.#tail += needed;
    heap.loadU32(HEAD);
    heap.storeU32(TAIL, this.#tail % this.#size);
    heap.writeBack(TAIL, 8);
    heap.unlock(LOCK_JOURNAL);
    return tx;
  }

  /** Saves [address, address + bytes) before it is changed. Ends with a fence. */
  log(tx: JournalTransaction, address: number, bytes: number): void {
    const heap = this.#heap;
    for (let done = 0; done < bytes; done += LOG_DATA_BYTES) {
      const size = Math.min(LOG_DATA_BYTES, bytes - done);
      const entry = this.#fillEntry(tx, address + done, size);
      heap.storeU8(entry + LogField.TYPE, tx.used === 1 ? LogType.START : LogType.DATA);
      heap.storeU16(entry + LogField.GENERATION, tx.generation);
      heap.writeBack(entry, LOG_ENTRY_BYTES);
    }
    tx.address[tx.logged] = address;
    tx.bytes[tx.logged++] = bytes;
    heap.at(JournalStep.log).orderingFence();
  }

  /** Makes everything durable that the transaction logged and changed, then commits it. */
  commit(tx: JournalTransaction): void {
    const heap = this.#heap;
    if (this.#hasCommitBarrier) heap.orderingFence();
    const entry = this.#fillEntry(tx, 0, 0);
    heap.storeU8(entry + LogField.TYPE, LogType.DATA);
    for (let i = 0; i < tx.logged; i++) {
      heap.at(JournalStep.changes).writeBack(tx.address[i], tx.bytes[i]);
    }
    heap.orderingFence();
    heap.at(JournalStep.commitMark).storeU8(entry + LogField.TYPE, LogType.COMMIT);
    heap.storeU16(entry + LogField.GENERATION, tx.generation);
    heap.writeBack(entry, LOG_ENTRY_BYTES);
    if (this.#durableCommits) heap.durabilityFence();
    else heap.orderingFence();
    this.#depth--;
    if (tx !== this.#stack[this.#depth]) throw new Error('journal commits out of order');
  }

  /** All but the type and the generation, which make an entry valid. */
  #fillEntry(tx: JournalTransaction, address: number, size: number): number {
    if (tx.used === tx.entries)
      throw new Error(`journal transaction of ${tx.entries} entries full`);
    const heap = this.#heap;
    const entry = tx.start + tx.used++ * LOG_ENTRY_BYTES;
    heap.storeWord(entry + LogField.ADDRESS, address);
    heap.storeU32(entry + LogField.TRANSACTION, tx.id);
    heap.storeU8(entry + LogField.SIZE, size);
    if (size > 0) {
      heap.touch(address, size);
      heap.storeBytes(entry + LogField.DATA, heap.bytes.subarray(address, address + size));
    }
    return entry;
  }

  #freeBytes(): number {
    return this.#size - (this.#tail - this.#head) - LOG_ENTRY_BYTES;
  }

  /** A transaction does not wrap: the rest of the ring is skipped, in a new generation. */
  #wrap(needed: number): void {
    this.#tail += this.#size - (this.#tail % this.#size);
    this.#generation++;
    this.#heap.storeWord(TAIL, this.#generation * 2 ** 32);
    if (this.#freeBytes() < needed) this.#clean(true);
    if (this.#freeBytes() < needed) {
      throw new RangeError(`journal of ${this.#size} B is too small for ${needed} B`);
    }
  }

  /** Advances the head; with `force` past other threads' newest transactions, which are done. */
  #clean(force: boolean): void {
    const heap = this.#heap;
    let limit = this.#tail;
    for (const [thread, start] of this.#newest) {
      const open = thread === heap.thread ? this.#depth > 0 : !force;
      if (open && start < limit) limit = start;
    }
    if (limit <= this.#head) return;
    heap.orderingFence();
    this.#head = limit;
    heap.storeU32(HEAD, limit % this.#size);
    heap.writeBack(HEAD, 4);
    heap.orderingFence();
  }

  /** The 16-bit generations are used up: nothing in the ring may look valid in a later round. */
  #startOver(): void {
    this.#clean(true);
    clearRing(this.#heap, this.#base, this.#size);
    this.#generation = 1;
  }
}

/** Clears all entries of an empty ring and sets its generation to 1. */
function clearRing(heap: PmHeap, base: number, size: number): void {
  for (let offset = 0; offset < size; offset += LOG_ENTRY_BYTES) {
    heap.storeWord(base + offset + LogField.TRANSACTION, 0);
  }
  heap.writeBack(base, size);
  heap.orderingFence();
  heap.storeU16(GENERATION, 1);
  heap.writeBack(GENERATION, 2);
  heap.orderingFence();
}

/**
 * Rolls back whatever is not committed, then empties the ring in a new generation. May be repeated
 * after a crash at any point: rolling back what has been rolled back changes nothing.
 */
export function recoverJournal(heap: PmHeap): void {
  const base = heap.loadWord(JOURNAL_HEADER + JournalField.BASE);
  const size = heap.loadU32(JOURNAL_HEADER + JournalField.SIZE);
  const undo = uncommittedEntries(heap, base, size);
  for (let i = undo.length - 1; i >= 0; i--) {
    const entry = undo[i];
    const address = heap.loadWord(entry + LogField.ADDRESS);
    const bytes = heap.loadU8(entry + LogField.SIZE);
    heap.storeBytes(address, heap.loadBytes(entry + LogField.DATA, bytes));
    heap.at(JournalStep.restore).writeBack(address, bytes);
  }
  heap.orderingFence();
  // A new generation even for an empty ring, and one that no entry has: entries beyond the tail may
  // have become durable before the tail did, and must not look valid once the tail passes them.
  const generation = heap.loadU16(GENERATION);
  heap.storeU16(GENERATION, generation + 2);
  heap.storeU32(HEAD, heap.loadU32(TAIL));
  heap.at(JournalStep.restore).writeBack(JOURNAL_HEADER, 64);
  heap.orderingFence();
  if (generation >= GENERATION_RESET) clearRing(heap, base, size);
}

/**
 * Log entries to undo, oldest first. They are looked for beyond the tail too. PMFS stops there: on one
 * machine an entry beyond the durable tail belongs to a transaction that has changed nothing yet, and
 * undoing it changes nothing either. On a replica the header, a line that all cores write, may be
 * older than the entries: nothing orders different cores' copies of it.
 */
function uncommittedEntries(heap: PmHeap, base: number, size: number): number[] {
  const head = heap.loadU32(HEAD);
  const current = heap.loadU16(GENERATION);
  const oldest = heap.loadU32(TAIL) < head ? current - 1 : current;
  const undo: number[] = [];
  let open: number[] = [];
  let id = -1;
  for (const generation of [oldest, oldest + 1]) {
    for (let offset = generation === oldest ? head : 0; offset < size; offset += LOG_ENTRY_BYTES) {
      const entry = base + offset;
      if (heap.loadU16(entry + LogField.GENERATION) !== generation) continue;
      const transaction = heap.loadU32(entry + LogField.TRANSACTION);
      if (transaction !== id) {
        undo.push(...open);
        open = [];
        id = transaction;
      }
      if (heap.loadU8(entry + LogField.TYPE) & LogType.COMMIT) open = [];
      else if (heap.loadU8(entry + LogField.SIZE) > 0) open.push(entry);
    }
  }
  undo.push(...open);
  return undo;
}
