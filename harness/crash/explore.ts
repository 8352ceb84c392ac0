/**
 * Explores crashes of one program under one backend: at each moment at which anything changes (or a
 * seeded sample of them), for each machine, the images that a power failure allows, each recovered,
 * verified and compared with the oracle. All images where they are few, else both corners (nothing
 * and everything that is not certain), corners but for one line, and seeded draws.
 *
 * Two images with the same bytes are recovered once, whichever machine, moment or backend they come
 * from; whether the contents are allowed is asked each time. Images are told apart by 53-bit hashes:
 * among a million different ones a collision, which would hide one, has a chance of 1 in 18 000.
 */

import assert from 'node:assert';
import { CrashSweep, type LineChoice } from '../../pm/crash/crash-sweep.ts';
import { Random } from '../../pm/random.ts';
import { UsageError } from '../errors.ts';
import type { CrashTrace } from './crash-trace.ts';
import { type Failure, type KeptLine, keptLine, lineChoice } from './failure.ts';
import { minimise } from './minimise.ts';
import { Oracle } from './oracle.ts';
import { acknowledgedAt, type Machine, type Timeline } from './timeline.ts';
import { type Outcome, Verifier } from './verifier.ts';

/** How thoroughly to look. */
export interface Thoroughness {
  readonly seed: number;
  /** Moments at most, per machine; a seeded sample if there are more. */
  readonly crashes: number;
  /** Images at most of one machine at one moment: all of them where there are no more. */
  readonly imagesPerCrash: number;
  /** Of so many different images one goes on for some transactions, and one is crashed in recovery. */
  readonly goOnOneIn: number;
  readonly interruptOneIn: number;
}

/** What was looked at, and the first thing found wrong. */
export interface Exploration {
  readonly crashPoints: number;
  readonly images: number;
  readonly distinctImages: number;
  readonly interruptedRecoveries: number;
  readonly failure: Failure | null;
}

/** An image and what became of it. */
interface Judged {
  readonly outcome: Outcome;
  /** Contents after the recovery was interrupted, if it was. */
  readonly interrupted: Outcome | null;
}

/** Transactions of each client that a recovered program goes on for. */
const GO_ON_TRANSACTIONS = 2;
/** How deep recoveries are interrupted. */
const INTERRUPTION_DEPTH_MAX = 2;

/** Explores one program; what it learns of images is kept from backend to backend. */
export class Explorer {
  readonly #trace: CrashTrace;
  readonly #oracle: Oracle;
  readonly #verifier: Verifier;
  readonly #thoroughness: Thoroughness;
  readonly #judged = new Map<number, Judged>();

  constructor(trace: CrashTrace, thoroughness: Thoroughness) {
    this.#trace = trace;
    this.#oracle = new Oracle(trace.recording);
    this.#verifier = new Verifier(trace.recording.subject);
    this.#thoroughness = thoroughness;
  }

  /** How many images were recovered, over everything explored so far. */
  get recoveries(): number {
    return this.#verifier.recoveries;
  }

