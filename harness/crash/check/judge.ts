/** Judges images of one program, each once, whichever system or job it comes from. */

import type { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { Random } from '../../../pm/random.ts';
import type { Place } from '../bugs/mutations.ts';
import type { ConfiguredSubject } from '../history/recording.ts';
import { type Interrupted, type RecoveryOutcome, Verifier } from './verifier.ts';

/** How thoroughly to look. */
export interface Thoroughness {
  readonly seed: number;
  /** Moments at most, per machine; a seeded sample if there are more. */
  readonly crashes: number;
  /** Images at most of one machine at one moment: all of them where there are no more. */
  readonly imagesPerCrash: number;
  /** Of so many different images one resumes for some transactions, and one is crashed in recovery. */
  readonly resumeOneIn: number;
  readonly interruptOneIn: number;
}

/** An image and what became of it. */
export interface Judged {
  readonly outcome: RecoveryOutcome;
  /** What came of it when the recovery was interrupted, if it was. */
  readonly interrupted: Interrupted | null;
  /** Recoveries that this took, and the last job that they were counted for. */
  readonly recoveries: number;
  countedFor: number;
}

/** Before any job. */
const NO_JOB = -1;

/** Transactions of each client that a recovered program resumes for. */
const RESUMED_TRANSACTIONS = 4;

/** Images that a job remembers; then it forgets all, and so it does before it if more are there. */
const REMEMBERED_MAX = 2 ** 18;

/** How deep recoveries are interrupted. */
const INTERRUPTION_DEPTH_MAX = 2;

export class Judge {
  /** Of all clients of a program that resumes. */
  readonly resumedTransactions: number;
  /** What the images met took, each image once a job. */
  recoveries = 0;
  readonly #verifier: Verifier;
  readonly #thoroughness: Thoroughness;
  readonly #judged = new Map<number, Judged>();
  #job = 0;
  /** Images that this job has met since it has forgotten all. */
  #met = 0;

  /** `unrecovered`: left out of what recoveries persist that are interrupted, a seeded bug. */
  constructor(subject: ConfiguredSubject, thoroughness: Thoroughness, unrecovered?: Place) {
    this.resumedTransactions = RESUMED_TRANSACTIONS * subject.threads;
    this.#verifier = new Verifier(subject, unrecovered);
    this.#thoroughness = thoroughness;
  }

  /** Counts recoveries as if no image had been met before. */
  startJob(): void {
    this.#job++;
    this.#met = 0;
    if (this.#judged.size > REMEMBERED_MAX) this.#judged.clear();
  }

  /** As of {@link Verifier}. */
  startFrom(floor: Uint8Array): void {
    this.#verifier.startFrom(floor);
  }

  floorChanged(line: number): void {
    this.#verifier.floorChanged(line);
  }

  /** What becomes of the image that `sweep` has chosen. */
  of(sweep: CrashSweep): Judged {
    let judged = this.#judged.get(sweep.imageHash);
    if (judged === undefined) {
      judged = this.#judgedAnew(sweep);
      this.#judged.set(sweep.imageHash, judged);
    }
    if (judged.countedFor !== this.#job) {
      judged.countedFor = this.#job;
      this.recoveries += judged.recoveries;
      this.#met++;
      // By what this job has met alone: what it counts does not depend on jobs before it.
      if (this.#met === REMEMBERED_MAX) {
        this.#met = 0;
        this.#judged.clear();
      }
    }
    return judged;
  }

  #judgedAnew(sweep: CrashSweep): Judged {
    const { seed, resumeOneIn, interruptOneIn } = this.#thoroughness;
    const before = this.#verifier.recoveries;
    // Drawn from the image itself, so that it does not matter in which order images are met.
    const random = new Random(sweep.imageHash % 2 ** 32, seed);
    const transactions = (): number =>
      random.below(resumeOneIn) === 0 ? this.resumedTransactions : 0;
    const resumed = transactions();
    const interrupt = random.below(interruptOneIn) === 0;
    const outcome = this.#verifier.check(sweep, resumed);
    let interrupted: Interrupted | null = null;
    if (interrupt && outcome.kind === 'recovered') {
      const depth = random.between(1, INTERRUPTION_DEPTH_MAX);
      const interruption = { depth, transactions: transactions() };
      interrupted = this.#verifier.checkInterrupted(sweep, random, interruption);
    }
    const recoveries = this.#verifier.recoveries - before;
    return { outcome, interrupted, recoveries, countedFor: NO_JOB };
  }
}

export function hasResumed(outcome: RecoveryOutcome): boolean {
  return outcome.kind === 'recovered' && outcome.resumed !== null;
}
