/**
 * The file-system check: reads the bytes of a heap (reporting nothing) and holds them to every
 * structural rule. Each block has exactly one owner or is free; link counts are the number of names;
 * sizes fit the block trees; directories are well formed; nothing but names and the orphan list keeps
 * an inode in use. What it returns, the tree of names, is what programs check their contents with.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { VerifyError } from '../workload.ts';
import type { BlockMap } from './blocks.ts';
import { checkSuperblock } from './format.ts';
import {
  BLOCK_BYTES,
  Entry,
  HEIGHT_MAX,
  INODE_BYTES,
  INODE_TABLE_INODE,
  INODES_PER_BLOCK,
  Inode,
  Mode,
  NODE_SHIFT,
  ROOT_INODE,
  recordBytes,
} from './layout.ts';

/** A name in the file system. */
export interface FileName {
  /** From the root, parts separated by `/`, without a leading one. */
  readonly path: string;
  readonly inode: number;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
  readonly links: number;
  /** Owner and permissions. */
  readonly uid: number;
  readonly permissions: number;
}

interface InodeFacts {
  readonly address: number;
  readonly mode: number;
  readonly links: number;
  readonly size: number;
  /** Data blocks by index. */
  readonly blocks: readonly number[];
  names: number;
  subdirectories: number;
}

/** The result of a check: all names, sorted by path, and access to contents. */
export class CheckedFileSystem {
  readonly names: readonly FileName[];
  readonly #heap: PmHeap;
  readonly #inodes: ReadonlyMap<number, InodeFacts>;

  constructor(heap: PmHeap, names: readonly FileName[], inodes: ReadonlyMap<number, InodeFacts>) {
    this.#heap = heap;
    this.names = names;
    this.#inodes = inodes;
  }

  /** The whole contents of inode `number`. */
  contents(number: number): Uint8Array {
    const facts = this.#inodes.get(number);
    if (facts === undefined) throw new Error(`inode ${number} is not in use`);
    const bytes = new Uint8Array(facts.size);
    for (let i = 0; i * BLOCK_BYTES < facts.size; i++) {
      const from = facts.blocks[i];
      const count = Math.min(BLOCK_BYTES, facts.size - i * BLOCK_BYTES);
      bytes.set(this.#heap.bytes.subarray(from, from + count), i * BLOCK_BYTES);
    }
    return bytes;
  }
}

/**
 * Checks the file system in `heap`. With `blocks`, its free blocks must be exactly those that
 * nothing reaches. Orphans are allowed when `allowOrphans` (files unlinked while open).
 * Throws VerifyError that says what is wrong and where.
 */
export function checkFileSystem(
  heap: PmHeap,
  blocks: BlockMap | null,
  allowOrphans: boolean,
): CheckedFileSystem {
  return new Checker(heap).run(blocks, allowOrphans);
}

class Checker {
  readonly #heap: PmHeap;
  readonly #view: DataView;
  readonly #owner: Int32Array;
  readonly #inodes = new Map<number, InodeFacts>();
  readonly #names: FileName[] = [];
  readonly #decoder = new TextDecoder();
  #table: readonly number[] = [];

  constructor(heap: PmHeap) {
    this.#heap = heap;
    this.#view = new DataView(heap.bytes.buffer, heap.bytes.byteOffset, heap.bytes.byteLength);
    this.#owner = new Int32Array(Math.floor(heap.sizeBytes / BLOCK_BYTES)).fill(-1);
  }

  run(blocks: BlockMap | null, allowOrphans: boolean): CheckedFileSystem {
    const firstBlock = checkSuperblock(this.#heap);
    this.#owner.fill(0, 0, firstBlock);
    this.#table = this.#treeBlocks(INODE_TABLE_INODE, 0, 'inode table').blocks;
    const count = this.#table.length * INODES_PER_BLOCK;
    for (let number = ROOT_INODE; number < count; number++) this.#readInode(number);
    this.#walk(ROOT_INODE, ROOT_INODE, '');
    const orphans = this.#orphans(count);
    if (orphans.size > 0 && !allowOrphans) fail(`orphan inodes ${[...orphans].join(', ')} left`);
    for (const [number, facts] of this.#inodes) this.#checkLinks(number, facts, orphans);
    if (blocks !== null) this.#checkFree(blocks);
    this.#names.sort((a, b) => (a.path < b.path ? -1 : 1));
    return new CheckedFileSystem(this.#heap, this.#names, this.#inodes);
  }

  #word(offset: number): number {
    return this.#view.getUint32(offset, true) + this.#view.getUint32(offset + 4, true) * 2 ** 32;
  }

  #readInode(number: number): void {
    const block = this.#table[Math.floor(number / INODES_PER_BLOCK)];
    const address = block + (number % INODES_PER_BLOCK) * INODE_BYTES;
    const mode = this.#view.getUint16(address + Inode.MODE, true);
    const links = this.#view.getUint16(address + Inode.LINKS, true);
    if (links === 0 && (mode === 0 || this.#view.getUint32(address + Inode.DTIME, true) !== 0)) {
      return;
    }
    const type = mode & Mode.TYPE;
    if (type !== Mode.FILE && type !== Mode.DIRECTORY) fail(`inode ${number}: mode ${mode}`);
    const { blocks, size } = this.#treeBlocks(address, number, `inode ${number}`);
    this.#inodes.set(number, { address, mode, links, size, blocks, names: 0, subdirectories: 0 });
  }

  /** Data blocks of a tree, each of whose blocks is thereby owned. */
  #treeBlocks(address: number, number: number, what: string): { blocks: number[]; size: number } {
    const size = this.#word(address + Inode.SIZE);
    const height = this.#view.getUint8(address + Inode.HEIGHT);
    const root = this.#word(address + Inode.ROOT);
    const expected = Math.ceil(size / BLOCK_BYTES);
    if (height > HEIGHT_MAX) fail(`${what}: block tree of height ${height}`);
    const blocks: number[] = [];
    if (root !== 0) this.#treeNode(root, height, number, what, blocks);
    if (blocks.length !== expected) {
      fail(`${what}: ${blocks.length} data blocks for ${size} B`);
    }
    if (this.#word(address + Inode.BLOCKS) !== expected && expected > 0) {
      fail(`${what}: counts ${this.#word(address + Inode.BLOCKS)} blocks, has ${expected}`);
    }
    return { blocks, size };
  }

  #treeNode(block: number, height: number, owner: number, what: string, found: number[]): void {
    const index = block / BLOCK_BYTES;
    if (!Number.isInteger(index) || index >= this.#owner.length) {
      fail(`${what}: pointer ${block} is no block`);
    }
    if (this.#owner[index] !== -1) {
      fail(`${what}: block at ${block} already belongs to inode ${this.#owner[index]}`);
    }
    this.#owner[index] = owner;
    if (height === 0) {
      found.push(block);
      return;
    }
    let ended = false;
    for (let slot = 0; slot < 1 << NODE_SHIFT; slot++) {
      const child = this.#word(block + slot * 8);
      if (child === 0) ended = true;
      else if (ended) fail(`${what}: hole before slot ${slot} of the node at ${block}`);
      else this.#treeNode(child, height - 1, owner, what, found);
    }
  }

