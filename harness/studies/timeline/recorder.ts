/**
 * Records a mirror in the window of the chosen transactions. Until that begins only what may reach into
 * it is kept, and nothing that begins after it. So a window of a long run takes the memory of the window.
 */

import type { TimePart } from '../../../rdma/index.ts';
import type { MirrorObserver, MirrorReport } from '../../../rdma/mirror.ts';
import { FailureError } from '../../host/index.ts';
import { MessageTracker } from './message-tracker.ts';
import type {
  Choice,
  Fence,
  Fill,
  Message,
  Queued,
  Slice,
  Timeline,
  Transaction,
  WriteBack,
} from './timeline.ts';

/** Records of a window; more than these no viewer shows, and few machines hold. */
const RECORDS_MAX = 500_000;

/** Records before what is over is looked for. */
const PRUNE_FROM = 4096;

/** Records of one kind, in the order in which they were told. */
class Log<T> {
  items: T[] = [];
  #pruneAt = PRUNE_FROM;
  readonly #endOf: (item: T) => number;

  /** `endOf`: when a record is over. */
  constructor(endOf: (item: T) => number) {
    this.#endOf = endOf;
  }

  /** Adds a record, and drops some that were over at `neededFromPs`. */
  add(item: T, neededFromPs: number): void {
    this.items.push(item);
    if (this.items.length < this.#pruneAt) return;
    this.drop(neededFromPs);
    if (this.items.length > RECORDS_MAX) {
      throw new FailureError(
        `the chosen transactions hold more than ${RECORDS_MAX} messages or parts of time of a core: ` +
          'choose fewer of them with --transactions',
      );
    }
    this.#pruneAt = Math.max(PRUNE_FROM, 2 * this.items.length);
  }

  /** Drops what was over at `neededFromPs`. */
  drop(neededFromPs: number): void {
    this.items = this.items.filter((item) => this.#endOf(item) > neededFromPs);
  }
}

type Timed = { readonly fromPs: number; readonly toPs: number };
const endOf = ({ toPs }: Timed): number => toPs;

/** What is recorded of one core. */
class CoreLog {
  readonly slices = new Log<{ -readonly [K in keyof Slice]: Slice[K] }>(endOf);
  readonly transactions = new Log<Transaction>(({ endPs }) => endPs);
  readonly fences = new Log<Fence>(({ atPs }) => atPs);
  readonly writeBacks = new Log<WriteBack>(endOf);
  readonly fills = new Log<Fill>(endOf);
  /** Transactions that it has ended in the measured part. */
  ended = 0;
  /** A boundary that no slice extends across. */
  boundaryPs = 0;
}

const NEVER = Number.POSITIVE_INFINITY;
const logs = <T>(count: number, make: () => T): readonly T[] => Array.from({ length: count }, make);

/** Records what a mirror of so many cores and replicas tells. */
export class Recorder extends MessageTracker implements MirrorObserver {
  readonly #choice: Choice;
  readonly #cores: readonly CoreLog[];
  readonly #messages: Log<Message>;
  readonly #primaryQueue = new Log<Queued>(endOf);
  readonly #replicaQueues: readonly Log<Queued>[];
  #chosen: Transaction[] = [];
  /** The window. Of what is told now, only what is not over before `#fromPs` is needed. */
  #fromPs = 0;
  #toPs = NEVER;
  #isOpen = false;
  #measuredFromPs = NEVER;

  constructor(cores: number, replicas: number, choice: Choice) {
    super(cores, replicas, (message) => {
      if (message.postedPs < this.#toPs) this.#messages.add(message, this.#fromPs);
    });
    this.#choice = choice;
    this.#cores = logs(cores, () => new CoreLog());
    this.#messages = new Log(endOfMessage);
    this.#replicaQueues = logs(replicas, () => new Log<Queued>(endOf));
  }

  onMeasure(atPs: number): void {
    this.#measuredFromPs = atPs;
    this.#fromPs = atPs;
    this.#toPs = NEVER;
    this.#isOpen = this.#choice.first === 1;
    this.#chosen = [];
    for (const core of this.#cores) {
      core.ended = 0;
      core.boundaryPs = atPs;
      for (const log of [core.slices, core.transactions, core.fences]) log.drop(atPs);
    }
  }

  onTime(core: number, part: TimePart, fromPs: number, toPs: number): void {
    const { slices, boundaryPs } = this.#cores[core];
    if (fromPs < this.#toPs) {
      const last = slices.items.at(-1);
      if (last?.part === part && last.toPs === fromPs && fromPs > boundaryPs) last.toPs = toPs;
      else slices.add({ part, fromPs, toPs }, this.#fromPs);
    }
    if (core === this.#choice.thread && !this.#isOpen) this.#fromPs = toPs;
  }

  onTransactionBegin(core: number, _type: number, atPs: number): void {
    const { ended } = this.#cores[core];
    this.#cores[core].boundaryPs = atPs;
    if (core !== this.#choice.thread || this.#toPs < NEVER) return;
    if (this.#measuredFromPs === NEVER) return;
    if (!this.#isOpen && ended + 1 === this.#choice.first) {
      this.#isOpen = true;
      this.#fromPs = atPs;
    }
    // What comes behind the last transaction of all belongs to the window of that.
    const last = this.#chosen.at(-1);
    if (last?.number === this.#choice.last) this.#toPs = last.endPs;
  }

  onTransaction(core: number, type: number, beginPs: number, endPs: number): void {
    const log = this.#cores[core];
    const number = ++log.ended;
    const transaction = { core, number, type, beginPs, endPs };
    log.boundaryPs = endPs;
    if (beginPs < this.#toPs) log.transactions.add(transaction, this.#fromPs);
    const { thread, first, last } = this.#choice;
    if (core === thread && number >= first && number <= last) this.#chosen.push(transaction);
  }

  onAccepted(core: number, line: number, fromPs: number, toPs: number): void {
    if (fromPs >= this.#toPs) return;
    this.#cores[core].writeBacks.add({ line, fromPs, toPs }, this.#fromPs);
  }

  onFill(core: number, buffer: number, fromPs: number, toPs: number): void {
    if (fromPs >= this.#toPs) return;
    this.#cores[core].fills.add({ buffer, fromPs, toPs }, this.#fromPs);
  }

  override onQueued(
    machine: number,
    line: number,
    reached: number,
    fromPs: number,
    toPs: number,
  ): void {
    super.onQueued(machine, line, reached, fromPs, toPs);
    if (fromPs >= this.#toPs) return;
    const queue = machine < 0 ? this.#primaryQueue : this.#replicaQueues[machine];
    queue.add({ fromPs, toPs }, this.#fromPs);
  }

  onFenceDone(core: number, durability: boolean, atPs: number): void {
    const log = this.#cores[core];
    log.boundaryPs = atPs;
    if (atPs <= this.#toPs) log.fences.add({ durability, atPs }, this.#fromPs);
  }

  /**
   * What was recorded, once the run has ended. The first transaction's window begins where the measured
   * part does, and that of the last of all ends where it ends; so of a whole run nothing is missing.
   * Undefined if the core has not run all that is chosen.
   */
  timeline({ elapsedPs }: MirrorReport): Timeline | undefined {
    const { first, last } = this.#choice;
    if (this.#chosen.length < (last === NEVER ? 1 : last - first + 1)) return undefined;
    const window = {
      fromPs: this.#fromPs,
      toPs: Math.min(this.#toPs, this.#measuredFromPs + elapsedPs),
    };
    return {
      ...window,
      cores: this.#cores.map((core) => ({
        slices: clipped(core.slices.items, window),
        transactions: core.transactions.items.filter(
          ({ beginPs, endPs }) => endPs > window.fromPs && beginPs < window.toPs,
        ),
        fences: core.fences.items.filter(({ atPs }) => atPs > window.fromPs && atPs <= window.toPs),
        writeBacks: overlapping(core.writeBacks.items, window),
        fills: overlapping(core.fills.items, window),
      })),
      messages: this.#messages.items.filter(
        (message) => message.postedPs < window.toPs && endOfMessage(message) > window.fromPs,
      ),
      primaryQueue: overlapping(this.#primaryQueue.items, window),
      replicaQueues: this.#replicaQueues.map(({ items }) => overlapping(items, window)),
      chosen: this.#chosen,
    };
  }

  /** Measured transactions that a core has ended. */
  endedBy(core: number): number {
    return this.#cores[core]?.ended ?? 0;
  }
}

/** When nothing more happens to a message. */
function endOfMessage({ freePs, durablePs, satisfiedPs }: Message): number {
  return Math.max(freePs, Math.min(durablePs, satisfiedPs));
}

function overlapping<T extends Timed>(items: readonly T[], { fromPs, toPs }: Timed): T[] {
  return items.filter((one) => one.toPs > fromPs && one.fromPs < toPs);
}

function clipped<T extends Timed>(items: readonly T[], window: Timed): T[] {
  return overlapping(items, window).map((one) => ({
    ...one,
    fromPs: Math.max(one.fromPs, window.fromPs),
    toPs: Math.min(one.toPs, window.toPs),
  }));
}
