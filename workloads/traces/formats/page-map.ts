/**
 * Maps the 64-bit addresses of a traced program to the 32-bit offsets of a heap: pages of 4 KiB get
 * consecutive numbers in the order in which they are first touched. A page of a registered file is the
 * same page wherever the file is mapped, and another file's at the same address is another.
 *
 * Why pages of 4 KiB: PM modules are interleaved at 4 KiB, so what was in one page stays on one
 * module, with its offsets within the page, its lines and its 256 B blocks unchanged. Why first
 * touch: a program's address range is far larger than what it touches, and the order makes the
 * result a function of the trace alone. What is lost: which module follows which for pages that
 * were neighbours but were first touched far apart; the physical interleave of the traced machine
 * is not in a trace anyway. Page 0 of the heap stays unused, as offset 0 is the null pointer.
 */

import { pageOf } from './address-range.ts';
import { TraceInputError } from './error.ts';

export const MAP_PAGE_BYTES = 4096;

/** Pages of a 4 GiB heap, page 0 left out. */
const PAGES_MAX = 2 ** 20 - 1;

const CACHE_ENTRIES = 1024;

/** A mapped file that a pmemcheck log registers. Numbers as the log has them, hexadecimal. */
export interface RegisteredFile {
  readonly path: string;
  readonly base: string;
  readonly size: string;
  readonly offset: string;
}

/** Pages of a file in memory, by their numbers. `key` is what stands for the first of them. */
interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly key: number;
}

/** Numbers of pages are below this; from here on are keys of files' pages, 2^40 a file. */
const FILE_KEYS = 2 ** 52;
const FILE_PAGES = 2 ** 40;
const FILES_MAX = 2 ** 12;

/** Distinct mappings; each costs time at pages that are seldom touched. */
const MAPPINGS_MAX = 1 << 12;

export class PageMap {
  readonly #file: string;
  /** By key: a page's number among all addresses, or, of a file's page, one beyond those. */
  readonly #pages = new Map<number, number>();
  /** The page at which each was touched first, in their order. */
  readonly #addresses: number[] = [];
  /** The last page looked up per slot, and the heap offset it got; 0 is "empty". */
  readonly #cachedPage = new Float64Array(CACHE_ENTRIES).fill(-1);
  readonly #cachedOffset = new Uint32Array(CACHE_ENTRIES);
  readonly #pagesMax: number;
  readonly #files = new Map<string, number>();
  /** The latest last. */
  readonly #mappings: Mapping[] = [];

  /** `file` is for messages. `pagesMax` is for tests. */
  constructor(file: string, pagesMax = PAGES_MAX) {
    this.#file = file;
    this.#pagesMax = pagesMax;
  }

  /** Distinct pages touched so far. */
  get pages(): number {
    return this.#pages.size;
  }

  /** A heap that holds all pages touched so far, and page 0. */
  get heapBytes(): number {
    return (this.#pages.size + 1) * MAP_PAGE_BYTES;
  }

  /**
   * From now on these addresses are the file's. What was touched there before, and was no file's, was it
   * already: programs store before they register. Throws TraceInputError for more files than can be kept apart.
   */
  mapFile({ path, base, size, offset }: RegisteredFile): void {
    const file = this.#files.get(path) ?? this.#files.size;
    this.#files.set(path, file);
    if (file >= FILES_MAX || this.#mappings.length >= MAPPINGS_MAX) {
      throw new TraceInputError(
        `${this.#file}: registers more than ${FILES_MAX} files, or ${MAPPINGS_MAX} mappings of them`,
      );
    }
    const pageNumber = (bytes: bigint): number => Number(BigInt.asUintN(64, bytes) >> 12n);
    const start = pageNumber(BigInt(base));
    const end = pageNumber(BigInt(base) + BigInt(size) + 4095n);
    const key = FILE_KEYS + file * FILE_PAGES + (pageNumber(BigInt(offset)) % FILE_PAGES);
    const known = this.#mappings.findIndex(
      (one) => one.key === key && one.start === start && one.end === end,
    );
    if (known >= 0) this.#mappings.splice(known, 1);
    const before = this.#mappings.some((one) => one.start < end && one.end > start);
    this.#mappings.push({ start, end, key });
    this.#cachedPage.fill(-1);
    if (!before && known < 0) this.#adopt(start, end, key);
  }