  /** Explores every machine of `timeline`, or those that hold a mirror, up to the first failure. */
  explore(timeline: Timeline, mirrorsOnly = false): Exploration {
    const seen = new Set<number>();
    const total = { crashPoints: 0, images: 0, interruptedRecoveries: 0 };
    let failure: Failure | null = null;
    for (const [i, machine] of timeline.machines.entries()) {
      if (mirrorsOnly && i === 0) continue;
      const random = new Random(this.#thoroughness.seed, i);
      const sweep = this.#startSweep(machine);
      for (const ps of this.#moments(timeline, machine, random)) {
        sweep.advanceTo(ps, (line) => this.#verifier.floorChanged(line));
        total.crashPoints++;
        const allowed = this.#oracle.allowed(acknowledgedAt(timeline, ps));
        const limit = this.#thoroughness.imagesPerCrash;
        const count = sweep.imageCount(limit + 1);
        for (let image = 0; image < Math.min(count, limit); image++) {
          if (count <= limit) sweep.choose(image, limit + 1);
          else chooseSample(sweep, image, random);
          total.images++;
          const judged = this.#judge(sweep);
          if (!seen.has(sweep.imageHash)) {
            seen.add(sweep.imageHash);
            if (judged.interrupted !== null) total.interruptedRecoveries++;
          }
          if (problemOf(judged, allowed) === null) continue;
          failure = this.#describe(timeline, machine, sweep, ps);
          return { ...total, distinctImages: seen.size, failure };
        }
      }
    }
    return { ...total, distinctImages: seen.size, failure };
  }

  /** One image: what is wrong with it, or null. Throws UsageError if the crash cannot leave it. */
  replay(timeline: Timeline, image: ChosenImage): Failure | null {
    const machine = timeline.machines.find(({ name }) => name === image.machine);
    if (machine === undefined) {
      const names = timeline.machines.map(({ name }) => name).join(', ');
      throw new UsageError(`no machine '${image.machine}'; there are: ${names}`);
    }
    const sweep = this.#startSweep(machine);
    sweep.advanceTo(image.crashPs, (line) => this.#verifier.floorChanged(line));
    try {
      sweep.chooseKept(image.kept.map((one) => lineChoice(machine.history, one)));
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(`--keep: ${error.message}`);
      throw error;
    }
    const allowed = this.#oracle.allowed(acknowledgedAt(timeline, image.crashPs));
    if (problemOf(this.#judge(sweep), allowed) === null) return null;
    return this.#describe(timeline, machine, sweep, image.crashPs);
  }

  #startSweep({ history }: Machine): CrashSweep {
    const sweep = new CrashSweep(history);
    this.#verifier.startFrom(sweep.floor);
    return sweep;
  }

  /** When to crash: right after each change and each acknowledgement, or a seeded sample of them. */
  #moments(timeline: Timeline, { history }: Machine, random: Random): number[] {
    const told = timeline.spans.flat().map(({ acknowledgedPs }) => acknowledgedPs);
    const all = [0, ...history.times(), ...told.filter(Number.isFinite)].sort((x, y) => x - y);
    const moments = all.filter((ps, i) => i === 0 || ps !== all[i - 1]);
    const { crashes } = this.#thoroughness;
    if (moments.length <= crashes) return moments;
    random.shuffle(moments);
    return moments.slice(0, crashes).sort((x, y) => x - y);
  }

  #judge(sweep: CrashSweep): Judged {
    const known = this.#judged.get(sweep.imageHash);
    if (known !== undefined) return known;
    const { seed, goOnOneIn, interruptOneIn } = this.#thoroughness;
    // Drawn from the image itself, so that it does not matter in which order images are met.
    const random = new Random(sweep.imageHash % 2 ** 32, seed);
    const { threads } = this.#trace.recording.subject;
    const transactions = random.below(goOnOneIn) === 0 ? GO_ON_TRANSACTIONS * threads : 0;
    const interrupt = random.below(interruptOneIn) === 0;
    const outcome = this.#verifier.check(sweep, transactions);
    let interrupted: Outcome | null = null;
    if (interrupt && outcome.kind === 'recovered') {
      const depth = random.between(1, INTERRUPTION_DEPTH_MAX);
      interrupted = this.#verifier.checkInterrupted(sweep, random, depth);
    }
    const judged = { outcome, interrupted };
    this.#judged.set(sweep.imageHash, judged);
    return judged;
  }

  /** The failure that `sweep` has chosen, made as small as it can be. */
  #describe(timeline: Timeline, machine: Machine, sweep: CrashSweep, crashPs: number): Failure {
    const acknowledged = acknowledgedAt(timeline, crashPs);
    const allowed = this.#oracle.allowed(acknowledged);
    const fails = (kept: readonly LineChoice[]): boolean => {
      sweep.chooseKept(kept);
      return problemOf(this.#judge(sweep), allowed) !== null;
    };
    const kept = minimise(sweep.kept(), fails);
    sweep.chooseKept(kept);
    const problem = problemOf(this.#judge(sweep), allowed);
    assert(problem !== null, 'a minimised failure fails');
    return {
      machine: machine.name,
      crashPs,
      openLines: sweep.openCount,
      kept: kept.map((choice) => keptLine(machine.history, choice)),
      acknowledged,
      problem,
      expected: [...allowed],
    };
  }
}

/** One image of one machine at one moment. */
export interface ChosenImage {
  readonly machine: string;
  readonly crashPs: number;
  readonly kept: readonly KeptLine[];
}

/** What is wrong with an image, if anything. */
function problemOf({ outcome, interrupted }: Judged, allowed: ReadonlySet<string>): string | null {
  const first = wrong(outcome, allowed);
  if (first !== null) return first;
  const second = interrupted === null ? null : wrong(interrupted, allowed);
  return second === null ? null : `after power failed again during recovery: ${second}`;
}

function wrong(outcome: Outcome, allowed: ReadonlySet<string>): string | null {
  if (outcome.kind === 'broken') return outcome.why;
  return allowed.has(outcome.digest) ? null : `recovered contents ${outcome.digest}`;
}

/** The image with this number of a sample: two corners, then corners but for one line, and draws. */
function chooseSample(sweep: CrashSweep, number: number, random: Random): void {
  if (number < 2) sweep.chooseCorner(number === 1);
  else if (number % 3 === 2) sweep.chooseAllBut(random.below(sweep.openCount), random.chance(0.5));
  else sweep.chooseAtRandom(random, random.between(1, 9) / 10);
}
