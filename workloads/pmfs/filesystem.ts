/**
 * A file system in persistent memory that follows PMFS's persist protocol (see `layout.ts` and
 * `journal.ts`), at the level of what the kernel's file layer calls. Inodes are numbers, names are
 * looked up by the caller (whose name cache is ordinary memory).
 *
 * | is a fence; figures are lines per epoch of the usual case:
 *   create      2 log entries + tail 3 | new inode, log 3 | log 1 | entry, directory, commit 4 | 1 |
 *   write into existing block that extends the file:  data | (empty) | size and times 1 |
 *   write into existing block within the file:        data | times 1 |
 *   write that needs a block:  log + tail 2 | inode, log 2 | pointer + 64 | size, commit 2 | 1 |
 *   unlink      2 | 1 | 2 | 2 | 3 | 1 |, then freeing the inode  2 | 2 | 1 | (empty) | 1 |
 * Each 4 KiB page of a write ends with a fence, since the kernel's non-temporal copy does.
 *
 * The empty fence of an extending write is PMFS's own barrier behind that of the copy.
 *
 * `durability` says what a call promises. 'call': each call that writes ends durable, as under NFS
 * stable writes or a mount with `sync`. Its last fence is the durability point, and so is every
 * commit within it, since the locks released then hand lines on to other threads. 'fsync': only
 * fsync does (what a write leaves unfenced, the next fence completes), as PMFS does by itself.
 *
 * Locks are those of the original that are held across persists: the inodes' mutexes, the inode
 * table, the orphan list, the journal (its tail only).
 */

import type { PmHeap } from '../../pm/heap.ts';
import { BlockMap } from './blocks.ts';
import { Directories } from './directory.ts';
import { FileData } from './files.ts';
import { formatFileSystem, mountInodes, recoverFileSystem } from './format.ts';
import { InodeTable } from './inodes.ts';
import { Journal, type JournalTransaction, type PmfsBuild } from './journal.ts';
import {
  BLOCK_BYTES,
  DIRENT_LOG_ENTRIES,
  INODE_HEAD_BYTES,
  INODE_LOG_ENTRIES,
  INODE_LOGGED_BYTES,
  Inode,
  LOCK_INODE,
  Mode,
  NAME_BYTES_MAX,
} from './layout.ts';
import { BlockTrees } from './tree.ts';

/** What a writing call promises. */
export type Durability = 'call' | 'fsync';

const NAME_LOG_ENTRIES = 2 * INODE_LOG_ENTRIES + DIRENT_LOG_ENTRIES;

/** A mounted file system. */
export class FileSystem {
  readonly heap: PmHeap;
  readonly blocks: BlockMap;
  readonly inodes: InodeTable;
  readonly #durable: boolean;
  readonly #journal: Journal;
  readonly #directories: Directories;
  readonly #data: FileData;
  /** How many times each inode is open: an unlinked one is freed when it is closed. */
  readonly #opened = new Map<number, number>();
  #now: number;

