/** Tells the two formats of traces apart by what they contain, whatever the file is called. */

import { excerpt, TraceFormatError } from './error.ts';
import { prefixOf } from './valgrind-lines.ts';
import { isEventLine } from './whisper.ts';

/**
 * `pmemcheck`: the store log that valgrind's pmemcheck writes with `--log-stores=yes` and that
 * pmreorder (pmem/pmdk) reads. `whisper`: the event lines of the WHISPER suite's instrumentation
 * (Nalli et al., ASPLOS 2017).
 */
export type TraceFormat = 'pmemcheck' | 'whisper';

/** So much of the start of a trace tells, unless it is not told apart by then. */
const HEAD_BYTES = 1 << 16;

/** So much is looked at before a file is neither. */
const HEAD_BYTES_MAX = 1 << 22;

const EXPECTED =
  "a pmemcheck store log ('START|STORE;...|STOP') or a WHISPER trace " +
  "('tid:time:PM_W:address:size:function:line', or such events in lines of ftrace)";

/**
 * The format of a trace that starts with `head`: of the first line that is of one; undefined if no line
 * is. Lines of the program's own output may come before.
 */
function detectFormat(head: Uint8Array): TraceFormat | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  for (let at = 0; at < text.length; ) {
    const lineFeed = text.indexOf('\n', at);
    const end = lineFeed < 0 ? text.length : lineFeed;
    const line = text.slice(at, Math.min(end, at + LINE_SHOWN)).trimEnd();
    const prefix = prefixOf(line);
    if (prefix !== null || /^\s*START\s*(?:\||$)/.test(line)) return 'pmemcheck';
    if (isEventLine(line)) return 'whisper';
    at = end + 1;
  }
  return undefined;
}

/** So much of a line tells its format. */
const LINE_SHOWN = 512;

/** What to say of a file that is of no format. */
export function noFormat(head: Uint8Array, file: string): TraceFormatError {
  if (head.length === 0) return new TraceFormatError(file, null, 'an empty file', EXPECTED);
  const lineEnd = head.indexOf(LF);
  const shown = excerpt(head, 0, lineEnd < 0 ? head.length : lineEnd);
  return new TraceFormatError(file, null, `${shown} at its start`, EXPECTED);
}

const LF = 0x0a;

/** So much of the start as tells the format, and the format. */
export async function headOf(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
): Promise<{ readonly head: Uint8Array; readonly format: TraceFormat | undefined }> {
  let head: Uint8Array = new Uint8Array(0);
  for (let wanted = HEAD_BYTES; ; wanted *= 4) {
    const parts = [head];
    let bytes = head.length;
    let over = false;
    while (bytes < wanted && !over) {
      const next = await chunks.next();
      over = next.done === true;
      if (next.done === true) break;
      parts.push(next.value);
      bytes += next.value.length;
    }
    head = Buffer.concat(parts);
    const format = detectFormat(head);
    if (format !== undefined || over || bytes >= HEAD_BYTES_MAX) return { head, format };
  }
}
