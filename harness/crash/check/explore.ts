/**
 * Explores crashes of one program under one backend: at each moment at which anything changes on
 * any machine, or a seeded sample of them, the images that a power failure allows on every machine
 * (images/choose.ts says which). Each is recovered, verified and compared with the oracle.
 *
 * Every machine is crashed at the same moments, so each moment stands for a crash of the primary, of
 * each replica, and of any of them at once. A crash of several at t leaves a pair (or more) of images,
 * one of those that each machine allows at t. What must hold of a pair is that each of them recovers,
 * to contents with every transaction acknowledged by t and nothing half-done: a condition on each
 * image and t, not on the two together. So all pairs at t hold exactly if all images of each machine
 * at t hold, and that is what is looked at. (Which images can meet in a pair does not matter: each
 * is in one. That the two agree on transactions in flight is not asked: they were not acknowledged,
 * and the machine that resumes is copied to the other.)
 *
 * Two images with the same bytes are recovered once, whichever machine, moment or backend they come
 * from; whether the contents are allowed is asked each time. Images are told apart by 53-bit hashes:
 * among a million different ones a collision, which would hide one, has a chance of 1 in 18 000.
 *
 * A share of the recovered programs resumes. What they hold then depends on what they recovered and
 * on the requests, which recovery starts anew; so it must be what a program holds that was shut down
 * with those contents, recovered, and resumed alike. That one never crashed.
 *
 * A share of the recoveries is interrupted by a further power failure, of those half a second time;
 * images that the last failure leaves are recovered and compared, and some resume, as the others. On a
 * takeover (see failover.ts) the interrupted recovery starts from an image that is durable as a whole:
 * the new primary writes back and fences all that is readable before it recovers. A failure in that
 * step leaves what a power failure of that replica leaves, which is looked at as such.
 *
 * A replica that is behind a quorum of the others is not looked at (see timeline.ts).
 *
 * Not explored: other interleavings of the clients than the one that the cell's virtual time gives
 * (another seed, profile or backend gives another, though never other grants of a lock). Nor, of
 * takeovers with several queue pairs, lines that a fence held in the replica's NIC when the primary
 * died, and that come in then. With one queue pair that is a later crash; with one per core, the
 * later crash also has what other cores sent in the meantime.
 */

import assert from 'node:assert';
import { ascendingOnce } from '../../../pm/columns.ts';
import { CrashSweep, type LineChoice } from '../../../pm/crash/crash-sweep.ts';
import { Random } from '../../../pm/random.ts';
import { UsageError } from '../../host/index.ts';
import type { Place } from '../bugs/mutations.ts';
import type { CrashTrace } from '../history/recorded-trace.ts';
import {
  type Acknowledged,
  acknowledgedAt,
  isBehind,
  isSpread,
  type Timeline,
} from '../history/timeline.ts';
import type { CrashedMachine } from '../history/timeline-observer.ts';
import { chooseImage, countImages, lookedAt } from '../images/choose.ts';
import { type Failure, type KeptLine, keptLine, lineChoice, SPREAD } from './failure.ts';
import { hasResumed, Judge, type Judged, type Thoroughness } from './judge.ts';
import { minimise } from './minimise.ts';
import { Oracle } from './oracle.ts';
import type { RecoveryOutcome } from './verifier.ts';

/** How much was looked at. */
export interface ExplorationCounts {
  /** Moments at which anything changes on any machine, and those of them that are crashes. */
  moments: number;
  momentsCrashed: number;
  /** Machines, and kinds of crash of each, that crash at each moment. */
  machines: number;
  /** Crashes of one machine at one moment, up to the first failure if there is one. */
  crashPoints: number;
  /** Those of them of which every image that is allowed was looked at. */
  crashPointsExhausted: number;
  /** Transactions acknowledged at the latest of them: every image there must hold as many. */
  acknowledged: number;
  images: number;
  distinctImages: number;
  /** Of the different images: those that were interrupted in recovery, and those twice. */
  interruptedRecoveries: number;
  interruptedTwice: number;
  /** Of the different images: those that resumed, and those that did so after an interruption. */
  resumed: number;
  resumedInterrupted: number;
  /** Times that a recovery was run; none for duplicates, under another backend. */
  recoveries: number;
}

/** What was looked at, and the first thing found wrong. */
export interface Exploration extends Readonly<ExplorationCounts> {
  readonly failure: Failure | null;
}

const NO_IMAGE = {
  interruptedRecoveries: 0,
  interruptedTwice: 0,
  resumed: 0,
  resumedInterrupted: 0,
  crashPointsExhausted: 0,
} as const;
const ONE_IMAGE = {
  ...NO_IMAGE,
  moments: 1,
  momentsCrashed: 1,
  machines: 1,
  crashPoints: 1,
  images: 1,
  distinctImages: 1,
} as const;

/** Images of one system that are told apart, at most: more count as duplicates. */
const SEEN_MAX = 2 ** 21;