  private constructor(
    heap: PmHeap,
    durability: Durability,
    build: PmfsBuild,
    firstBlock: number,
    now: number,
  ) {
    this.heap = heap;
    this.#durable = durability === 'call';
    this.#journal = new Journal(heap, this.#durable, build);
    this.blocks = new BlockMap(heap, firstBlock);
    const trees = new BlockTrees(heap, this.blocks, this.#journal);
    this.inodes = new InodeTable(heap, this.#journal, trees, this.blocks);
    this.#directories = new Directories(heap, this.#journal, trees);
    this.#data = new FileData(heap, this.#journal, trees);
    this.#now = now;
  }

  /** Formats `heap`, all zero, with a journal of so many bytes (a multiple of 4096), and mounts it. */
  static format(
    heap: PmHeap,
    journalBytes: number,
    durability: Durability,
    build: PmfsBuild = 'published',
  ): FileSystem {
    const firstBlock = formatFileSystem(heap, journalBytes);
    const fs = new FileSystem(heap, durability, build, firstBlock, 1);
    mountInodes(heap, fs.inodes, fs.blocks);
    return fs;
  }

  /**
   * Mounts what a crash, or a program that ended, left in `heap`: rolls back, then frees orphans.
   * Persists what it changes and may itself be cut short and repeated. Throws VerifyError if `heap`
   * holds no such file system.
   */
  static mount(heap: PmHeap, durability: Durability, build: PmfsBuild = 'published'): FileSystem {
    const firstBlock = recoverFileSystem(heap);
    const fs = new FileSystem(heap, durability, build, firstBlock, 1);
    fs.#now = mountInodes(heap, fs.inodes, fs.blocks) + 1;
    fs.inodes.recoverOrphans(fs.#now);
    return fs;
  }

  // ---- names ----

  /** The inode of `name` in directory `dir`, or 0. Reads the directory, under its mutex. */
  lookup(dir: number, name: string): number {
    this.#lockInode(dir);
    const found = this.#directories.lookup(this.inodes.address(dir), name);
    this.#unlockInode(dir);
    return found;
  }

  /** A new empty file, whose inode is returned. The name must be free. */
  create(dir: number, name: string): number {
    checkName(name);
    return this.#change([dir], NAME_LOG_ENTRIES, (tx, now) => {
      const number = this.inodes.create(tx, Mode.FILE | 0o644, now);
      this.#directories.add(tx, this.inodes.address(dir), name, number, now);
      return number;
    });
  }

  /** A new directory, whose inode is returned. The name must be free. */
  makeDirectory(dir: number, name: string): number {
    checkName(name);
    const heap = this.heap;
    return this.#change([dir], NAME_LOG_ENTRIES, (tx, now) => {
      const parent = this.inodes.address(dir);
      const number = this.inodes.create(tx, Mode.DIRECTORY | 0o755, now);
      const inode = this.inodes.address(number);
      this.#directories.initialise(inode, number, dir);
      this.#directories.add(tx, parent, name, number, now);
      heap.storeU16(inode + Inode.LINKS, 2);
      heap.storeWord(inode + Inode.SIZE, BLOCK_BYTES);
      heap.storeU16(parent + Inode.LINKS, heap.loadU16(parent + Inode.LINKS) + 1);
      return number;
    });
  }

  /** One more name for file `number`. The name must be free. */
  link(number: number, dir: number, name: string): void {
    checkName(name);
    const heap = this.heap;
    this.#change([dir, number], NAME_LOG_ENTRIES, (tx, now) => {
      const inode = this.inodes.address(number);
      this.#journal.log(tx, inode, INODE_HEAD_BYTES);
      this.#directories.add(tx, this.inodes.address(dir), name, number, now);
      heap.storeU32(inode + Inode.CTIME, now);
      heap.storeU16(inode + Inode.LINKS, heap.loadU16(inode + Inode.LINKS) + 1);
    });
  }

  /** Takes the name `name` of file `number` away; without names and not open, it is freed. */
  unlink(number: number, dir: number, name: string): void {
    const heap = this.heap;
    const evictedAt = this.#change([dir, number], NAME_LOG_ENTRIES, (tx, now) => {
      const inode = this.inodes.address(number);
      this.#journal.log(tx, inode, INODE_HEAD_BYTES);
      this.#directories.remove(tx, this.inodes.address(dir), name, now);
      const links = heap.loadU16(inode + Inode.LINKS) - 1;
      if (links === 0) this.inodes.addOrphan(number);
      heap.relaxed().storeU16(inode + Inode.LINKS, links);
      heap.storeU32(inode + Inode.CTIME, now);
      return links === 0 && !this.#opened.has(number) ? now : null;
    });
    if (evictedAt !== null) this.inodes.evict(number, evictedAt, this.#durable);
  }

  /** Renames `name` of file `number` within directory `dir`. The new name must be free. */
  rename(number: number, dir: number, name: string, newName: string): void {
    checkName(newName);
    this.#change([dir], 2 * NAME_LOG_ENTRIES, (tx, now) => {
      this.#journal.log(tx, this.inodes.address(number), INODE_HEAD_BYTES);
      this.#directories.add(tx, this.inodes.address(dir), newName, number, now);
      this.#directories.remove(tx, this.inodes.address(dir), name, now);
    });
  }

  // ---- files ----

  /** Opens file `number`, so that it outlives its names. */
  open(number: number): void {
    this.#opened.set(number, (this.#opened.get(number) ?? 0) + 1);
  }

  /**
   * Closes it. Where calls are durable, closing what was open for writing fences (PMFS's flush). The last
   * one may free.
   */
  close(number: number, wasWritten: boolean): void {
    const count = this.#opened.get(number);
    if (count === undefined) throw new Error(`inode ${number} is not open`);
    if (wasWritten && this.#durable) this.heap.durabilityFence();
    if (count > 1) {
      this.#opened.set(number, count - 1);
      return;
    }
    this.#opened.delete(number);
    if (this.heap.loadU16(this.inodes.address(number) + Inode.LINKS) === 0) {
      this.inodes.evict(number, this.#now++, this.#durable);
    }
  }

  /** Bytes in file `number`. */
  size(number: number): number {
    return this.heap.loadWord(this.inodes.address(number) + Inode.SIZE);
  }

  /** Writes `source` at `position`, which is at most the file's size. */
  write(number: number, position: number, source: Uint8Array): void {
    if (source.length === 0) return;
    this.#lockInode(number);
    const inode = this.inodes.address(number);
    this.#data.write(inode, position, source, this.#now++, this.#durable);
    this.#unlockInode(number);
  }

  /**
   * Reads [position, position + bytes) into `target`, or only charges the loads without one. The
   * first read after a change updates the access time (Linux's `relatime`).
   */
  read(number: number, position: number, bytes: number, target: Uint8Array | null = null): void {
    const inode = this.inodes.address(number);
    this.#data.read(inode, position, bytes, target);
    this.#data.touchAccessTime(inode, this.#now++, this.#durable);
  }

  /** Reads the attributes. */
  getAttributes(number: number): void {
    this.heap.touch(this.inodes.address(number), INODE_LOGGED_BYTES);
  }

  /** Sets owner and permissions: several fields at once, therefore a transaction. */
  setAttributes(number: number, uid: number, permissions: number): void {
    const heap = this.heap;
    this.#change([number], INODE_LOG_ENTRIES, (tx, now) => {
      const inode = this.inodes.address(number);
      this.#journal.log(tx, inode, INODE_LOGGED_BYTES);
      const type = heap.loadU16(inode + Inode.MODE) & Mode.TYPE;
      heap.storeU16(inode + Inode.MODE, type | permissions);
      heap.storeU32(inode + Inode.UID, uid);
      heap.storeU32(inode + Inode.CTIME, now);
    });
  }

  /** After this all that was written to the file is durable. */
  fsync(): void {
    this.heap.durabilityFence();
  }

  /** A transaction of at most `entries` log entries, under the mutexes of `inodes` in this order. */
  #change<T>(
    inodes: readonly number[],
    entries: number,
    run: (tx: JournalTransaction, now: number) => T,
  ): T {
    for (const number of inodes) this.#lockInode(number);
    const tx = this.#journal.begin(entries);
    const result = run(tx, this.#now++);
    this.#journal.commit(tx);
    for (const number of inodes.toReversed()) this.#unlockInode(number);
    return result;
  }

  #lockInode(number: number): void {
    this.heap.lock(LOCK_INODE + number);
  }

  #unlockInode(number: number): void {
    this.heap.unlock(LOCK_INODE + number);
  }
}

function checkName(name: string): void {
  if (name.length === 0 || name.length > NAME_BYTES_MAX || name.includes('/')) {
    throw new RangeError(`file name '${name}': 1 to ${NAME_BYTES_MAX} bytes without '/'`);
  }
}
