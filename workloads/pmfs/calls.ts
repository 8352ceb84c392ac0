/**
 * What the three programs share: their parameters, and how they make, find and size their file
 * system. The originals run inside a kernel and could not be instrumented, so the volatile work of a
 * call is an assumption, and swept like any other.
 */

import { HEAP_BYTES_MAX, type PmHeap } from '../../pm/heap.ts';
import { choice, integer, ParameterError, type ParameterValues } from '../parameters.ts';
import { FileSystem } from './filesystem.ts';
import { PMFS_BUILDS, type PmfsBuild } from './journal.ts';

/** Parameters of each of the three. */
// biome-ignore format: a parameter a line, or two
export const PMFS_PARAMETERS = {
  /** PMFS's default is 4 MiB. */
  journalKiB: integer(4096, [16, 65_536], 'size of the metadata journal in KiB (a multiple of 4)'),
  /** Whose commits the file system follows; see `journal.ts`. */
  pmfsBuild: choice('published', PMFS_BUILDS,
    'PMFS as published, or as instrumented for WHISPER (one more barrier before each commit)'),
  /**
   * Assumption: 5 000 instructions a system call, user-kernel crossing, VFS and file system together
   * (the copy of the data itself is charged as stores). Soares and Stumm (FlexSC, OSDI 2010) report
   * some 3 700 to 9 900 kernel instructions for stat, pread, pwrite and open+write+close on Linux.
   */
  instructionsPerCall: integer(5000, [0, 1_000_000],
    'instructions of a system call and the file system under it (assumed; published: 3700-9900)'),
};

type PmfsParameters = ParameterValues<typeof PMFS_PARAMETERS>;

/** When calls become durable: see `FileSystem`. */
type Durability = Parameters<typeof FileSystem.mount>[1];

/** Whose protocol the file system follows, for the table of workloads. */
export const PMFS_PROTOCOL =
  'PMFS: metadata undo journal, non-temporal data (Dulloor et al., EuroSys 2014; PMFS sources)';

/** An empty file system on `heap`, as the parameters say. */
export function formatPmfs(
  heap: PmHeap,
  parameters: PmfsParameters,
  durability: Durability,
): FileSystem {
  const bytes = journalBytes(parameters.journalKiB);
  return FileSystem.format(heap, bytes, durability, buildOf(parameters));
}

/** The file system whose crash image `heap` holds, recovered. */
export function mountPmfs(
  heap: PmHeap,
  parameters: PmfsParameters,
  durability: Durability,
): FileSystem {
  return FileSystem.mount(heap, durability, buildOf(parameters));
}

/** Makes `call` as a transaction of this type. */
export function inTransaction<T>(heap: PmHeap, type: number, call: () => T): T {
  heap.txBegin(type);
  const result = call();
  heap.txEnd();
  return result;
}

function buildOf({ pmfsBuild: word }: PmfsParameters): PmfsBuild {
  return word === 'whisper' ? 'whisper' : 'published';
}

/** The journal's bytes, rounded up to whole blocks. */
function journalBytes(kiB: number): number {
  return Math.ceil(kiB / 4) * 4096;
}

/**
 * Bytes of heap for a journal and so many other bytes, rounded up to a block; at least 256 KiB. Throws
 * ParameterError if that is too much; `what` needs it, and `advice` may say what would need less.
 */
export function pmfsHeapBytes(
  parameters: PmfsParameters,
  otherBytes: number,
  what: string,
  advice = '',
): number {
  const wanted = Math.max(journalBytes(parameters.journalKiB) + otherBytes, 2 ** 18);
  const bytes = Math.ceil(wanted / 4096) * 4096;
  if (bytes <= HEAP_BYTES_MAX) return bytes;
  throw new ParameterError(
    `${what} need ${bytes} B of heap; at most ${HEAP_BYTES_MAX} B are possible${advice}`,
  );
}
