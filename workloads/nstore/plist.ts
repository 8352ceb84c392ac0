/**
 * N-store's persistent list of pointers: the write-ahead list, and a table's list of the rows that
 * were inserted into it. A node is next (+0) and value (+8), 8 bytes each, in a clump of its own;
 * head and tail are words of the pool's static area, the length a word of the catalogue.
 *
 * A node counts only once it is active: the first append stores head and tail in the epoch of the
 * node itself, so after a crash the head may name a node whose contents never became durable.
 */

import type { Step } from '../../pm/step.ts';
import { Kind, type NstorePool } from './pool.ts';
import { ListStep } from './steps.ts';

/** Addresses of a list's own words. */
export interface ListWords {
  readonly head: number;
  readonly tail: number;
  readonly length: number;
}

export class PersistentList {
  readonly #pool: NstorePool;
  readonly words: ListWords;

  constructor(pool: NstorePool, words: ListWords) {
    this.#pool = pool;
    this.words = words;
  }

  /**
   * Appends a pointer; activating its node is the caller's `step`. Reserve and 2 epochs into an empty
   * list, reserve and 3 otherwise.
   */
  push(value: number, step?: Step): void {
    const { writer } = this.#pool;
    const { heap } = writer;
    const head = heap.loadWord(this.words.head);
    const node = this.#pool.reserve(16, Kind.LIST);
    if (head === 0) {
      writer.word(node, 0);
      writer.word(node + 8, value);
      writer.word(this.words.head, node);
      writer.word(this.words.tail, node);
      this.#pool.activate(node, step);
    } else {
      writer.word(node + 8, value);
      writer.word(node, 0);
      const tail = heap.loadWord(this.words.tail);
      writer.word(this.words.tail, node);
      this.#pool.activate(node, step);
      writer.word(tail, node);
      writer.fence();
    }
    // Rides into the next epoch, as the original's counter does.
    writer.word(this.words.length, heap.loadWord(this.words.length) + 1);
  }

  /** Unlinks the node that holds `value` and frees it; nothing if there is none. */
  erase(value: number): void {
    const { writer } = this.#pool;
    const { heap } = writer;
    let before = 0;
    let node = heap.loadWord(this.words.head);
    while (node !== 0 && heap.loadWord(node + 8) !== value) {
      before = node;
      node = heap.loadWord(node);
    }
    if (node === 0) return;
    const next = heap.loadWord(node);
    if (before !== 0) {
      writer.word(before, next);
      writer.fence();
    } else {
      writer.word(this.words.head, next);
    }
    if (next === 0) writer.word(this.words.tail, before);
    writer.word(this.words.length, heap.loadWord(this.words.length) - 1);
    this.#pool.free(node);
  }

  /** The values in order. */
  values(): number[] {
    const { heap } = this.#pool.writer;
    return this.nodes().map((node) => heap.loadWord(node + 8));
  }

  /** The nodes in order. Throws RangeError if the list, damaged, runs in a circle. */
  nodes(): number[] {
    const { heap } = this.#pool.writer;
    const nodes: number[] = [];
    for (let node = heap.loadWord(this.words.head); node !== 0; node = heap.loadWord(node)) {
      if (nodes.length * 128 > heap.sizeBytes) throw new RangeError('a list runs in a circle');
      nodes.push(node);
    }
    return nodes;
  }

  /** Frees every node, then stores null to head and tail; the caller's fence makes that durable. */
  clear(): void {
    for (const node of this.nodes()) this.#pool.free(node);
    this.setEmpty();
  }

  /** Head and tail := null, without a fence. The length is left alone, as in the original. */
  setEmpty(): void {
    this.#pool.writer.at(ListStep.truncate).word(this.words.head, 0);
    this.#pool.writer.word(this.words.tail, 0);
  }
}
