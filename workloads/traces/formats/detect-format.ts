/** Tells the two formats of traces apart by what they contain, whatever the file is called. */

import { excerpt, TraceFormatError } from './error.ts';

/**
 * `pmemcheck`: the store log that valgrind's pmemcheck writes with `--log-stores=yes` and that
 * pmreorder (pmem/pmdk) reads. `whisper`: the event lines of the WHISPER suite's instrumentation
 * (Nalli et al., ASPLOS 2017).
 */
export type TraceFormat = 'pmemcheck' | 'whisper';

/** How much of the start of a trace is enough to tell. */
export const HEAD_BYTES = 1 << 16;

const LF = 0x0a;
const EXPECTED =
  "a pmemcheck store log ('START|STORE;...|STOP') or a WHISPER trace " +
  "('tid:time:PM_W:address:size:function:line')";

/**
 * The format of the trace called `file` that starts with `head` (its first {@link HEAD_BYTES}
 * bytes, or all). Throws TraceFormatError if it is empty or neither.
 */
export function detectFormat(head: Uint8Array, file: string): TraceFormat {
  if (head.length === 0) throw new TraceFormatError(file, null, 'an empty file', EXPECTED);
  if (startOfLog(head) >= 0) return 'pmemcheck';
  if (isWhisperLine(head)) return 'whisper';
  const lineEnd = head.indexOf(LF);
  const shown = excerpt(head, 0, lineEnd < 0 ? head.length : lineEnd);
  throw new TraceFormatError(file, null, `${shown} at its start`, EXPECTED);
}

/**
 * Where `START|` begins a line, be it after valgrind's own messages and its "==PID== " prefix;
 * -1 if nowhere in `bytes`.
 */
function startOfLog(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = text.indexOf('START|'); at >= 0; at = text.indexOf('START|', at + 1)) {
    if (startsLine(bytes, at)) return at;
  }
  return -1;
}

/** Whether `at` is where a line starts, not counting a prefix "==digits== ". */
export function startsLine(bytes: Uint8Array, at: number): boolean {
  let i = at - 1;
  const skip = (char: number): void => {
    while (i >= 0 && bytes[i] === char) i--;
  };
  skip(0x20);
  skip(0x3d);
  while (i >= 0 && bytes[i] >= 0x30 && bytes[i] <= 0x39) i--;
  skip(0x3d);
  return i < 0 || bytes[i] === LF;
}

/** Whether `bytes` start with "digits:digits:PM_". */
function isWhisperLine(bytes: Uint8Array): boolean {
  let at = 0;
  for (let field = 0; field < 2; field++) {
    const from = at;
    while (at < bytes.length && bytes[at] >= 0x30 && bytes[at] <= 0x39) at++;
    if (at === from || bytes[at] !== 0x3a) return false;
    at++;
  }
  return bytes[at] === 0x50 && bytes[at + 1] === 0x4d && bytes[at + 2] === 0x5f;
}
