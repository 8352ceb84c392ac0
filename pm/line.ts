/** The line: 64 B aligned, the unit of write-back, mirroring and durability (see ARCHITECTURE.md). */

export const LINE_BYTES = 64;
export const LINE_SHIFT = 6;

/** Stores of at most this many aligned bytes are atomic with respect to power loss. */
export const ATOMIC_BYTES = 8;

/** Index of the line that holds byte `offset`: a signed integer, which is less to compare with others. */
export function lineOf(offset: number): number {
  return (offset >>> LINE_SHIFT) | 0;
}

/** Index of the last line that [offset, offset + bytes) touches; `bytes` must be at least 1. */
export function lastLineOf(offset: number, bytes: number): number {
  return ((offset + bytes - 1) >>> LINE_SHIFT) | 0;
}

/** How many lines [offset, offset + bytes) touches; 0 for an empty range. */
export function lineCount(offset: number, bytes: number): number {
  return bytes === 0 ? 0 : lastLineOf(offset, bytes) - lineOf(offset) + 1;
}

/** A line's words of 8 bytes, as bits: bit i is bytes 8 i to 8 i + 7. All eight: */
export const ALL_WORDS = 0xff;

/** The words of `line` that bytes [offset, offset + bytes) touch; some of them are in it. */
export function wordsOf(line: number, offset: number, bytes: number): number {
  const from = line * LINE_BYTES;
  const first = Math.max(offset - from, 0) >>> 3;
  const last = (Math.min(offset + bytes - from, LINE_BYTES) - 1) >>> 3;
  return ((2 << last) - 1) & ~((1 << first) - 1);
}

/** Those of `words` in the first contiguous run of them; some are there. */
export function firstRun(words: number): number {
  return words & ~(words + (words & -words));
}

/** Contiguous runs that some words of a line may be at most: every other word. */
export const LINE_RUNS_MAX = 4;

/** How many bits of a set of words are set, and in how many contiguous runs, by set. */
export const WORD_COUNT = Uint8Array.from({ length: ALL_WORDS + 1 }, (_, words) => bitsIn(words));
export const RUN_COUNT = Uint8Array.from({ length: ALL_WORDS + 1 }, (_, words) =>
  bitsIn(words & ~(words << 1)),
);

function bitsIn(words: number): number {
  let count = 0;
  for (let rest = words; rest !== 0; rest &= rest - 1) count++;
  return count;
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
