/**
 * Test support: crashes a program at every fence and recovers it. At each fence three images are
 * tried: nothing but what earlier fences made durable; everything stored so far; and a seeded half
 * of the 8-byte words in which the two differ, as evictions may leave them. Recovery itself is
 * crashed too, at a seeded fence of its own, and run again.
 */

import assert from 'node:assert/strict';
import { PmHeap } from '../../pm/heap.ts';
import { LineState } from '../../pm/line-state.ts';
import { Op, type OpCode } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import type { ConfiguredWorkload } from '../workload.ts';

/** What to explore. */
export interface Exploration {
  readonly threads: number;
  readonly seed: number;
  readonly transactions: number;
  /** Of how many fences one is tried; 1 tries all. */
  readonly oneIn: number;
}

/**
 * What was tried: images, how many recoveries came out before and after the transaction in
 * flight, and how many were interrupted.
 */
export interface ExplorationCounts {
  images: number;
  before: number;
  after: number;
  interrupted: number;
}

/**
 * Runs the program and crashes it as described above; throws AssertionError unless every recovered
 * program verifies and holds the data from before or after the transaction in flight.
 */
export function exploreCrashes(
  workload: ConfiguredWorkload,
  { threads, seed, transactions, oneIn }: Exploration,
): ExplorationCounts {
  const heap = new PmHeap(workload.heapBytes(threads, transactions));
  const program = workload.create(heap, threads, seed);
  const random = new Random(seed, 77);
  const counts: ExplorationCounts = { images: 0, before: 0, after: 0, interrupted: 0 };
  const state = new LineState(heap.bytes);
  for (let i = 0; i < transactions; i++) {
    const before = program.digest();
    const images: Uint8Array[] = [];
    heap.attach([
      {
        op(op: OpCode, a: number, b: number): void {
          const isFence = op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE;
          if (isFence && random.below(oneIn) === 0) images.push(...imagesNow(state, heap, random));
          state.op(op, a, b);
        },
      },
    ]);
    heap.switchTo(0);
    program.transaction(i % threads);
    heap.detach();
    images.push(state.durable.slice());
    const after = program.digest();
    for (const [number, image] of images.entries()) {
      const where = `seed ${seed}, transaction ${i}, image ${number}`;
      const recover = (bytes: Uint8Array) => workload.recover(new PmHeap(bytes), threads, seed);
      const digest = recoverAndCheck(recover, image.slice(), where);
      counts.images++;
      if (number === images.length - 1)
        assert.equal(digest, after, `${where}: acknowledged is lost`);
      if (digest === before) counts.before++;
      else if (digest === after) counts.after++;
      else assert.fail(`${where}: neither the state before nor the one after`);
      const partial = interruptedRecovery(workload, { threads, seed }, image, random);
      assert.equal(recoverAndCheck(recover, partial.image, `${where}, again`), digest, where);
      if (partial.interrupted) counts.interrupted++;
    }
  }
  program.verify();
  return counts;
}

/** Digest after recovery, having checked the program. */
function recoverAndCheck(
  recover: (bytes: Uint8Array) => { verify(): void; digest(): string },
  image: Uint8Array,
  where: string,
): string {
  try {
    const program = recover(image);
    program.verify();
    return program.digest();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/**
 * An image that a power failure during the recovery of `image` leaves, or, once in a while, one
 * that has been recovered to the end: recovering that must change nothing.
 */
function interruptedRecovery(
  workload: ConfiguredWorkload,
  { threads, seed }: { readonly threads: number; readonly seed: number },
  image: Uint8Array,
  random: Random,
): { readonly image: Uint8Array; readonly interrupted: boolean } {
  const heap = new PmHeap(image.slice());
  const state = new LineState(heap.bytes);
  let fencesLeft = random.below(60);
  const crashed: Uint8Array[] = [];
  heap.attach([
    {
      op(op: OpCode, a: number, b: number): void {
        if ((op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE) && fencesLeft-- === 0) {
          crashed.push(imagesNow(state, heap, random)[2]);
        }
        state.op(op, a, b);
      },
    },
  ]);
  workload.recover(heap, threads, seed);
  return { image: crashed[0] ?? state.durable, interrupted: crashed.length > 0 };
}

/** See the head of this file: nothing more, everything, a seeded half. */
function imagesNow(state: LineState, heap: PmHeap, random: Random): Uint8Array[] {
  const nothing = state.durable.slice();
  const some = state.durable.slice();
  const live = new BigUint64Array(heap.bytes.buffer, heap.bytes.byteOffset, heap.sizeBytes / 8);
  const words = new BigUint64Array(some.buffer);
  for (let i = 0; i < words.length; i++) {
    if (words[i] !== live[i] && random.below(2) === 0) words[i] = live[i];
  }
  return [nothing, heap.bytes.slice(), some];
}
