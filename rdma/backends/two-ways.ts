/**
 * Learns which of two ways is quicker for each type of transaction, while the program runs: from the times that
 * transactions took, from begin to acknowledgement, and from nothing else. All cores learn together. Way 0 is
 * taken unless way 1 is quicker for certain: by more than twice the standard error of the difference.
 *
 * The way that is not taken is tried once in a while. What that costs is bounded: all trials together, with what
 * the next is expected to take, stay within 2 % of the time of all transactions.
 * Of the first trial of a type nothing is expected, so it may go beyond, and nothing is tried until the share is
 * within it again. Trials that change nothing become rarer. What a trial costs others, that wait for a lock or a
 * DIMM behind it, nobody counts.
 *
 * Cores that share a queue pair share one way too: what is posted one way beside what is posted the other
 * would need a fence at every turn. There, a transaction that tries takes all cores with it while it runs, and
 * types are not told apart. All of their time is the trial's then, so even the first waits until the share has
 * room for six times what they take.
 */

import type { Chooser } from '../backend.ts';

/** Transactions of a type before the first trial, and between two of the first row of trials. */
const BEFORE_FIRST_TRIAL = 4;
const BETWEEN_TRIALS = 8;
/** Trials in a row that change nothing, after which those that follow come half as often. */
const TRIALS_IN_ROW = 8;
/** Of the time of all transactions, what trials may take. */
const TRIAL_SHARE = 0.02;
/** How many times as long a way takes that all cores must try and that none has, as far as anybody fears. */
const FEARED_TIMES = 6;
/** A mean of fewer transactions is not certain. */
const LEAST_SEEN = 8;
const CERTAIN_ERRORS = 2;

type Way = 0 | 1;

const other = (way: Way): Way => (way === 0 ? 1 : 0);

/** The times of transactions, in ps: their mean, and their variance by Welford's method. */
class Times {
  count = 0;
  mean = 0;
  #squares = 0;

  add(ps: number): void {
    this.count++;
    const off = ps - this.mean;
    this.mean += off / this.count;
    this.#squares += off * (ps - this.mean);
  }

  /** The square of the mean's standard error. */
  get error2(): number {
    return this.#squares / (this.count - 1) / this.count;
  }
}

/** A type of transactions. */
class Known {
  readonly times = [new Times(), new Times()] as const;
  taken: Way = 0;
  sinceTrial = 0;
  /** Trials since another way was taken. */
  trials = 0;

  /** Transactions between two trials. */
  get interval(): number {
    if (this.trials === 0 && this.times[1].count === 0) return BEFORE_FIRST_TRIAL;
    return BETWEEN_TRIALS * 2 ** Math.floor(this.trials / TRIALS_IN_ROW);
  }

  decide(): void {
    const [first, second] = this.times;
    if (Math.min(first.count, second.count) < LEAST_SEEN) return;
    const error = Math.sqrt(first.error2 + second.error2);
    const quicker = second.mean + CERTAIN_ERRORS * error < first.mean ? 1 : 0;
    if (quicker !== this.taken) this.trials = 0;
    this.taken = quicker;
  }

  /** What the other way is expected to take: so many times what this one does, if it was never tried. */
  trialPs(untried: number): number {
    const untaken = this.times[other(this.taken)];
    return untaken.count === 0 ? untried * this.times[this.taken].mean : untaken.mean;
  }
}

interface Transaction {
  readonly known: Known;
  readonly way: Way;
  readonly isTrial: boolean;
  /** Another core's trial fell into it, so that it tells nothing of a way. */
  isMixed: boolean;
  atPs: number;
  tookPs: number;
}

/** What one core has begun: in it now, ended and not acknowledged, and not learned from yet. */
interface Lane {
  open: Transaction | undefined;
  readonly ended: Transaction[];
  readonly acknowledged: Transaction[];
}

export class TwoWays implements Chooser {
  readonly #lanes: readonly Lane[];
  readonly #shared: boolean;
  readonly #types = new Map<number, Known>();
  /** Of all cores, where they share a way. */
  #trial: Transaction | undefined;
  #tookPs = 0;
  #triedPs = 0;

  constructor(cores: number, sharesQueuePair: boolean) {
    this.#lanes = Array.from({ length: cores }, () => ({
      open: undefined,
      ended: [],
      acknowledged: [],
    }));
    this.#shared = sharesQueuePair;
  }

  begin(core: number, type: number, atPs: number): void {
    const lane = this.#lanes[core];
    while (lane.acknowledged.length > 0 && lane.acknowledged[0].atPs <= atPs) {
      this.#learn(lane.acknowledged.shift() as Transaction);
    }
    const known = this.#known(this.#shared ? 0 : type);
    const isTrial = this.#mayTry(known);
    const way = isTrial ? other(known.taken) : known.taken;
    const isMixed = this.#trial !== undefined;
    if (isTrial && this.#shared) this.#mixOpen();
    lane.open = { known, way, isTrial, isMixed, atPs: 0, tookPs: 0 };
    if (isTrial && this.#shared) this.#trial = lane.open;
  }

  end(core: number): void {
    const lane = this.#lanes[core];
    if (lane.open === undefined) return;
    if (lane.open === this.#trial) this.#trial = undefined;
    lane.ended.push(lane.open);
    lane.open = undefined;
  }

  acknowledged(core: number, atPs: number, tookPs: number): void {
    const { ended, acknowledged } = this.#lanes[core];
    const transaction = ended.shift();
    if (transaction === undefined) return;
    acknowledged.push(Object.assign(transaction, { atPs, tookPs }));
  }

  wayOf(core: number): number {
    if (!this.#shared) return this.#lanes[core].open?.way ?? 0;
    return this.#trial?.way ?? this.#known(0).taken;
  }

  #known(type: number): Known {
    const known = this.#types.get(type) ?? new Known();
    this.#types.set(type, known);
    return known;
  }

  #mayTry(known: Known): boolean {
    const cores = this.#shared ? this.#lanes.length : 1;
    if (known.sinceTrial++ < cores * known.interval || this.#trial !== undefined) return false;
    const trialPs = cores * known.trialPs(this.#shared ? FEARED_TIMES : 0);
    if (this.#triedPs + trialPs > TRIAL_SHARE * this.#tookPs) return false;
    known.sinceTrial = 0;
    known.trials++;
    return true;
  }

  #learn({ known, way, isTrial, isMixed, tookPs }: Transaction): void {
    this.#tookPs += tookPs;
    if (isTrial || isMixed) this.#triedPs += tookPs;
    if (isMixed) return;
    known.times[way].add(tookPs);
    const before = known.taken;
    known.decide();
    if (this.#shared && known.taken !== before) this.#mixOpen();
  }

  /** Cores that share a way change it in the middle of their transactions. */
  #mixOpen(): void {
    for (const { open } of this.#lanes) if (open !== undefined) open.isMixed = true;
  }
}
