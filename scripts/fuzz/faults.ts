/**
 * Faults of a disk, at each call of the operating system by which a command writes a file: the call fails,
 * or the process is gone at it. Calls are those of node:fs, which all that writes goes through; SQLite's
 * and LMDB's own are not among them.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Calls that make, fill or name a file. */
const CALLS = [
  'openSync',
  'mkdirSync',
  'writeSync',
  'ftruncateSync',
  'fsyncSync',
  'renameSync',
] as const;

type Call = (typeof CALLS)[number];

/** What the operating system may say instead of doing it. */
export const CODES: Readonly<Record<Call, readonly string[]>> = {
  openSync: ['EACCES', 'ENOSPC', 'EMFILE'],
  mkdirSync: ['EACCES', 'ENOSPC'],
  writeSync: ['ENOSPC', 'EIO', 'EDQUOT'],
  ftruncateSync: ['EFBIG'],
  fsyncSync: ['EIO', 'ENOSPC'],
  renameSync: ['EACCES', 'EIO'],
};

/** What happens before one of the calls is done, or instead. */
interface Fault {
  /** Which call, of all that count. */
  readonly at: number;
  happen(call: Call): void;
}

/** The error of the operating system that has this code. */
export function systemError(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code, syscall: call });
}

/**
 * Does `work` while `fault` happens. The calls that there were; a file that is opened for reading, and what
 * is below `scratch`, do not count.
 */
export async function withFault<T>(
  scratch: string,
  fault: Fault | undefined,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly calls: readonly Call[] }> {
  const calls: Call[] = [];
  const originals = CALLS.map((call) => [call, fs[call]] as const);
  for (const [call, original] of originals) {
    const instead = (...args: unknown[]): unknown => {
      if (counts(call, args, scratch)) {
        calls.push(call);
        if (calls.length - 1 === fault?.at) fault.happen(call);
      }
      return (original as (...all: unknown[]) => unknown)(...args);
    };
    Object.assign(fs, { [call]: instead });
  }
  syncBuiltinESMExports();
  try {
    return { result: await work(), calls };
  } finally {
    Object.assign(fs, Object.fromEntries(originals));
    syncBuiltinESMExports();
  }
}

function counts(call: Call, args: readonly unknown[], scratch: string): boolean {
  const [first, second] = args;
  if (call === 'openSync' && !/[wax+]/.test(String(second))) return false;
  // A directory is synced where that can be done.
  if (call === 'fsyncSync' && fs.fstatSync(Number(first)).isDirectory()) return false;
  return !(typeof first === 'string' && first.startsWith(scratch));
}
