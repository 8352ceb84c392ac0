/**
 * Reads LMDB's data file format where it lies on the heap: which meta page counts, the pages on the
 * way to a key, and the whole tree with every bound checked. So a damaged image is found before
 * LMDB itself, which trusts its file, maps it.
 *
 * Format (the LMDB of the npm package, data version 2; all little-endian). A page starts with 24
 * bytes: page number (8), transaction (8), pad (2), flags (2), lower (2), upper (2); then 2-byte
 * pointers to nodes, relative to the end of these 24 bytes, lower / 2 of them. A node is low and
 * high half of a size or page number (2 + 2), flags (2; in a branch bits 32-47 of the page
 * number), key size (2), key, data. Pages 0 and 1 are meta pages; the offsets below are within
 * them.
 */

import { VerifyError } from '../workload.ts';

export const PAGE_BYTES = 4096;
/** Pages 0 and 1. A commit writes the one of its transaction number's parity. */
export const META_PAGES = 2;
/** The part of a meta page that a commit writes: from the map size to the boot id. */
export const META_FROM = 40;
export const META_BYTES = 128;
/** A number that differs from one start of the machine to the next; LMDB does not need it here. */
export const META_BOOT_ID = 160;
const META_MAGIC = 24;
const META_VERSION = 28;
const META_ENTRIES = 128;
const META_ROOT = 136;
const META_LAST_PAGE = 144;
const META_TRANSACTION = 152;

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const HEADER_BYTES = 24;
const FLAGS = 18;
const LOWER = 20;
const UPPER = 22;
const BRANCH = 0x01;
const LEAF = 0x02;
const META = 0x08;
const NODE_BYTES = 8;
const DEPTH_MAX = 32;

/** What the newer meta page says. `root` is -1 for an empty database. */
export interface Meta {
  readonly page: number;
  readonly transaction: number;
  readonly root: number;
  readonly entries: number;
  /** Highest page in use. */
  readonly lastPage: number;
}

/** Called for every entry in key order, with offsets into the pages. */
export type EntryVisitor = (
  key: number,
  keyBytes: number,
  value: number,
  valueBytes: number,
) => void;

