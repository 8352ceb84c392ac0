/**
 * What can be wrong with a trace that a user gives: all of these are user errors, to be shown as
 * their message and nothing else.
 */

/** A trace cannot be read or used: the message says which file, why, and what is accepted. */
export class TraceInputError extends Error {
  override readonly name: string = 'TraceInputError';
}

/** Where in a trace something was found. Offsets count bytes of the text, after decompression. */
export interface TracePosition {
  /** `token` of a pmemcheck log (split at `|`), `line` of a WHISPER trace. */
  readonly unit: 'token' | 'line';
  /** Counted from 1, as editors do. */
  readonly number: number;
  readonly byteOffset: number;
}

/** A trace that is not in the format it must be in. */
export class TraceFormatError extends TraceInputError {
  override readonly name: string = 'TraceFormatError';
  readonly file: string;
  /** Null where the file as a whole is wrong (empty, no known format, damaged compression). */
  readonly position: TracePosition | null;
  readonly found: string;
  readonly expected: string;

  constructor(file: string, position: TracePosition | null, found: string, expected: string) {
    const where =
      position === null
        ? file
        : `${file}: ${position.unit} ${position.number} (byte ${position.byteOffset})`;
    super(`${where}: found ${found}; expected ${expected}`);
    this.file = file;
    this.position = position;
    this.found = found;
    this.expected = expected;
  }
}

/** Longest excerpt of a trace that a message quotes, in bytes. */
const EXCERPT_BYTES_MAX = 60;

/** Bytes [start, end) of `buffer` as a quoted excerpt for a message, without control characters. */
export function excerpt(buffer: Uint8Array, start: number, end: number): string {
  const cut = Math.min(end, start + EXCERPT_BYTES_MAX);
  let text = '';
  for (let i = start; i < cut; i++) {
    const byte = buffer[i];
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
  }
  return cut < end ? `'${text}...'` : `'${text}'`;
}
