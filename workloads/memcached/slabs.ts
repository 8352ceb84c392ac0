/**
 * Slab classes of memcached 1.2.4 (slabs.c) in PM: pages of equal size, each given to a class and
 * cut into chunks of that class; per class a stack of free chunks and the rest of its newest page.
 * Every method but `reclaim` runs inside a transaction.
 *
 * On media (words of 8 bytes): a class is pages | free chunks | next chunk of the newest page |
 * chunks left there (32 B); then one word per page, its class + 1 or 0; then the stacks; then the
 * pages.
 *
 * Differs from the original: the classes' descriptors are in PM. (There they are ordinary memory,
 * so that a restarted server finds its hash table and no free space.) And a page is not set to zero
 * when a class takes it, as the heap is zero to begin with.
 */

import { strict as assert } from 'node:assert';
import { LINE_BYTES } from '../../pm/line.ts';
import type { RedoMemory } from '../../pm/mnemosyne/redo-memory.ts';

/** Chunk sizes: from 56 B of header and 48 B (the default of -n), by the factor 1.25, in steps of 8. */
export const CLASS_CHUNK_BYTES: readonly number[] = Object.freeze([
  104, 136, 176, 224, 280, 352, 440, 552, 696,
]);

const CLASS_BYTES = 32;
const PAGES = 0;
const FREE_CHUNKS = 8;
const NEXT_CHUNK = 16;
const CHUNKS_LEFT = 24;

/** How much memory there is for items. */
export interface SlabOptions {
  readonly pageBytes: number;
  readonly pages: number;
}

/** Bytes that slabs take, descriptors included; a multiple of 64. */
export function slabBytes(options: SlabOptions): number {
  return tablesBytes(options) + options.pages * options.pageBytes;
}

function tablesBytes({ pageBytes, pages }: SlabOptions): number {
  const stacks = CLASS_CHUNK_BYTES.reduce(
    (sum, size) => sum + Math.floor(pageBytes / size) * pages,
    0,
  );
  const bytes = CLASS_CHUNK_BYTES.length * CLASS_BYTES + (pages + stacks) * 8;
  return Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
}

/** The class whose chunks hold `bytes`. */
export function classFor(bytes: number): number {
  let found = 0;
  while (bytes > CLASS_CHUNK_BYTES[found]) found++;
  assert(found < CLASS_CHUNK_BYTES.length, `no slab class holds ${bytes} B`);
  return found;
}

export class Slabs {
  readonly #memory: RedoMemory;
  readonly #offset: number;
  readonly #options: SlabOptions;
  readonly #pageTable: number;
  readonly #stacks: readonly number[];
  readonly #pages: number;

  /** The slabs at `offset` (a multiple of 64), all zero at first. */
  constructor(memory: RedoMemory, offset: number, options: SlabOptions) {
    this.#memory = memory;
    this.#offset = offset;
    this.#options = options;
    this.#pageTable = offset + CLASS_CHUNK_BYTES.length * CLASS_BYTES;
    let at = this.#pageTable + options.pages * 8;
    this.#stacks = CLASS_CHUNK_BYTES.map((_, slabClass) => {
      const stack = at;
      at += this.chunksPerPage(slabClass) * options.pages * 8;
      return stack;
    });
    this.#pages = offset + tablesBytes(options);
  }

  chunksPerPage(slabClass: number): number {
    return Math.floor(this.#options.pageBytes / CLASS_CHUNK_BYTES[slabClass]);
  }

  /** Gives a page to the class; false if there is none left. */
  addPage(slabClass: number): boolean {
    const memory = this.#memory;
    for (let page = 0; page < this.#options.pages; page++) {
      if (memory.loadWord(this.#pageTable + page * 8) !== 0) continue;
      const descriptor = this.#descriptorOf(slabClass);
      memory.storeWord(this.#pageTable + page * 8, slabClass + 1);
      memory.storeWord(descriptor + PAGES, memory.loadWord(descriptor + PAGES) + 1);
      memory.storeWord(descriptor + NEXT_CHUNK, this.#offsetOfPage(page));
      memory.storeWord(descriptor + CHUNKS_LEFT, this.chunksPerPage(slabClass));
      return true;
    }
    return false;
  }

  /** A chunk of the class, or 0 if all are in use and there is no page left. */
  alloc(slabClass: number): number {
    const memory = this.#memory;
    const descriptor = this.#descriptorOf(slabClass);
    const free = memory.loadWord(descriptor + FREE_CHUNKS);
    if (free > 0) {
      memory.storeWord(descriptor + FREE_CHUNKS, free - 1);
      return memory.loadWord(this.#stacks[slabClass] + (free - 1) * 8);
    }
    if (memory.loadWord(descriptor + NEXT_CHUNK) === 0 && !this.addPage(slabClass)) return 0;
    const chunk = memory.loadWord(descriptor + NEXT_CHUNK);
    const left = memory.loadWord(descriptor + CHUNKS_LEFT) - 1;
    memory.storeWord(descriptor + CHUNKS_LEFT, left);
    memory.storeWord(
      descriptor + NEXT_CHUNK,
      left === 0 ? 0 : chunk + CLASS_CHUNK_BYTES[slabClass],
    );
    return chunk;
  }

  free(slabClass: number, chunk: number): void {
    const descriptor = this.#descriptorOf(slabClass);
    const free = this.#memory.loadWord(descriptor + FREE_CHUNKS);
    this.#memory.storeWord(this.#stacks[slabClass] + free * 8, chunk);
    this.#memory.storeWord(descriptor + FREE_CHUNKS, free + 1);
  }

  /** The chunks on the class's stack. Checks nothing. */
  freeChunks(slabClass: number): number[] {
    const free = this.#memory.loadWord(this.#descriptorOf(slabClass) + FREE_CHUNKS);
    const most = this.chunksPerPage(slabClass) * this.#options.pages;
    return Array.from({ length: Math.min(free, most) }, (_, i) =>
      this.#memory.loadWord(this.#stacks[slabClass] + i * 8),
    );
  }

  /** Chunks of the class that have been handed out at some time, in ascending order. */
  begunChunks(slabClass: number): number[] {
    const chunks: number[] = [];
    const next = this.#memory.loadWord(this.#descriptorOf(slabClass) + NEXT_CHUNK);
    for (let page = 0; page < this.#options.pages; page++) {
      if (this.#memory.loadWord(this.#pageTable + page * 8) !== slabClass + 1) continue;
      const first = this.#offsetOfPage(page);
      for (let i = 0; i < this.chunksPerPage(slabClass); i++) {
        const chunk = first + i * CLASS_CHUNK_BYTES[slabClass];
        if (chunk === next) break;
        chunks.push(chunk);
      }
    }
    return chunks;
  }

  /**
   * After a crash: the class's free chunks are `chunks`, whatever its stack says. Plain stores,
   * written back; durable at the caller's next fence.
   */
  reclaim(slabClass: number, chunks: readonly number[]): void {
    const { heap } = this.#memory;
    const stack = this.#stacks[slabClass];
    const descriptor = this.#descriptorOf(slabClass);
    chunks.forEach((chunk, i) => {
      heap.storeWord(stack + i * 8, chunk);
    });
    heap.storeWord(descriptor + FREE_CHUNKS, chunks.length);
    heap.writeBack(stack, chunks.length * 8);
    heap.writeBack(descriptor + FREE_CHUNKS, 8);
  }

  #descriptorOf(slabClass: number): number {
    return this.#offset + slabClass * CLASS_BYTES;
  }

  #offsetOfPage(page: number): number {
    return this.#pages + page * this.#options.pageBytes;
  }
}