/** Pages of an LMDB data file, page 0 first. */
export class PageReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #pages: number;

  /** `bytes` are whole pages, at least the two meta pages. Not copied. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#pages = bytes.byteLength / PAGE_BYTES;
  }

  #number(offset: number): number {
    const word = this.#view.getBigUint64(offset, true);
    return word > BigInt(Number.MAX_SAFE_INTEGER) ? -1 : Number(word);
  }

  /** The newer meta page, as LMDB chooses it. Throws VerifyError if a page is no meta page. */
  meta(): Meta {
    const first = this.#meta(0);
    const second = this.#meta(1);
    return second.transaction > first.transaction ? second : first;
  }

  #meta(page: number): Meta {
    const at = page * PAGE_BYTES;
    const magic = this.#view.getUint32(at + META_MAGIC, true);
    const version = this.#view.getUint16(at + META_VERSION, true);
    const flags = this.#view.getUint16(at + FLAGS, true);
    if (
      magic !== MAGIC ||
      version !== DATA_VERSION ||
      flags !== META ||
      this.#number(at) !== page
    ) {
      throw new VerifyError(`lmdb: page ${page} is no meta page`);
    }
    return {
      page,
      transaction: this.#number(at + META_TRANSACTION),
      root: this.#number(at + META_ROOT),
      entries: this.#number(at + META_ENTRIES),
      lastPage: this.#number(at + META_LAST_PAGE),
    };
  }

  /** Appends to `path` the pages from the root to the leaf of `key` that it does not hold yet. */
  pathTo(key: Uint8Array, root: number, path: number[]): void {
    let page = root;
    for (let depth = 0; depth < DEPTH_MAX; depth++) {
      if (!path.includes(page)) path.push(page);
      const at = page * PAGE_BYTES;
      if ((this.#view.getUint16(at + FLAGS, true) & BRANCH) === 0) return;
      let low = 1;
      let high = this.#view.getUint16(at + LOWER, true) / 2 - 1;
      while (low <= high) {
        const middle = (low + high) >>> 1;
        if (this.#compare(this.#node(at, middle), key) <= 0) low = middle + 1;
        else high = middle - 1;
      }
      page = this.#childOf(this.#node(at, high));
    }
    throw new VerifyError(`lmdb: no leaf within ${DEPTH_MAX} levels`);
  }

  #node(at: number, index: number): number {
    return at + HEADER_BYTES + this.#view.getUint16(at + HEADER_BYTES + index * 2, true);
  }

  #childOf(node: number): number {
    const low = this.#view.getUint32(node, true);
    return this.#view.getUint16(node + 4, true) * 2 ** 32 + low;
  }

  #compare(node: number, key: Uint8Array): number {
    const size = this.#view.getUint16(node + 6, true);
    const from = node + NODE_BYTES;
    const common = Math.min(size, key.length);
    for (let i = 0; i < common; i++) {
      const difference = this.#bytes[from + i] - key[i];
      if (difference !== 0) return difference;
    }
    return size - key.length;
  }

  /**
   * Visits all entries of the tree that `meta` roots; gives the tree's pages. Throws VerifyError if a
   * page is reached twice or is not what its place demands, if a node lies outside of its page, or if
   * the count is wrong.
   */
  walk(meta: Meta, visit: EntryVisitor): ReadonlySet<number> {
    let entries = 0;
    const seen = new Set<number>();
    const descend = (page: number, depth: number): void => {
      if (page < META_PAGES || page > meta.lastPage || page >= this.#pages || seen.has(page)) {
        throw new VerifyError(`lmdb: page ${page} cannot be part of the tree`);
      }
      seen.add(page);
      const at = page * PAGE_BYTES;
      const flags = this.#view.getUint16(at + FLAGS, true);
      if (this.#number(at) !== page || (flags !== BRANCH && flags !== LEAF) || depth > DEPTH_MAX) {
        throw new VerifyError(`lmdb: page ${page} has flags ${flags}, number ${this.#number(at)}`);
      }
      const count = this.#nodeCount(page);
      for (let i = 0; i < count; i++) {
        const node = this.#checkedNode(page, i, flags === LEAF);
        if (flags === BRANCH) {
          descend(this.#childOf(node), depth + 1);
        } else {
          const keyBytes = this.#view.getUint16(node + 6, true);
          const key = node + NODE_BYTES;
          visit(key, keyBytes, key + keyBytes, this.#view.getUint32(node, true));
          entries++;
        }
      }
    };
    if (meta.root >= 0) descend(meta.root, 0);
    if (entries !== meta.entries) {
      throw new VerifyError(`lmdb: ${entries} entries, the meta page says ${meta.entries}`);
    }
    return seen;
  }

  #nodeCount(page: number): number {
    const lower = this.#view.getUint16(page * PAGE_BYTES + LOWER, true);
    const upper = this.#view.getUint16(page * PAGE_BYTES + UPPER, true);
    if (lower % 2 !== 0 || lower === 0 || lower > upper || upper > PAGE_BYTES - HEADER_BYTES) {
      throw new VerifyError(`lmdb: page ${page} has bounds ${lower} and ${upper}`);
    }
    return lower / 2;
  }

  #checkedNode(page: number, index: number, isLeaf: boolean): number {
    const at = page * PAGE_BYTES;
    const end = at + PAGE_BYTES;
    const node = this.#node(at, index);
    let nodeEnd = node + NODE_BYTES;
    if (nodeEnd <= end) nodeEnd += this.#view.getUint16(node + 6, true);
    if (nodeEnd <= end && isLeaf) nodeEnd += this.#view.getUint32(node, true);
    if (nodeEnd > end) throw new VerifyError(`lmdb: node ${index} leaves page ${page}`);
    if (isLeaf && this.#view.getUint16(node + 4, true) !== 0) {
      throw new VerifyError(`lmdb: node ${index} of page ${page} has flags that are not used here`);
    }
    return node;
  }
}
