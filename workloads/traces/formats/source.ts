/**
 * The bytes of a trace: from a file or any stream of chunks, always as a stream, never whole in memory.
 * Plain text, gzip (RFC 1952), Zstandard (RFC 8878) and UTF-16 are read; they are told apart by how they
 * begin, whatever the file is called. Other forms of compression are named, with what to do.
 */

import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, type ZstdDecompress } from 'node:zlib';
import { TraceFormatError, TraceInputError } from './error.ts';

/** A path, or the bytes themselves in order (a Node Readable is one such iterable). */
export type TraceInput = string | AsyncIterable<Uint8Array>;

const READ_BYTES = 1 << 18;

/** How messages call `input`. */
export function inputName(input: TraceInput): string {
  return typeof input === 'string' ? input : '(stream)';
}

/** How a form begins, from byte `at` on, and how it is undone: by us, or by the user. */
interface Form {
  readonly name: string;
  readonly magic: readonly number[];
  readonly at?: number;
  readonly undo: ((bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) | string;
}

const FORMS: readonly Form[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], undo: gunzipped },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], undo: unzstd },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], undo: 'xz -dc' },
  { name: 'lzma', magic: [0x5d, 0x00, 0x00], undo: 'xz -dc' },
  { name: 'lzip', magic: [0x4c, 0x5a, 0x49, 0x50], undo: 'lzip -dc' },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], undo: 'bzip2 -dc' },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18], undo: 'lz4 -dc' },
  { name: 'compress', magic: [0x1f, 0x9d], undo: 'uncompress -c' },
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04], undo: 'unzip -p' },
  { name: '7z', magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], undo: '7z x -so' },
  { name: 'tar', magic: [0x75, 0x73, 0x74, 0x61, 0x72], at: 257, undo: 'tar -xOf' },
];

/** So many bytes tell the form. */
const FORM_BYTES = 262;

/** A file that was compressed more often than this is taken for no text. */
const LAYERS_MAX = 3;

/**
 * The text of the trace, decompressed, in UTF-8 without a byte order mark, in chunks of any size.
 * `name` is for messages. Throws TraceInputError if it cannot be read, TraceFormatError if it is
 * compressed in a way that is not read, or damaged or cut short. Closes the file however the iteration ends.
 */
export async function* traceBytes(
  input: TraceInput,
  name = inputName(input),
): AsyncGenerator<Uint8Array, void, undefined> {
  const raw =
    typeof input === 'string' ? createReadStream(input, { highWaterMark: READ_BYTES }) : input;
  const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    yield* plain(chunks, name, LAYERS_MAX);
  } catch (error) {
    throw readable(error, name);
  } finally {
    await chunks.return?.();
  }
}

/** The text that `chunks` hold, in whatever form. */
async function* plain(
  chunks: AsyncIterator<Uint8Array>,
  name: string,
  layers: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const head = await firstBytes(chunks, FORM_BYTES);
  const all = chain(head, chunks);
  const form = FORMS.find(({ magic, at = 0 }) => magic.every((byte, i) => head[at + i] === byte));
  if (form === undefined) {
    yield* decoded(head, all);
  } else if (typeof form.undo === 'string') {
    throw new TraceFormatError(
      name,
      null,
      `a file of ${form.name}`,
      `plain text, gzip or zstd; '${form.undo} FILE | npm run -s pmirror -- run -' reads it from a pipe`,
    );
  } else {
    if (layers === 0) throw new TraceFormatError(name, null, 'nested compression', 'plain text');
    try {
      yield* plain(form.undo(all)[Symbol.asyncIterator](), name, layers - 1);
    } catch (error) {
      throw undoable(error, name, form.name);
    }
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

function gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: READ_BYTES });
  // The callback has nothing to do: a failure of either side also ends the iteration.
  pipeline(Readable.from(bytes, { objectMode: true }), gunzip, () => {});
  return gunzip;
}

/** Of a piece that holds several frames Node's stream takes the first and ends: then another goes on. */
async function* unzstd(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]();
  let left: Uint8Array = new Uint8Array(0);
  try {
    do {
      const zstd = createZstdDecompress({ chunkSize: READ_BYTES });
      const fed = feed(zstd, left, source);
      for await (const chunk of zstd) yield chunk as Uint8Array;
      left = await fed;
    } while (left.length > 0);
  } finally {
    await source.return?.();
  }
}

/** Writes `first` and all of `source` until the stream ends; returns what it did not take. */
async function feed(
  zstd: ZstdDecompress,
  first: Uint8Array,
  source: AsyncIterator<Uint8Array>,
): Promise<Uint8Array> {
  try {
    for (let chunk = first; ; ) {
      const before = zstd.bytesWritten;
      if (chunk.length > 0) await written(zstd, chunk);
      const taken = zstd.bytesWritten - before;
      if (taken < chunk.length) return chunk.subarray(taken);
      const next = await source.next();
      if (next.done === true) break;
      chunk = next.value;
    }
    zstd.end();
  } catch (error) {
    zstd.destroy(error instanceof Error ? error : undefined);
  }
  return new Uint8Array(0);
}

/** Waits until the stream has dealt with `chunk`, or has ended. */
function written(zstd: ZstdDecompress, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const events = ['end', 'close'];
    const done = (error?: Error | null): void => {
      for (const event of events) zstd.off(event, done);
      if (error) reject(error);
      else resolve();
    };
    for (const event of events) zstd.once(event, done);
    zstd.write(chunk, done);
  });
}

/** Text in UTF-8, whatever it was in; its byte order mark, or that which two zero bytes stand for, tells. */
async function* decoded(
  head: Uint8Array,
  all: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const [a, b, c, d] = head;
  const little = (a === 0xff && b === 0xfe) || (b === 0 && d === 0 && a !== 0 && c !== 0);
  const big = (a === 0xfe && b === 0xff) || (a === 0 && c === 0 && b !== 0 && d !== 0);
  if (little || big) {
    const decoder = new TextDecoder(little ? 'utf-16le' : 'utf-16be');
    const encoder = new TextEncoder();
    for await (const chunk of all) yield encoder.encode(decoder.decode(chunk, { stream: true }));
    yield encoder.encode(decoder.decode());
    return;
  }
  let left = a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
  for await (const chunk of all) {
    // The mark may be cut only if the whole text is shorter than it.
    if (chunk.length > left) yield left === 0 ? chunk : chunk.subarray(left);
    left = 0;
  }
}

/** What went wrong while `form` was undone, as the user should see it. */
function undoable(error: unknown, name: string, form: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (code === 'Z_BUF_ERROR') {
    const found = `${form} data that ends too early`;
    return new TraceFormatError(name, null, found, 'the whole file; copy or download it again');
  }
  if (!/^(Z_|ZSTD_)/.test(code)) return error;
  const found = `damaged ${form} data (${error.message})`;
  return new TraceFormatError(name, null, found, 'gzip, zstd or plain text');
}

/** The error as the user should see it. */
function readable(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || error instanceof TraceInputError) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return new TraceInputError(`${name}: no such file`);
  if (code === 'EISDIR') return new TraceInputError(`${name}: is a directory, not a trace file`);
  if (code.startsWith('E') && !code.startsWith('ERR_')) {
    return new TraceInputError(`${name}: cannot be read (${code})`);
  }
  return error;
}
