/**
 * The ranges that a transaction has already logged: disjoint intervals, in ordinary memory. Sorted
 * in blocks of bounded length, so that a transaction with many thousand ranges (a hash table that
 * grows) stays fast, and one with a few touches one short array.
 */

const BLOCK_MAX = 256;

export class RangeSet {
  #begins: number[][] = [[]];
  #ends: number[][] = [[]];

  clear(): void {
    if (this.#begins.length > 1) {
      this.#begins = [[]];
      this.#ends = [[]];
    }
    this.#begins[0].length = 0;
    this.#ends[0].length = 0;
  }

  /** Adds [begin, begin + bytes), which must not overlap what is there. */
  insert(begin: number, bytes: number): void {
    const b = this.#blockOf(begin);
    const begins = this.#begins[b];
    const at = upperBound(begins, begin);
    begins.splice(at, 0, begin);
    this.#ends[b].splice(at, 0, begin + bytes);
    if (begins.length > BLOCK_MAX) {
      this.#begins.splice(b + 1, 0, begins.splice(BLOCK_MAX / 2));
      this.#ends.splice(b + 1, 0, this.#ends[b].splice(BLOCK_MAX / 2));
    }
  }

  /** Removes the interval that begins at `begin`. Returns whether there was one. */
  remove(begin: number): boolean {
    const b = this.#blockOf(begin);
    const at = upperBound(this.#begins[b], begin) - 1;
    if (at < 0 || this.#begins[b][at] !== begin) return false;
    this.#begins[b].splice(at, 1);
    this.#ends[b].splice(at, 1);
    if (this.#begins[b].length === 0 && this.#begins.length > 1) {
      this.#begins.splice(b, 1);
      this.#ends.splice(b, 1);
    }
    return true;
  }

  /**
   * Calls `onGap` for each part of [begin, begin + bytes) that is not in the set, the last one
   * first (as the original searches), and adds it.
   */
  addGaps(begin: number, bytes: number, onGap: (begin: number, bytes: number) => void): void {
    let end = begin + bytes;
    while (end > begin) {
      const b = this.#blockOf(end - 1);
      const at = upperBound(this.#begins[b], end - 1) - 1;
      const coveredFrom = at < 0 ? 0 : this.#begins[b][at];
      const coveredTo = at < 0 ? 0 : this.#ends[b][at];
      const gapFrom = Math.max(begin, coveredTo);
      if (gapFrom < end) {
        onGap(gapFrom, end - gapFrom);
        this.insert(gapFrom, end - gapFrom);
      }
      // Nothing before the found interval's beginning has been looked at yet.
      end = Math.min(end, gapFrom, Math.max(coveredFrom, begin));
    }
  }

  /** The block in which an interval that begins at or before `at` would lie. */
  #blockOf(at: number): number {
    let low = 0;
    let high = this.#begins.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#begins[middle][0] <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** How many of the ascending `values` are at most `value`. */
function upperBound(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
