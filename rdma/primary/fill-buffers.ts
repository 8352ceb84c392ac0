/**
 * A core's line-fill buffers: as many lines as it has of them may be on their way to the core or from
 * it. A line takes one when a store misses it, until it is here, and one from when it leaves until the
 * memory controller has accepted it; a line that leaves while it is still being fetched stays in its
 * buffer. When all are taken, the next line waits, and its core with it.
 *
 * Not modelled: the store buffer, in which stores wait for a fill buffer while the core goes on; that
 * non-temporal stores are combined in these same buffers, which have a count of their own here.
 */

export class FillBuffers {
  /** When each buffer is free, and the line that takes it until then. */
  readonly #freeAt: Float64Array;
  readonly #line: Int32Array;
  /** When all are free. */
  #allFreeAt = 0;
  #chosen = 0;

  constructor(count: number) {
    this.#freeAt = new Float64Array(count);
    this.#line = new Int32Array(count).fill(-1);
  }

  /**
   * Chooses a buffer for `line` at `at`: that in which it is being fetched, or else the one that is free
   * first. Returns when that can take the line.
   */
  choose(line: number, at: number): number {
    if (this.#allFreeAt <= at) {
      this.#chosen = 0;
      return at;
    }
    const freeAt = this.#freeAt;
    const lines = this.#line;
    let first = 0;
    for (let i = 0; i < freeAt.length; i++) {
      if (lines[i] === line && freeAt[i] > at) {
        this.#chosen = i;
        return at;
      }
      if (freeAt[i] < freeAt[first]) first = i;
    }
    this.#chosen = first;
    return freeAt[first];
  }

  /** The buffer chosen last. */
  get chosen(): number {
    return this.#chosen;
  }

  /** The line takes the buffer chosen last, until `until`. */
  hold(line: number, until: number): void {
    this.#line[this.#chosen] = line;
    this.#freeAt[this.#chosen] = until;
    if (until > this.#allFreeAt) this.#allFreeAt = until;
  }
}
