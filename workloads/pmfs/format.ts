/**
 * Formatting and mounting: superblock, journal, inode table, root directory; and the walk over all
 * inodes by which a mount finds the blocks in use.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { NotSetUpError, VerifyError } from '../workload.ts';
import type { BlockMap } from './blocks.ts';
import type { InodeTable } from './inodes.ts';
import { Journal, recoverJournal } from './journal.ts';
import {
  BLOCK_BYTES,
  Entry,
  HEIGHT_MAX,
  INODE_BYTES,
  INODE_TABLE_INODE,
  Inode,
  JOURNAL_HEADER,
  JournalField,
  MAGIC,
  Mode,
  NODE_SHIFT,
  ROOT_INODE,
  recordBytes,
  SUPER_BYTES,
  SUPER_COPY,
  Super,
} from './layout.ts';

/** FNV-1a over [0, bytes). */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Formats and persists. Returns the number of the first block after the journal. */
export function formatFileSystem(heap: PmHeap, journalBytes: number): number {
  if (journalBytes % BLOCK_BYTES !== 0 || journalBytes < BLOCK_BYTES) {
    throw new RangeError(`journal of ${journalBytes} B: not a multiple of ${BLOCK_BYTES}`);
  }
  const firstBlock = 1 + journalBytes / BLOCK_BYTES;
  if (heap.sizeBytes < (firstBlock + 2) * BLOCK_BYTES) {
    throw new RangeError(`heap of ${heap.sizeBytes} B is too small for a file system`);
  }
  Journal.format(heap, BLOCK_BYTES, journalBytes);
  heap.writeBack(JOURNAL_HEADER, 64);
  const table = firstBlock * BLOCK_BYTES;
  heap.storeWord(INODE_TABLE_INODE + Inode.ROOT, table);
  heap.storeWord(INODE_TABLE_INODE + Inode.SIZE, BLOCK_BYTES);
  heap.storeWord(INODE_TABLE_INODE + Inode.BLOCKS, 1);
  heap.storeU16(INODE_TABLE_INODE + Inode.LINKS, 1);
  heap.writeBack(INODE_TABLE_INODE, INODE_BYTES);
  formatRoot(heap, table + ROOT_INODE * INODE_BYTES, (firstBlock + 1) * BLOCK_BYTES);
  formatSuperblocks(heap, journalBytes);
  return firstBlock;
}

/**
 * The superblock's copy, and when all is durable the superblock itself, its magic number last: stores to
 * one line become durable in order. (The original writes both before the root directory, so that a
 * power failure may leave a file system without one.)
 */
function formatSuperblocks(heap: PmHeap, journalBytes: number): void {
  const at = SUPER_COPY;
  heap.storeU32(at + Super.MAGIC, MAGIC);
  heap.storeU32(at + Super.BLOCK_BYTES, BLOCK_BYTES);
  heap.storeWord(at + Super.SIZE, heap.sizeBytes);
  heap.storeWord(at + Super.JOURNAL_BASE, BLOCK_BYTES);
  heap.storeWord(at + Super.JOURNAL_BYTES, journalBytes);
  heap.storeWord(at + Super.INODE_TABLE, INODE_TABLE_INODE);
  heap.storeU32(at + Super.SUM, checksum(heap.bytes.subarray(at, at + Super.SUM)));
  heap.writeBack(at, SUPER_BYTES);
  heap.orderingFence();
  const rest = heap.bytes.slice(at + Super.BLOCK_BYTES, at + SUPER_BYTES);
  heap.storeBytes(Super.BLOCK_BYTES, rest);
  heap.storeU32(Super.MAGIC, MAGIC);
  heap.writeBack(0, SUPER_BYTES);
  heap.durabilityFence();
}

function formatRoot(heap: PmHeap, inode: number, block: number): void {
  const first = recordBytes(1);
  for (const [at, name, length] of [
    [block, '.', first],
    [block + first, '..', BLOCK_BYTES - first],
  ] as const) {
    heap.storeWord(at + Entry.INODE, ROOT_INODE);
    heap.storeU16(at + Entry.RECORD_BYTES, length);
    heap.storeU8(at + Entry.NAME_BYTES, name.length);
    heap.storeBytes(at + Entry.NAME, new TextEncoder().encode(name));
  }
  heap.writeBack(block, first + recordBytes(2));
  heap.storeWord(inode + Inode.ROOT, block);
  heap.storeWord(inode + Inode.SIZE, BLOCK_BYTES);
  heap.storeWord(inode + Inode.BLOCKS, 1);
  heap.storeU16(inode + Inode.MODE, Mode.DIRECTORY | 0o755);
  heap.storeU16(inode + Inode.LINKS, 2);
  heap.writeBack(inode, INODE_BYTES);
}

