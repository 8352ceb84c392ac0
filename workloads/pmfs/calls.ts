/**
 * Parameters that the three programs share, the volatile work of a call first. The originals run
 * inside a kernel and could not be instrumented, so that is an assumption, and swept like any other.
 */

import type { Parameter } from '../parameters.ts';
import { PMFS_BUILDS, type PmfsBuild } from './journal.ts';

/**
 * Assumption: 5 000 instructions a system call, user-kernel crossing, VFS and file system together
 * (the copy of the data itself is charged as stores). Soares and Stumm (FlexSC, OSDI 2010) report
 * some 3 700 to 9 900 kernel instructions for stat, pread, pwrite and open+write+close on Linux.
 */
export const instructionsPerCallParameter = {
  kind: 'integer',
  default: 5000,
  min: 0,
  max: 1_000_000,
  about:
    'instructions of a system call and the file system under it (assumed; published: 3700-9900)',
} as const satisfies Parameter;

/** Size of the metadata journal; PMFS's default is 4 MiB. */
export const journalKiBParameter = {
  kind: 'integer',
  default: 4096,
  min: 16,
  max: 65_536,
  about: 'size of the metadata journal in KiB (a multiple of 4)',
} as const satisfies Parameter;

/** Whose commits the file system follows; see `journal.ts`. */
export const pmfsBuildParameter = {
  kind: 'choice',
  default: 'published',
  choices: PMFS_BUILDS,
  about: 'PMFS as published, or as instrumented for WHISPER (one more barrier before each commit)',
} as const satisfies Parameter;

/** The value of {@link pmfsBuildParameter}. */
export function pmfsBuild(word: string): PmfsBuild {
  return word === 'whisper' ? 'whisper' : 'published';
}

/** The journal's bytes, rounded up to whole blocks. */
export function journalBytes(journalKiB: number): number {
  return Math.ceil(journalKiB / 4) * 4096;
}

/** `bytes` rounded up to a block; a heap has at least 256 KiB. */
export function roundHeap(bytes: number): number {
  return Math.ceil(Math.max(bytes, 2 ** 18) / 4096) * 4096;
}
