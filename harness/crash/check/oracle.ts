/**
 * What a recovered program may hold, kept outside of the heap that crashes: the digest after the
 * first n[c] transactions of each client c, run in the recorded order on a fresh heap.
 *
 * At a crash every acknowledged transaction must be there; of those begun and not acknowledged each
 * client's may be there from the first on (usually it is one: all or nothing).
 */

import { PmHeap } from '../../../pm/heap.ts';
import { type Program, runInTurn } from '../../../workloads/workload.ts';
import { digestOf, type Recording, subjectHeapBytes } from '../history/recording.ts';
import type { Acknowledged } from '../history/timeline.ts';

/** Combinations of transactions in flight beyond which an oracle refuses. */
const COMBINATIONS_MAX = 4096;

export class Oracle {
  readonly #recording: Recording;
  readonly #digests = new Map<string, string>();
  readonly #allowed = new Map<string, ReadonlySet<string>>();
  readonly #resumed = new Map<string, string>();

  constructor(recording: Recording) {
    this.#recording = recording;
    const { threads } = recording.subject;
    const counts = new Array<number>(threads).fill(0);
    this.#digests.set(counts.join(), recording.digests[0]);
    for (const [i, { client }] of recording.transactions.entries()) {
      counts[client]++;
      this.#digests.set(counts.join(), recording.digests[i + 1]);
    }
  }

  /** Digests that a program recovered after such a crash may have. */
  allowed(acknowledged: Acknowledged): ReadonlySet<string> {
    const key = `${acknowledged.least.join()}/${acknowledged.most.join()}`;
    let allowed = this.#allowed.get(key);
    if (allowed === undefined) {
      allowed = new Set(combinations(acknowledged).map((counts) => this.digest(counts)));
      this.#allowed.set(key, allowed);
    }
    return allowed;
  }

  /** How many transactions of each client give these contents at such a crash, if any do. */
  matching(acknowledged: Acknowledged, digest: string): readonly number[] | undefined {
    return combinations(acknowledged).find((counts) => this.digest(counts) === digest);
  }

  /** The digest with so many transactions of each client. */
  digest(counts: readonly number[]): string {
    const key = counts.join();
    let digest = this.#digests.get(key);
    if (digest === undefined) {
      digest = lastDigestOf(this.run(counts).program);
      this.#digests.set(key, digest);
    }
    return digest;
  }

  /**
   * The digest after a program with so many transactions of each client was shut down with everything
   * durable, was recovered (which starts its clients' requests anew), and resumed for so many.
   */
  digestResumed(counts: readonly number[], transactions: number): string {
    const key = `${counts.join()}+${transactions}`;
    let digest = this.#resumed.get(key);
    if (digest === undefined) {
      const { configured, threads, seed } = this.#recording.subject;
      const { heap, program: before } = this.run(counts);
      before.close?.();
      const program = configured.recover(heap, threads, seed);
      digest = lastDigestOf(program, () => runInTurn(heap, program, { threads, transactions }));
      this.#resumed.set(key, digest);
    }
    return digest;
  }

  /** A program that has run so many transactions of each client, for the caller to close; its heap. */
  run(counts: readonly number[]): { readonly heap: PmHeap; readonly program: Program } {
    const { subject, transactions } = this.#recording;
    const heap = new PmHeap(subjectHeapBytes(subject));
    const program = subject.configured.create(heap, subject.threads, subject.seed);
    const left = [...counts];
    try {
      for (const { client } of transactions) {
        if (left[client]-- <= 0) continue;
        heap.switchTo(client);
        program.transaction(client);
      }
    } catch (error) {
      program.close?.();
      throw error;
    }
    return { heap, program };
  }
}

/** What `program` holds in the end, after `run`. Closes it. */
function lastDigestOf(program: Program, run: () => void = () => {}): string {
  try {
    run();
    return digestOf(program);
  } finally {
    program.close?.();
  }
}

/** Every choice of a count from least to most for each client. */
function combinations({ least, most }: Acknowledged): number[][] {
  let all: number[][] = [[]];
  for (const [client, from] of least.entries()) {
    const next: number[][] = [];
    for (const counts of all) {
      for (let count = from; count <= most[client]; count++) next.push([...counts, count]);
    }
    all = next;
    if (all.length > COMBINATIONS_MAX) {
      throw new RangeError(`more than ${COMBINATIONS_MAX} combinations of transactions in flight`);
    }
  }
  return all;
}
