/**
 * Items that nobody has taken yet, in their order. What is near to what a worker has done last goes to it
 * first, and what is near to what another one does comes last; but nobody waits.
 */
export class Waiting<Worker> {
  readonly #near: readonly string[];
  readonly #left: number[];
  readonly #lastOf = new Map<Worker, string>();

  /** `near`: of each item a text that is the same for those near to it. */
  constructor(near: readonly string[]) {
    this.#near = near;
    this.#left = [...near.keys()];
  }

  /** The index of the item that `worker` does next; undefined if none is left. */
  take(worker: Worker): number | undefined {
    const own = this.#lastOf.get(worker);
    const others = new Set(this.#lastOf.values());
    const near = this.#left.findIndex((i) => this.#near[i] === own);
    const free = this.#left.findIndex((i) => !others.has(this.#near[i]));
    const place = [near, free].find((one) => one >= 0) ?? 0;
    const [index] = this.#left.splice(place, 1);
    if (index !== undefined) this.#lastOf.set(worker, this.#near[index]);
    return index;
  }
}
