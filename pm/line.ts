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