/** What the crashes of a machine are drawn from, and counted into. */
interface Under {
  readonly random: Random;
  readonly coverage: ExplorationCounts;
  /** Hashes of the images so far. */
  readonly seen: Set<number>;
}

/** Explores one program; what it learns of images is kept from backend to backend, and from job to job. */
export class Explorer {
  readonly #oracle: Oracle;
  readonly #judge: Judge;
  readonly #thoroughness: Thoroughness;

  /** `unrecovered`: left out of what recoveries persist that are interrupted, a seeded bug. */
  constructor(trace: CrashTrace, thoroughness: Thoroughness, unrecovered?: Place) {
    const { recording } = trace;
    this.#oracle = new Oracle(recording);
    this.#judge = new Judge(recording.subject, thoroughness, unrecovered);
    this.#thoroughness = thoroughness;
  }

  /** Counts recoveries as if no image had been met before. */
  startJob(): void {
    this.#judge.startJob();
  }

  /** Explores every machine of `timeline`, or those that hold a mirror, up to the first failure. */
  explore(timeline: Timeline, mirrorsOnly = false): Exploration {
    const machines = timeline.machines.slice(mirrorsOnly ? 1 : 0);
    const moments = momentsOf(timeline, machines);
    const chosen = this.#sampled(moments, timeline);
    const coverage: ExplorationCounts = {
      ...NO_IMAGE,
      moments: moments.length,
      momentsCrashed: chosen.length,
      machines: machines.length,
      crashPoints: 0,
      acknowledged: 0,
      images: 0,
      distinctImages: 0,
      recoveries: 0,
    };
    const seen = new Set<number>();
    const recoveriesBefore = this.#judge.recoveries;
    const spreadPs = chosen.find((ps) => isSpread(timeline, ps));
    let failure = spreadPs === undefined ? null : this.#describeSpread(timeline, spreadPs);
    for (const [i, machine] of machines.entries()) {
      const random = new Random(this.#thoroughness.seed, i + 1);
      const sweep = this.#startSweep(machine);
      for (let at = 0; at < chosen.length && failure === null; at++) {
        const ps = chosen[at];
        if (isBehind(machine, ps)) continue;
        sweep.advanceTo(ps, (line) => this.#judge.floorChanged(line));
        const fails = this.#crash(sweep, acknowledgedAt(timeline, ps), { random, coverage, seen });
        if (fails) failure = this.#describe(timeline, machine, sweep, ps);
      }
    }
    coverage.distinctImages = seen.size;
    coverage.recoveries = this.#judge.recoveries - recoveriesBefore;
    return { ...coverage, failure };
  }

  /** The images of one machine at the moment that `sweep` is at; whether one, left chosen, fails. */
  #crash(
    sweep: CrashSweep,
    acknowledged: Acknowledged,
    { random, coverage, seen }: Under,
  ): boolean {
    const images = countImages(sweep, this.#thoroughness.imagesPerCrash);
    coverage.crashPoints++;
    coverage.acknowledged = Math.max(coverage.acknowledged, sum(acknowledged.least));
    if (images.count <= images.limit) coverage.crashPointsExhausted++;
    for (let image = 0; image < lookedAt(images); image++) {
      chooseImage(sweep, image, images, random);
      coverage.images++;
      const judged = this.#judge.of(sweep);
      if (!seen.has(sweep.imageHash) && seen.size < SEEN_MAX) {
        seen.add(sweep.imageHash);
        countIn(coverage, judged);
      }
      if (this.#problemOf(judged, acknowledged) !== null) return true;
    }
    return false;
  }

  /** Looks at one image. Throws UsageError if the crash cannot leave it. */
  replay(timeline: Timeline, image: ChosenImage): Exploration {
    const machine = timeline.machines.find(({ name }) => name === image.machine);
    if (machine === undefined) {
      const names = timeline.machines.map(({ name }) => name).join(', ');
      throw new UsageError(`no machine '${image.machine}'; there are: ${names}`);
    }
    if (isBehind(machine, image.crashPs)) {
      throw new UsageError(
        `${machine.name} is behind then: others answered what a core waited for, so that nobody recovers from it`,
      );
    }
    const sweep = this.#startSweep(machine);
    sweep.advanceTo(image.crashPs, (line) => this.#judge.floorChanged(line));
    try {
      sweep.chooseKept(image.kept.map((one) => lineChoice(machine.history, one)));
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(`--keep: ${error.message}`);
      throw error;
    }
    const acknowledged = acknowledgedAt(timeline, image.crashPs);
    const recoveriesBefore = this.#judge.recoveries;
    const fails = this.#problemOf(this.#judge.of(sweep), acknowledged) !== null;
    const failure = fails ? this.#describe(timeline, machine, sweep, image.crashPs) : null;
    const recoveries = this.#judge.recoveries - recoveriesBefore;
    return { ...ONE_IMAGE, acknowledged: sum(acknowledged.least), recoveries, failure };
  }

  #startSweep({ history }: CrashedMachine): CrashSweep {
    const sweep = new CrashSweep(history);
    this.#judge.startFrom(sweep.floor);
    return sweep;
  }

  /**
   * `moments`, or a seeded sample if there are more than are asked for: one of each stretch of equally
   * many, so that none is left out. In some it is the last acknowledgement.
   */
  #sampled(moments: Float64Array, timeline: Timeline): Float64Array {
    const { seed, crashes } = this.#thoroughness;
    if (moments.length <= crashes) return moments;
    const random = new Random(seed, 0);
    const acknowledged = new Set(acknowledgements(timeline));
    const share = moments.length / crashes;
    return Float64Array.from({ length: crashes }, (_, i) => {
      const stretch = moments.subarray(Math.floor(i * share), Math.floor((i + 1) * share));
      // In every other stretch, so that transactions are crashed half-way too; and in the last.
      const preferred = i % 2 === 1 || i === crashes - 1;
      const last = preferred ? stretch.findLast((ps) => acknowledged.has(ps)) : undefined;
      return last ?? stretch[random.below(stretch.length)];
    });
  }

  /** The failure that `sweep` has chosen, made as small as it can be. */
  #describe(
    timeline: Timeline,
    machine: CrashedMachine,
    sweep: CrashSweep,
    crashPs: number,
  ): Failure {
    const acknowledged = acknowledgedAt(timeline, crashPs);
    const problemOf = (kept: readonly LineChoice[]): string | null => {
      sweep.chooseKept(kept);
      return this.#problemOf(this.#judge.of(sweep), acknowledged);
    };
    const kept = minimise(sweep.kept(), (part) => problemOf(part) !== null);
    const problem = problemOf(kept);
    assert(problem !== null, 'a minimised failure fails');
    return {
      machine: machine.name,
      crashPs,
      openLines: sweep.openCount,
      kept: kept.map((choice) => keptLine(machine.history, choice)),
      acknowledged,
      problem,
      expected: [...this.#oracle.allowed(acknowledged)],
    };
  }

  /** That no replica holds all that was acknowledged. */
  #describeSpread(timeline: Timeline, crashPs: number): Failure {
    const acknowledged = acknowledgedAt(timeline, crashPs);
    return {
      machine: SPREAD,
      crashPs,
      openLines: 0,
      kept: [],
      acknowledged,
      problem:
        'each replica lacks what another one has answered: no single one holds all that was ' +
        'acknowledged (queue pairs shared by all cores, or a larger quorum, keep one that does)',
      expected: [...this.#oracle.allowed(acknowledged)],
    };
  }

  /** What is wrong with an image, if anything. */
  #problemOf({ outcome, interrupted }: Judged, acknowledged: Acknowledged): string | null {
    const first = this.#wrong(outcome, acknowledged);
    if (first !== null) return first;
    for (const again of interrupted?.outcomes ?? []) {
      const second = this.#wrong(again, acknowledged);
      if (second !== null) return `after power failed again during recovery: ${second}`;
    }
    return null;
  }

  #wrong(outcome: RecoveryOutcome, acknowledged: Acknowledged): string | null {
    if (outcome.kind === 'broken') return outcome.why;
    const { digest, resumed } = outcome;
    if (!this.#oracle.allowed(acknowledged).has(digest)) return `recovered contents ${digest}`;
    if (resumed === null) return null;
    const expected = this.#digestResumed(digest, acknowledged);
    if (resumed === expected) return null;
    return `recovered contents ${digest}, then resumed to ${resumed} instead of ${expected}`;
  }

  /** What a program that holds allowed contents `digest` resumes to. */
  #digestResumed(digest: string, acknowledged: Acknowledged): string {
    const counts = this.#oracle.matching(acknowledged, digest);
    assert(counts !== undefined, 'allowed contents are those of some transactions');
    return this.#oracle.digestResumed(counts, this.#judge.resumedTransactions);
  }
}

/** One image of one machine at one moment. */
export interface ChosenImage {
  readonly machine: string;
  readonly crashPs: number;
  readonly kept: readonly KeptLine[];
}

/** Right after each change on any of `machines` and each acknowledgement; ascending, each once. */
function momentsOf(timeline: Timeline, machines: readonly CrashedMachine[]): Float64Array {
  const changes = machines.map(({ history }) => history.times());
  return ascendingOnce([Float64Array.of(0, ...acknowledgements(timeline)), ...changes]);
}

function acknowledgements({ spans }: Timeline): number[] {
  return spans.flat().map(({ acknowledgedPs }) => acknowledgedPs);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Counts what was done with an image that is no duplicate. */
function countIn(coverage: ExplorationCounts, { outcome, interrupted }: Judged): void {
  if (hasResumed(outcome)) coverage.resumed++;
  if (interrupted === null) return;
  coverage.interruptedRecoveries++;
  if (interrupted.times > 1) coverage.interruptedTwice++;
  if (interrupted.outcomes.some(hasResumed)) coverage.resumedInterrupted++;
}