  /** The pages of these addresses that were touched become the file's, where it has none of its own. */
  #adopt(start: number, end: number, key: number): void {
    for (const page of this.#addresses) {
      if (page < start || page >= end) continue;
      const number = this.#pages.get(page);
      const fileKey = key + page - start;
      if (number === undefined || this.#pages.has(fileKey)) continue;
      this.#pages.delete(page);
      this.#pages.set(fileKey, number);
    }
  }

  /**
   * The heap offset of the address with these halves; the page counts as touched from now on.
   * Throws TraceInputError when there are more pages than a heap can hold.
   */
  touch(high: number, low: number): number {
    return this.#pageOffset(high, low, true) + (low & (MAP_PAGE_BYTES - 1));
  }

  /** The heap offset of the address, or 0 if its page has never been touched. */
  find(high: number, low: number): number {
    const offset = this.#pageOffset(high, low, false);
    return offset === 0 ? 0 : offset + (low & (MAP_PAGE_BYTES - 1));
  }

  /** Heap offsets of the pages among these that were touched, in the order of their addresses. */
  touchedIn(start: number, end: number): { readonly page: number; readonly offset: number }[] {
    const found: { page: number; offset: number }[] = [];
    for (const page of new Set(this.#addresses)) {
      const number = page >= start && page < end ? this.#pages.get(this.#keyOf(page)) : undefined;
      if (number !== undefined) found.push({ page, offset: number * MAP_PAGE_BYTES });
    }
    return found.sort((a, b) => a.page - b.page);
  }

  /**
   * The address, hexadecimal, that has this heap offset: the one at which its page was touched first.
   * Throws RangeError in a page not touched.
   */
  addressOf(heapOffset: number): string {
    const page = this.#addresses[Math.floor(heapOffset / MAP_PAGE_BYTES) - 1];
    if (page === undefined) throw new RangeError(`heap offset ${heapOffset} is in no page`);
    const address = BigInt(page) * BigInt(MAP_PAGE_BYTES) + BigInt(heapOffset % MAP_PAGE_BYTES);
    return `0x${address.toString(16)}`;
  }

  #pageOffset(high: number, low: number, create: boolean): number {
    const page = pageOf(high, low);
    const slot = (low >>> 12) & (CACHE_ENTRIES - 1);
    if (this.#cachedPage[slot] === page) return this.#cachedOffset[slot];
    const key = this.#keyOf(page);
    let number = this.#pages.get(key);
    if (number === undefined) {
      if (!create) return 0;
      number = this.#add(page, key);
    }
    this.#cachedPage[slot] = page;
    this.#cachedOffset[slot] = number * MAP_PAGE_BYTES;
    return number * MAP_PAGE_BYTES;
  }

  /** What stands for a page: of the latest mapping that holds it, or itself. */
  #keyOf(page: number): number {
    for (let i = this.#mappings.length - 1; i >= 0; i--) {
      const { start, end, key } = this.#mappings[i];
      if (page >= start && page < end) return key + page - start;
    }
    return page;
  }

  #add(page: number, key: number): number {
    if (this.#pages.size >= this.#pagesMax) {
      throw new TraceInputError(
        `${this.#file}: touches more than ${this.#pagesMax} distinct pages of 4 KiB; ` +
          'a heap holds 4 GiB. Cut the trace into shorter ones',
      );
    }
    const number = this.#pages.size + 1;
    this.#pages.set(key, number);
    this.#addresses.push(page);
    return number;
  }
}
