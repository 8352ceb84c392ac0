/**
 * A toy workload, which is in no table: a test adds it to one, as a newcomer would. Each client counts
 * in slots of its own, a line each, and keeps their sum in a line that it writes an epoch later.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { LINE_BYTES } from '../../pm/line.ts';
import { Random } from '../../pm/random.ts';
import { integer } from '../parameters.ts';
import { defineWorkload, type Program, VerifyError } from '../workload.ts';

// biome-ignore format: a parameter a line, or two
const PARAMETERS = {
  slots: integer(64, [1, 1000], 'counters of a client'),
};

/** What is stored is a count times this: most damaged words are no multiple of it. */
const CHECK = 7 * 2 ** 32 + 1;

class Counters implements Program {
  readonly #heap: PmHeap;
  readonly #slots: number;
  readonly #random: readonly Random[];
  /** What was counted, by client and slot; null in a recovered program. */
  readonly #model: number[][] | null;

  constructor(heap: PmHeap, slots: number, random: readonly Random[], isRecovered: boolean) {
    this.#heap = heap;
    this.#slots = slots;
    this.#random = random;
    this.#model = isRecovered ? null : random.map(() => new Array<number>(slots).fill(0));
    if (isRecovered) for (const client of random.keys()) this.#recover(client);
  }

  transaction(client: number): void {
    const slot = this.#random[client].below(this.#slots);
    this.#heap.txBegin(0);
    this.#add(this.#at(client, slot));
    this.#heap.orderingFence();
    this.#add(this.#at(client, this.#slots));
    this.#heap.durabilityFence();
    this.#heap.txEnd();
    if (this.#model !== null) this.#model[client][slot]++;
  }

  verify(): void {
    for (const client of this.#random.keys()) {
      const counts = this.#counts(client);
      const sum = this.#count(this.#at(client, this.#slots));
      if (sum !== total(counts)) throw new VerifyError(`client ${client}: the sum is not of them`);
      const slot = counts.findIndex((count, i) => count !== (this.#model?.[client][i] ?? count));
      if (slot >= 0) throw new VerifyError(`client ${client}: slot ${slot} has another count`);
    }
  }

  digest(): string {
    return [...this.#random.keys()].map((client) => this.#counts(client).join(' ')).join('; ');
  }

  /** The slot of an unfinished transaction is kept, and the sum made up for. */
  #recover(client: number): void {
    const missing = total(this.#counts(client)) - this.#count(this.#at(client, this.#slots));
    if (missing < 0 || missing > 1) throw new VerifyError(`client ${client}: ${missing} missing`);
    if (missing === 1) this.#add(this.#at(client, this.#slots));
    this.#heap.durabilityFence();
  }

  #add(at: number): void {
    this.#heap.storeWord(at, (this.#count(at) + 1) * CHECK);
    this.#heap.writeBack(at, 8);
  }

  #counts(client: number): number[] {
    return Array.from({ length: this.#slots }, (_, slot) => this.#count(this.#at(client, slot)));
  }

  #count(at: number): number {
    const count = Number(this.#heap.loadU64(at)) / CHECK;
    if (!Number.isInteger(count)) throw new VerifyError(`the word at ${at} holds no count`);
    return count;
  }

  #at(client: number, slot: number): number {
    return (client * (this.#slots + 1) + slot) * LINE_BYTES;
  }
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function randomOf(threads: number, seed: number): Random[] {
  return Array.from({ length: threads }, (_, client) => new Random(seed, client));
}

/** The toy workload. */
export const counters = defineWorkload({
  name: 'counters',
  summary: 'counters of each client, and their sum an epoch later',
  protocol: 'a store, its write-back and a fence, twice (this project)',
  group: 'extra',
  parameters: PARAMETERS,
  smallParameters: { slots: 3 },
  threadsMax: 4,
  threadsDefault: 2,
  orderNeeded: 'none',
  transactionsDefault: 200,
  txTypes: ['count'],
  instructionsPerTx: () => [500],
  heapBytes: ({ slots }, threads) => threads * (slots + 1) * LINE_BYTES,
  create: (heap, { parameters, threads, seed }) =>
    new Counters(heap, parameters.slots, randomOf(threads, seed), false),
  recover: (heap, { parameters, threads, seed }) =>
    new Counters(heap, parameters.slots, randomOf(threads, seed), true),
});
