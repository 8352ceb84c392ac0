/**
 * Transactions of each core that are not yet acknowledged, where a client need not wait for each before it
 * begins the next. Two ways, which may be combined:
 *
 *   inflight  a durability point asks for durability and does not wait, until so many are asked for and not
 *             answered; then it waits for the oldest. It orders what comes behind it as an ordering
 *             point does, so a design that orders by waiting has nothing to gain;
 *   group     so many transactions have one durability point together; those of the others are ordering points.
 *
 * A transaction is acknowledged when a durability point at or behind its own last one is answered by every
 * replica, and all transactions of its core before it are acknowledged.
 *
 * Not modelled: a limit on how long a group waits to be full; what it costs a client to be told.
 */

import type { Chooser } from './backend.ts';
import type { MirrorObserver } from './mirror.ts';
import type { Core } from './primary/core.ts';

/** What a durability point does. */
export type PointMode = 'await' | 'ask' | 'order';

/** A durability point that was asked for. */
interface Commit {
  /** Answers to so many of its core's requests, its own among them, make it durable. */
  readonly asks: number;
  /** Transactions of the core that it covers, the first ones; the last may not have ended. */
  covered: number;
  /** Durable no earlier, whatever is answered. */
  readonly leastPs: number;
  /** When the core knows that it is durable; NaN: not known yet. */
  knownPs: number;
}

interface Ended {
  readonly type: number;
  readonly beginPs: number;
  readonly endPs: number;
  /** It had no durability point, and waits only for those before it. */
  readonly isFree: boolean;
}

/** What is on its way for one core. */
class Lane {
  asks = 0;
  /** By replica, answers so far. */
  readonly answers: Float64Array;
  /** Of the requests not yet answered by all: when the last answer so far is here, and how many lack. */
  readonly latest: { ps: number; left: number }[] = [];
  answered = 0;
  answeredPs = 0;
  readonly commits: Commit[] = [];
  /** Transactions that have ended and are not acknowledged; those before are. */
  readonly ended: Ended[] = [];
  acknowledged = 0;
  acknowledgedPs = 0;
  /** Transactions that are durable as far as is known, the first ones, and when that was known. */
  durable = 0;
  durablePs = 0;
  /** What the last durability point of the transaction did; none, if undefined. */
  mode: PointMode | undefined;
  /** Transactions that have ended whose durability points were ordering points. */
  gathered = 0;
  /** What the core waits for. */
  awaited: Commit | null = null;

  constructor(replicas: number) {
    this.answers = new Float64Array(replicas);
  }

  get endedCount(): number {
    return this.acknowledged + this.ended.length;
  }
}

export interface InFlightOptions {
  readonly cores: number;
  readonly replicas: number;
  /** Requests for durability that a client may have unanswered, from 1. */
  readonly inflight: number;
  /** Transactions that have one durability point, from 1. */
  readonly group: number;
  /** The design orders without waiting, so that it may go on before an answer. */
  readonly mayAsk: boolean;
  readonly chooser: Chooser | undefined;
  readonly observer: MirrorObserver | undefined;
}

export class InFlight {
  readonly #lanes: readonly Lane[];
  readonly #options: InFlightOptions;

  constructor(options: InFlightOptions) {
    this.#options = options;
    this.#lanes = Array.from({ length: options.cores }, () => new Lane(options.replicas));
  }

  /** What the durability point does that `core` comes to. */
  modeAt(core: Core): PointMode {
    const { inflight, group, mayAsk } = this.#options;
    // Outside of transactions nothing is acknowledged later.
    if (core.txDepth === 0) return 'await';
    const lane = this.#lanes[core.index];
    // What was durable of this transaction is not all of it: its last durability point is what counts.
    const last = lane.commits.at(-1);
    if (last !== undefined) last.covered = Math.min(last.covered, lane.endedCount);
    lane.durable = Math.min(lane.durable, lane.endedCount);
    if (lane.gathered + 1 < group) lane.mode = 'order';
    else lane.mode = mayAsk && inflight > 1 ? 'ask' : 'await';
    return lane.mode;
  }