/** Checks the superblocks; returns the number of the first block after the journal. */
export function checkSuperblock(heap: PmHeap): number {
  const view = new DataView(heap.bytes.buffer, heap.bytes.byteOffset, heap.bytes.byteLength);
  if (view.getUint32(Super.MAGIC, true) === 0) throw new NotSetUpError('no file system yet');
  for (const at of [0, SUPER_COPY]) {
    const sum = checksum(heap.bytes.subarray(at, at + Super.SUM));
    if (view.getUint32(at + Super.MAGIC, true) !== MAGIC) {
      throw new VerifyError(`superblock at ${at}: no magic number`);
    }
    if (view.getUint32(at + Super.SUM, true) !== sum) {
      throw new VerifyError(`superblock at ${at}: wrong checksum`);
    }
  }
  const size = view.getUint32(Super.SIZE, true) + view.getUint32(Super.SIZE + 4, true) * 2 ** 32;
  if (size !== heap.sizeBytes) {
    throw new VerifyError(`file system of ${size} B in a heap of ${heap.sizeBytes} B`);
  }
  const base = view.getUint32(JOURNAL_HEADER + JournalField.BASE, true);
  const bytes = view.getUint32(JOURNAL_HEADER + JournalField.SIZE, true);
  const head = view.getUint32(JOURNAL_HEADER + JournalField.HEAD, true);
  const tail = view.getUint32(JOURNAL_HEADER + JournalField.TAIL, true);
  const expected = view.getUint32(Super.JOURNAL_BYTES, true);
  const outside = head >= bytes || tail >= bytes || head % 64 !== 0 || tail % 64 !== 0;
  if (base !== BLOCK_BYTES || bytes !== expected || outside) {
    throw new VerifyError(`journal header: base ${base}, ${bytes} B, head ${head}, tail ${tail}`);
  }
  return 1 + bytes / BLOCK_BYTES;
}

/** Checks the superblocks and rolls the journal back. Returns the first block after it. */
export function recoverFileSystem(heap: PmHeap): number {
  const firstBlock = checkSuperblock(heap);
  recoverJournal(heap);
  return firstBlock;
}

/**
 * Claims every block that an inode in use (an orphan too) reaches. Returns the latest time stamp.
 * Throws VerifyError where two claim the same block.
 */
export function mountInodes(heap: PmHeap, inodes: InodeTable, blocks: BlockMap): number {
  claimTree(heap, blocks, INODE_TABLE_INODE, 'inode table');
  let latest = 0;
  for (let number = ROOT_INODE; number < inodes.count; number++) {
    const inode = inodes.address(number);
    latest = Math.max(
      latest,
      heap.loadU32(inode + Inode.CTIME),
      heap.loadU32(inode + Inode.ATIME),
      heap.loadU32(inode + Inode.DTIME),
    );
    if (!inodes.isFree(inode)) claimTree(heap, blocks, inode, `inode ${number}`);
  }
  return latest;
}

function claimTree(heap: PmHeap, blocks: BlockMap, inode: number, owner: string): void {
  const height = heap.loadU8(inode + Inode.HEIGHT);
  const root = heap.loadWord(inode + Inode.ROOT);
  if (height > HEIGHT_MAX) throw new VerifyError(`${owner}: block tree of height ${height}`);
  if (root !== 0) claimNode(heap, blocks, root, height, owner);
}

function claimNode(
  heap: PmHeap,
  blocks: BlockMap,
  node: number,
  height: number,
  owner: string,
): void {
  if (!blocks.claim(node)) {
    throw new VerifyError(`${owner}: block at ${node} is no block, or has two owners`);
  }
  if (height === 0) return;
  for (let slot = 0; slot < 1 << NODE_SHIFT; slot++) {
    const child = heap.loadWord(node + slot * 8);
    if (child !== 0) claimNode(heap, blocks, child, height - 1, owner);
  }
}
