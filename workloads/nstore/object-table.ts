/**
 * Objects of one pool by payload offset, with a small number each. In a typed array, since a recovery
 * asks for each object several times, and a crash check recovers hundreds of thousands of images.
 */

import type { NstorePool } from './pool.ts';

export class ObjectTable {
  readonly #pool: NstorePool;
  /** Of each place of the pool, one more than the number of the object; 0: there is none. */
  readonly #numbers: Uint8Array;
  /** Where damaged pointers lead: to what is no place of this pool. */
  readonly #elsewhere = new Map<number, number>();
  #size = 0;

  constructor(pool: NstorePool) {
    this.#pool = pool;
    this.#numbers = new Uint8Array(pool.places);
  }

  /** How many objects there are. */
  get size(): number {
    return this.#size + this.#elsewhere.size;
  }

  has(payload: number): boolean {
    return this.get(payload) !== undefined;
  }

  /** The number of the object at `payload`; undefined if there is none. */
  get(payload: number): number | undefined {
    const place = this.#pool.placeOf(payload);
    if (place < 0) return this.#elsewhere.get(payload);
    const number = this.#numbers[place];
    return number === 0 ? undefined : number - 1;
  }

  /** An object whose number does not matter. */
  add(payload: number): void {
    this.set(payload, 0);
  }

  /** `number`: 0 to 254. */
  set(payload: number, number: number): void {
    const place = this.#pool.placeOf(payload);
    if (place < 0) {
      this.#elsewhere.set(payload, number);
      return;
    }
    if (this.#numbers[place] === 0) this.#size++;
    this.#numbers[place] = number + 1;
  }

  /** The first object, by offset, that `other` does not have; undefined if it has all. */
  firstNotIn(other: ObjectTable): number | undefined {
    for (let place = 0; place < this.#numbers.length; place++) {
      if (this.#numbers[place] > 0 && other.#numbers[place] === 0) {
        return this.#pool.payloadAt(place);
      }
    }
    for (const payload of this.#elsewhere.keys()) if (!other.has(payload)) return payload;
    return undefined;
  }
}
