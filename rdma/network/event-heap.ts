/** A small binary heap of (time, id) in typed arrays: the smallest time first, ties by id. */

export class EventHeap {
  readonly #times: Float64Array;
  readonly #ids: Int32Array;
  #size = 0;
  /** The smallest time, or Infinity when empty. Only to be read. */
  minTime = Number.POSITIVE_INFINITY;

  /** Holds at most `capacity` entries. */
  constructor(capacity: number) {
    this.#times = new Float64Array(capacity);
    this.#ids = new Int32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** The id with the smallest time. The heap must not be empty. */
  get minId(): number {
    return this.#ids[0];
  }

  push(time: number, id: number): void {
    const times = this.#times;
    const ids = this.#ids;
    if (this.#size === times.length) throw new Error('event heap is full');
    let i = this.#size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (times[parent] < time || (times[parent] === time && ids[parent] < id)) break;
      times[i] = times[parent];
      ids[i] = ids[parent];
      i = parent;
    }
    times[i] = time;
    ids[i] = id;
    this.minTime = times[0];
  }

  /** Removes the entry with the smallest time. The heap must not be empty. */
  pop(): void {
    const times = this.#times;
    const ids = this.#ids;
    const size = --this.#size;
    if (size === 0) {
      this.minTime = Number.POSITIVE_INFINITY;
      return;
    }
    const time = times[size];
    const id = ids[size];
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      const right = child + 1;
      if (
        right < size &&
        (times[right] < times[child] || (times[right] === times[child] && ids[right] < ids[child]))
      ) {
        child = right;
      }
      if (times[child] > time || (times[child] === time && ids[child] > id)) break;
      times[i] = times[child];
      ids[i] = ids[child];
      i = child;
    }
    times[i] = time;
    ids[i] = id;
    this.minTime = times[0];
  }
}
