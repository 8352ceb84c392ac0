/**
 * The bytes of a trace: from a file or any stream of chunks, plain or gzip (told apart by the two
 * bytes with which gzip starts, RFC 1952), always as a stream, never whole in memory.
 */

import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TraceFormatError, TraceInputError } from './error.ts';

/** A path, or the bytes themselves in order (a Node Readable is one such iterable). */
export type TraceInput = string | AsyncIterable<Uint8Array>;

const READ_BYTES = 1 << 18;

/** How messages call `input`. */
export function inputName(input: TraceInput): string {
  return typeof input === 'string' ? input : '(stream)';
}

/**
 * The text of the trace, decompressed, in chunks of any size.
 * Throws TraceInputError if it cannot be read, TraceFormatError if the compression is damaged or
 * cut short. Closes the file however the iteration ends.
 */
export async function* traceBytes(input: TraceInput): AsyncGenerator<Uint8Array, void, undefined> {
  const raw =
    typeof input === 'string' ? createReadStream(input, { highWaterMark: READ_BYTES }) : input;
  const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    const head = await firstBytes(chunks, 2);
    const all = chain(head, chunks);
    if (head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b) yield* gunzipped(all);
    else yield* all;
  } catch (error) {
    throw readable(error, inputName(input));
  } finally {
    await chunks.return?.();
  }
}

/** At least `bytes` bytes from the start, or all there are. */
async function firstBytes(chunks: AsyncIterator<Uint8Array>, bytes: number): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < bytes) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* chain(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    yield next.value;
  }
}

async function* gunzipped(
  compressed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip({ chunkSize: READ_BYTES });
  // The callback has nothing to do: a failure of either side also ends the loop below.
  pipeline(Readable.from(compressed, { objectMode: true }), gunzip, () => {});
  for await (const chunk of gunzip) yield chunk as Uint8Array;
}

/** The error as the user should see it. */
function readable(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || error instanceof TraceInputError) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') {
    return new TraceFormatError(
      name,
      null,
      'gzip data that ends too early',
      'the whole file; copy or download it again',
    );
  }
  if (code.startsWith('Z_')) {
    return new TraceFormatError(
      name,
      null,
      `damaged gzip data (${error.message})`,
      'gzip or plain text',
    );
  }
  if (code === 'ENOENT') return new TraceInputError(`${name}: no such file`);
  if (code === 'EISDIR') return new TraceInputError(`${name}: is a directory, not a trace file`);
  if (code.startsWith('E')) return new TraceInputError(`${name}: cannot be read (${code})`);
  return error;
}
