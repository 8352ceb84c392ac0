/**
 * Maps the 64-bit addresses of a traced program to the 32-bit offsets of a heap: pages of 4 KiB get
 * consecutive numbers in the order in which they are first touched.
 *
 * Why pages of 4 KiB: PM modules are interleaved at 4 KiB, so what was in one page stays on one
 * module, with its offsets within the page, its lines and its 256 B blocks unchanged. Why first
 * touch: a program's address range is far larger than what it touches, and the order makes the
 * result a function of the trace alone. What is lost: which module follows which for pages that
 * were neighbours but were first touched far apart; the physical interleave of the traced machine
 * is not in a trace anyway. Page 0 of the heap stays unused, as offset 0 is the null pointer.
 */

import { TraceInputError } from './error.ts';

export const MAP_PAGE_BYTES = 4096;

/** Pages of a 4 GiB heap, page 0 left out. */
const PAGES_MAX = 2 ** 20 - 1;

const CACHE_ENTRIES = 1024;

export class PageMap {
  readonly #file: string;
  readonly #pages = new Map<number, number>();
  /** The last page looked up per slot, and the heap offset it got; 0 is "empty". */
  readonly #cachedPage = new Float64Array(CACHE_ENTRIES).fill(-1);
  readonly #cachedOffset = new Uint32Array(CACHE_ENTRIES);
  readonly #pagesMax: number;
  /** The pages by number, from 1 on; made when first asked for. */
  #inOrder: readonly number[] | undefined;

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

  /** The address, hexadecimal, that has this heap offset. Throws RangeError in a page not touched. */
  addressOf(heapOffset: number): string {
    // Pages are numbered from 1 in the order in which they were added, which the map keeps.
    this.#inOrder ??= [...this.#pages.keys()];
    const page = this.#inOrder[Math.floor(heapOffset / MAP_PAGE_BYTES) - 1];
    if (page === undefined) throw new RangeError(`heap offset ${heapOffset} is in no page`);
    const address = BigInt(page) * BigInt(MAP_PAGE_BYTES) + BigInt(heapOffset % MAP_PAGE_BYTES);
    return `0x${address.toString(16)}`;
  }

  #pageOffset(high: number, low: number, create: boolean): number {
    const page = (high >>> 0) * 2 ** 20 + (low >>> 12);
    const slot = (low >>> 12) & (CACHE_ENTRIES - 1);
    if (this.#cachedPage[slot] === page) return this.#cachedOffset[slot];
    let number = this.#pages.get(page);
    if (number === undefined) {
      if (!create) return 0;
      number = this.#add(page);
    }
    this.#cachedPage[slot] = page;
    this.#cachedOffset[slot] = number * MAP_PAGE_BYTES;
    return number * MAP_PAGE_BYTES;
  }

  #add(page: number): number {
    if (this.#pages.size >= this.#pagesMax) {
      throw new TraceInputError(
        `${this.#file}: touches more than ${this.#pagesMax} distinct pages of 4 KiB; ` +
          'a heap holds 4 GiB. Cut the trace into shorter ones',
      );
    }
    const number = this.#pages.size + 1;
    this.#inOrder = undefined;
    this.#pages.set(page, number);
    return number;
  }
}
