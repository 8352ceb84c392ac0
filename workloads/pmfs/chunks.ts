/**
 * What the programs write: chunks that describe themselves, so that contents can be checked without
 * the program that wrote them. A chunk is a stamp and its length (4 bytes each) and then printable
 * bytes that follow from the stamp. Every file of `nfs` and `exim` is a sequence of chunks.
 */

import { VerifyError } from '../workload.ts';

/** A chunk has room for its own header. Lengths are multiples of CHUNK_ALIGN. */
const CHUNK_BYTES_MIN = 16;
const CHUNK_ALIGN = 8;

/** `bytes` rounded up to the length of a chunk. */
export function chunkBytes(bytes: number): number {
  return Math.max(CHUNK_BYTES_MIN, Math.ceil(bytes / CHUNK_ALIGN) * CHUNK_ALIGN);
}

/** Fills all of `target`, whose length is a chunk's, with the chunk of this stamp. */
export function fillChunk(target: Uint8Array, stamp: number): void {
  const words = new Uint32Array(target.buffer, target.byteOffset, target.byteLength / 4);
  words[0] = stamp;
  words[1] = target.byteLength;
  let state = stamp | 1;
  for (let i = 2; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // Four bytes from 0x20 to 0x5f.
    words[i] = ((state >>> 2) & 0x3f3f3f3f) + 0x20202020;
  }
}

/** A running digest of a sequence of chunks: 32 bits, order matters. */
export function addToSequence(hash: number, stamp: number, bytes: number): number {
  const mixed = Math.imul(hash ^ stamp, 0x85ebca6b) ^ Math.imul(bytes, 0xc2b2ae35);
  return (Math.imul(mixed ^ (mixed >>> 15), 0x27d4eb2f) ^ (mixed >>> 13)) >>> 0;
}

/**
 * The digest of the chunks that `contents` must consist of. Throws VerifyError with the offset of
 * the first one that is damaged; `what` names the file.
 */
export function checkFileChunks(contents: Uint8Array, what: string): number {
  const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength);
  let hash = 0;
  for (let at = 0; at < contents.length; ) {
    if (at + CHUNK_BYTES_MIN > contents.length) throw new VerifyError(`${what}: cut off at ${at}`);
    const stamp = view.getUint32(at, true);
    const bytes = view.getUint32(at + 4, true);
    if (bytes < CHUNK_BYTES_MIN || bytes % CHUNK_ALIGN !== 0 || at + bytes > contents.length) {
      throw new VerifyError(`${what}: chunk of ${bytes} B at ${at}`);
    }
    let state = stamp | 1;
    for (let i = at + 8; i < at + bytes; i += 4) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      if (view.getUint32(i, true) !== ((state >>> 2) & 0x3f3f3f3f) + 0x20202020) {
        throw new VerifyError(`${what}: wrong contents at ${i}`);
      }
    }
    hash = addToSequence(hash, stamp, bytes);
    at += bytes;
  }
  return hash;
}
