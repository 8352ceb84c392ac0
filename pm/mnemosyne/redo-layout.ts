/**
 * How a heap with redo-log transactions is divided, from offset 0: a header of 64 B, the log
 * descriptors, the logs, the program's static area, superblock headers, superblocks.
 */

import { LINE_BYTES } from '../line.ts';
import { LOG_BYTES_MIN, LOG_DESCRIPTOR_BYTES } from './raw-log.ts';
import { SUPERBLOCK_BYTES, SUPERBLOCK_HEADER_BYTES } from './superblocks.ts';

/** How a heap is divided. Sizes in bytes, multiples of 64. */
export interface RedoOptions {
  /** Threads that run transactions: each has a log and a heap of its own. 1 to 255. */
  readonly threads: number;
  /** Of each thread's log; the longest transaction must fit. The original has 8 MiB. */
  readonly logBytes: number;
  /** Of the area that the program lays out itself, for its globals and large tables. */
  readonly staticBytes: number;
}

/** Where the parts start, and how many superblocks there are. */
export interface RedoLayout {
  readonly descriptors: number;
  readonly logs: number;
  readonly statics: number;
  readonly headers: number;
  readonly blocks: number;
  readonly count: number;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

function fixedBytes(options: RedoOptions): number {
  const descriptors = roundUp(options.threads * LOG_DESCRIPTOR_BYTES, LINE_BYTES);
  return LINE_BYTES + descriptors + options.threads * options.logBytes + options.staticBytes;
}

/** Bytes of heap for these options and so many superblocks; a multiple of 64. */
export function redoHeapBytes(options: RedoOptions, superblocks: number): number {
  const headers = roundUp(superblocks * SUPERBLOCK_HEADER_BYTES, LINE_BYTES);
  return fixedBytes(options) + headers + superblocks * SUPERBLOCK_BYTES;
}

/**
 * Divides a heap of `heapBytes`; superblocks fill what the rest leaves. Throws RangeError if an
 * option is out of its range or the heap is too small.
 */
export function layOut(heapBytes: number, options: RedoOptions): RedoLayout {
  const { threads, logBytes, staticBytes } = options;
  const sizes = [logBytes, staticBytes];
  if (sizes.some((n) => n % LINE_BYTES !== 0) || logBytes < LOG_BYTES_MIN || staticBytes < 0) {
    throw new RangeError(`redo memory: ${logBytes} B of log, ${staticBytes} B static`);
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > 255) {
    throw new RangeError(`redo memory: ${threads} threads, must be from 1 to 255`);
  }
  const left = heapBytes - fixedBytes(options) - LINE_BYTES;
  const count = Math.max(0, Math.floor(left / (SUPERBLOCK_BYTES + SUPERBLOCK_HEADER_BYTES)));
  const descriptors = LINE_BYTES;
  const logs = descriptors + roundUp(threads * LOG_DESCRIPTOR_BYTES, LINE_BYTES);
  const statics = logs + threads * logBytes;
  const headers = statics + staticBytes;
  const blocks = headers + roundUp(count * SUPERBLOCK_HEADER_BYTES, LINE_BYTES);
  if (blocks + count * SUPERBLOCK_BYTES > heapBytes) {
    throw new RangeError(`redo memory: needs more than a heap of ${heapBytes} B`);
  }
  return { descriptors, logs, statics, headers, blocks, count };
}
