/**
 * Crashes a stream at chosen operations, as it is or with a site left out, and recovers what that may
 * leave on the primary. Where the program has told its user that something is done, a mirror must hold
 * it, too: what a mirror has for certain is what a durability fence has waited for.
 */

import { CrashState } from '../../../pm/crash/crash-state.ts';
import type { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { Op, type PersistSink } from '../../../pm/op.ts';
import { Random } from '../../../pm/random.ts';
import { type RecoveryOutcome, Verifier } from '../check/verifier.ts';
import type { ConfiguredSubject } from '../history/recording.ts';
import { chooseImage, countImages, lookedAt } from '../images/choose.ts';
import { allowedAt, applyOp, type LeftOut, type Milestone, type Stream } from './streams.ts';

/** Where to crash, and how many images of each crash to look at. */
export interface Focus {
  /** Operations behind which to crash, ascending. */
  readonly moments: readonly number[];
  readonly imagesPerCrash: number;
  readonly seed: number;
}

/** What was looked at, and the first thing found wrong. */
export interface StreamFinding {
  readonly crashPoints: number;
  readonly images: number;
  readonly problem: string | null;
}

/** Of so many images one resumes, for so many transactions. */
const RESUME_ONE_IN = 8;
const RESUMED_TRANSACTIONS = 4;

/** Where operations are carried out: one stream at a time, so that no exploration leaves such a memory behind. */
let scratch = new Uint8Array(0);

/** A copy of `image`, until the next one. */
function copied(image: Uint8Array): Uint8Array {
  if (scratch.length !== image.length) scratch = new Uint8Array(image.length);
  scratch.set(image);
  return scratch;
}

/** Explores streams of one program; what it learns of an image is kept. */
export class StreamExplorer {
  readonly #verifier: Verifier;
  /** Contents after resuming, by those that were recovered. */
  readonly #resumed = new Map<string, string>();
  readonly #outcomes = new Map<Stream, Map<number, RecoveryOutcome>>();
  /** How many different images were recovered. */
  recovered = 0;

  constructor(subject: ConfiguredSubject) {
    this.#verifier = new Verifier(subject);
  }

  /** Crashes of `stream`, up to the first failure. */
  explore(stream: Stream, focus: Focus, leftOut?: LeftOut): StreamFinding {
    const primary = this.#crash(stream, focus, leftOut);
    if (primary.problem !== null) return primary;
    const mirror = this.#lose(stream, focus, leftOut);
    const crashPoints = primary.crashPoints + mirror.crashPoints;
    return { ...mirror, crashPoints, images: primary.images + mirror.images };
  }

  /** Crashes of the primary at the moments of `focus`. */
  #crash(
    stream: Stream,
    { moments, imagesPerCrash, seed }: Focus,
    leftOut?: LeftOut,
  ): StreamFinding {
    const live = copied(stream.initial());
    const state = new CrashState(live, stream.initial());
    const sweep = this.#start(state);
    let images = 0;
    for (const [crashPoint, index, isThere] of this.#walk(stream, moments, live, state, leftOut)) {
      if (!isThere) continue;
      state.imagesNow((line) => this.#verifier.floorChanged(line));
      const random = new Random(seed, index);
      const count = countImages(sweep, imagesPerCrash);
      for (let image = 0; image < lookedAt(count); image++) {
        chooseImage(sweep, image, count, random);
        images++;
        const problem = this.#problemOf(stream, sweep, allowedAt(stream, index));
        if (problem !== null) return { crashPoints: crashPoint, images, problem };
      }
    }
    return { crashPoints: moments.length, images, problem: null };
  }

  /** What a mirror has for certain at the promises next behind the moments of `focus`. */
  #lose(stream: Stream, { moments }: Focus, leftOut?: LeftOut): StreamFinding {
    const promises = promisesBehind(stream, moments);
    const live = copied(stream.initial());
    const state = new CrashState(live, stream.initial());
    const waiting: PersistSink = {
      op: (op, a, b) => {
        if (op !== Op.ORDERING_FENCE) state.op(op, a, b);
      },
    };
    const sweep = this.#start(state);
    const indices = promises.map(({ from }) => from - 1);
    for (const [crashPoint, index] of this.#walk(stream, indices, live, waiting, leftOut)) {
      state.imagesNow((line) => this.#verifier.floorChanged(line));
      sweep.chooseCorner(false);
      const problem = this.#problemOf(stream, sweep, allowedAt(stream, index));
      if (problem === null) continue;
      const found = `a mirror need not hold what was acknowledged: ${problem}`;
      return { crashPoints: crashPoint, images: crashPoint, problem: found };
    }
    return { crashPoints: promises.length, images: promises.length, problem: null };
  }

  #start(state: CrashState): CrashSweep {
    const sweep = state.images;
    this.#verifier.startFrom(sweep.floor);
    return sweep;
  }

  /**
   * Carries operations out and stops behind each of `indices`: its number from 1, the index, and whether
   * the operation there is carried out at all.
   */
  *#walk(
    stream: Stream,
    indices: readonly number[],
    live: Uint8Array,
    state: PersistSink,
    leftOut: LeftOut = (op) => op,
  ): Generator<readonly [number, number, boolean], void, void> {
    let next = 0;
    for (let i = 0; i < stream.ops.length && next < indices.length; i++) {
      const op = leftOut(stream.ops[i]);
      if (op !== undefined) applyOp(op, live, state);
      if (indices[next] === i) yield [++next, i, op !== undefined];
    }
  }

  #problemOf(stream: Stream, sweep: CrashSweep, allowed: Milestone['allowed']): string | null {
    const outcome = this.#outcomeOf(stream, sweep, allowed !== null);
    if (outcome.kind === 'broken')
      return allowed === null && outcome.isNotSetUp ? null : outcome.why;
    if (allowed === null || allowed.has(outcome.digest)) return null;
    return `recovered contents ${outcome.digest}`;
  }

  /** What a program holds that resumed depends on what it recovered, and on nothing else. */
  #compared(outcome: RecoveryOutcome): RecoveryOutcome {
    if (outcome.kind === 'broken' || outcome.resumed === null) return outcome;
    const { digest, resumed } = outcome;
    const before = this.#resumed.get(digest);
    if (before === undefined) this.#resumed.set(digest, resumed);
    if (before === undefined || before === resumed) return outcome;
    const why = `recovered, then resumed: contents ${resumed} instead of ${before}`;
    return { kind: 'broken', why, isNotSetUp: false };
  }

  #outcomeOf(stream: Stream, sweep: CrashSweep, isSetUp: boolean): RecoveryOutcome {
    let outcomes = this.#outcomes.get(stream);
    if (outcomes === undefined) {
      outcomes = new Map();
      this.#outcomes.set(stream, outcomes);
    }
    let outcome = outcomes.get(sweep.imageHash);
    if (outcome === undefined) {
      const resumes = isSetUp && sweep.imageHash % RESUME_ONE_IN === 0;
      outcome = this.#compared(this.#verifier.check(sweep, resumes ? RESUMED_TRANSACTIONS : 0));
      this.recovered++;
      outcomes.set(sweep.imageHash, outcome);
    }
    return outcome;
  }
}

/** The first promise at or behind each of `moments`, once each, ascending. */
function promisesBehind({ milestones }: Stream, moments: readonly number[]): Milestone[] {
  const promises = milestones.filter(({ isPromise, from }) => isPromise && from > 0);
  const found = new Set<Milestone>();
  let next = 0;
  for (const moment of moments) {
    while (next < promises.length && promises[next].from <= moment) next++;
    if (next < promises.length) found.add(promises[next]);
  }
  return [...found];
}