  /** `core` asks every replica for an answer. */
  ask(core: number): void {
    const lane = this.#lanes[core];
    lane.asks++;
    lane.latest.push({ ps: 0, left: this.#options.replicas });
  }

  /** `replica` answers the oldest request that it has not; the core has that at `backPs`. */
  answered(core: number, replica: number, backPs: number): void {
    const lane = this.#lanes[core];
    const request = lane.latest[lane.answers[replica]++ - lane.answered];
    request.ps = Math.max(request.ps, backPs);
    request.left--;
    while (lane.latest.length > 0 && lane.latest[0].left === 0) {
      lane.answeredPs = Math.max(lane.answeredPs, lane.latest[0].ps);
      lane.latest.shift();
      lane.answered++;
      this.#settle(core, lane);
    }
  }

  /**
   * `core` is past a durability point that asked, or had nothing to ask for, and is durable no earlier than
   * `replicasPs`. What it must wait for: until then, NaN if that is not known yet, or nothing (0).
   */
  asked(core: Core, replicasPs: number): number {
    const lane = this.#lanes[core.index];
    const { asks, commits } = lane;
    // A group is not durable before the core has come to its durability point, if no replica has anything to say.
    const leastPs = Math.max(replicasPs, core.clock);
    commits.push({ asks, covered: lane.endedCount + 1, leastPs, knownPs: Number.NaN });
    lane.gathered = 0;
    this.#settle(core.index, lane);
    while (commits.length > 0 && commits[0].knownPs <= core.clock) commits.shift();
    const { inflight } = this.#options;
    if (commits.length < inflight) return 0;
    lane.awaited = commits[commits.length - inflight];
    return lane.awaited.knownPs;
  }

  /** When `core`, which waits for a durability point, has it; NaN while that is not known. */
  awaitedPs(core: number): number {
    return this.#lanes[core].awaited?.knownPs ?? Number.NaN;
  }

  /** `core` has waited for all that it asked: a durability point is over. */
  waited(core: Core): void {
    const lane = this.#lanes[core.index];
    lane.commits.length = 0;
    lane.gathered = 0;
    lane.durable = lane.endedCount + (core.txDepth > 0 ? 1 : 0);
    lane.durablePs = core.clock;
    this.#acknowledge(core.index, lane);
  }

  /** A transaction of `core` has ended. */
  ended(core: Core): void {
    const lane = this.#lanes[core.index];
    const { txType: type, txBegin: beginPs, clock: endPs } = core;
    lane.ended.push({ type, beginPs, endPs, isFree: lane.mode === undefined });
    if (lane.mode === 'order') lane.gathered++;
    lane.mode = undefined;
    this.#acknowledge(core.index, lane);
  }

  /** Whether transactions of `core` have ended that are not known to be acknowledged by now. */
  isOpen({ index, clock }: Core): boolean {
    const { ended, acknowledgedPs } = this.#lanes[index];
    return ended.length > 0 || acknowledgedPs > clock;
  }

  /** When all that `core` asked for is durable, as far as that is known. */
  knownPs(core: number): number {
    const { commits } = this.#lanes[core];
    return commits.reduce((last, { knownPs }) => (knownPs > last ? knownPs : last), 0);
  }

  /** Finds out which durability points are answered. */
  #settle(core: number, lane: Lane): void {
    for (const commit of lane.commits) {
      if (commit.asks > lane.answered) break;
      if (!Number.isNaN(commit.knownPs)) continue;
      commit.knownPs = Math.max(commit.leastPs, lane.answeredPs, lane.durablePs);
      lane.durable = commit.covered;
      lane.durablePs = commit.knownPs;
    }
    this.#acknowledge(core, lane);
  }

  /** Acknowledges what has ended and is durable, in order. */
  #acknowledge(core: number, lane: Lane): void {
    const { chooser, observer } = this.#options;
    while (lane.ended.length > 0 && (lane.acknowledged < lane.durable || lane.ended[0].isFree)) {
      const { type, beginPs, endPs, isFree } = lane.ended[0];
      lane.ended.shift();
      lane.acknowledged++;
      const durablePs = isFree ? 0 : lane.durablePs;
      lane.acknowledgedPs = Math.max(lane.acknowledgedPs, endPs, durablePs);
      chooser?.acknowledged(core, lane.acknowledgedPs, lane.acknowledgedPs - beginPs);
      observer?.onTransaction?.(core, type, beginPs, lane.acknowledgedPs);
      observer?.onAcknowledged?.(core, lane.acknowledged, lane.acknowledgedPs);
    }
  }
}
