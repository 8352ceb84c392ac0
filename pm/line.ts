/** The line: 64 B aligned, the unit of write-back, mirroring and durability (see ARCHITECTURE.md). */

export const LINE_BYTES = 64;
export const LINE_SHIFT = 6;

/** Stores of at most this many aligned bytes are atomic with respect to power loss. */
export const ATOMIC_BYTES = 8;

/** Index of the line that holds byte `offset`. */
export function lineOf(offset: number): number {
  return offset >>> LINE_SHIFT;
}

/** Index of the last line that [offset, offset + bytes) touches; `bytes` must be at least 1. */
export function lastLineOf(offset: number, bytes: number): number {
  return (offset + bytes - 1) >>> LINE_SHIFT;
}

/** How many lines [offset, offset + bytes) touches; 0 for an empty range. */
export function lineCount(offset: number, bytes: number): number {
  return bytes === 0 ? 0 : lastLineOf(offset, bytes) - lineOf(offset) + 1;
}

/** Memories are compared in blocks of so many bytes, since most of two are the same. */
const COMPARED_BYTES = 4096;

/** The lines in which two memories of one size differ, ascending. */
export function differingLines(one: Uint8Array, other: Uint8Array): number[] {
  const lines: number[] = [];
  const isSame = (start: number, end: number): boolean =>
    Buffer.compare(one.subarray(start, end), other.subarray(start, end)) === 0;
  for (let block = 0; block < one.length; block += COMPARED_BYTES) {
    const end = block + COMPARED_BYTES;
    if (isSame(block, end)) continue;
    for (let start = block; start < Math.min(end, one.length); start += LINE_BYTES) {
      if (!isSame(start, start + LINE_BYTES)) lines.push(start / LINE_BYTES);
    }
  }
  return lines;
}