  #walk(number: number, parent: number, path: string): void {
    const facts = this.#inodes.get(number);
    if (facts === undefined) fail(`directory '${path}': inode ${number} is free`);
    let special = 0;
    for (const block of facts.blocks) {
      let record = block;
      while (record < block + BLOCK_BYTES) {
        const length = this.#view.getUint16(record + Entry.RECORD_BYTES, true);
        const nameBytes = this.#view.getUint8(record + Entry.NAME_BYTES);
        const child = this.#word(record + Entry.INODE);
        const minimum = child === 0 ? recordBytes(1) : recordBytes(nameBytes);
        if (length < minimum || length % 4 !== 0 || record + length > block + BLOCK_BYTES) {
          fail(`directory '${path}': record of ${length} B at ${record}`);
        }
        if (child !== 0) {
          const from = record + Entry.NAME;
          const name = this.#decoder.decode(this.#heap.bytes.subarray(from, from + nameBytes));
          if (name === '.' || name === '..') {
            special++;
            const target = name === '.' ? number : parent;
            if (child !== target) fail(`directory '${path}': '${name}' is inode ${child}`);
          } else this.#enter(child, number, path === '' ? name : `${path}/${name}`);
        }
        record += length;
      }
    }
    if (special !== 2) fail(`directory '${path}': ${special} of '.' and '..'`);
  }

  #enter(child: number, directory: number, path: string): void {
    const facts = this.#inodes.get(child);
    if (facts === undefined) fail(`'${path}': inode ${child} is free`);
    const isDirectory = (facts.mode & Mode.TYPE) === Mode.DIRECTORY;
    facts.names++;
    this.#names.push({
      path,
      inode: child,
      isDirectory,
      sizeBytes: facts.size,
      links: facts.links,
      uid: this.#view.getUint32(facts.address + Inode.UID, true),
      permissions: facts.mode & ~Mode.TYPE,
    });
    if (!isDirectory) return;
    if (facts.names > 1) fail(`'${path}': a directory with a second name`);
    const parent = this.#inodes.get(directory);
    if (parent !== undefined) parent.subdirectories++;
    this.#walk(child, directory, path);
  }

  #orphans(count: number): Set<number> {
    const orphans = new Set<number>();
    let next = this.#word(INODE_TABLE_INODE + Inode.TRUNCATE_NEXT);
    while (next !== 0) {
      if (next >= count || orphans.has(next)) fail(`orphan list leads to inode ${next}`);
      orphans.add(next);
      const block = this.#table[Math.floor(next / INODES_PER_BLOCK)];
      const address = block + (next % INODES_PER_BLOCK) * INODE_BYTES;
      next = this.#word(address + Inode.TRUNCATE_NEXT);
    }
    return orphans;
  }

  #checkLinks(number: number, facts: InodeFacts, orphans: ReadonlySet<number>): void {
    const isDirectory = (facts.mode & Mode.TYPE) === Mode.DIRECTORY;
    const names = number === ROOT_INODE ? 1 : facts.names;
    const expected = isDirectory ? names + 1 + facts.subdirectories : names;
    if (facts.links !== expected) {
      fail(`inode ${number}: ${facts.links} links, expected ${expected}`);
    }
    if (names === 0 && !orphans.has(number)) fail(`inode ${number}: in use without a name`);
  }

  #checkFree(blocks: BlockMap): void {
    for (let index = 0; index < this.#owner.length; index++) {
      const used = blocks.isUsed(index * BLOCK_BYTES);
      if (used !== (this.#owner[index] !== -1)) {
        fail(`block ${index} is ${used ? 'leaked' : 'in use and counted as free'}`);
      }
    }
  }
}

function fail(message: string): never {
  throw new VerifyError(message);
}
