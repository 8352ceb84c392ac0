/**
 * Everything beyond the primary's cores: its NIC and link, and the replicas, as one queue of events.
 * Also what a core knows of its send queues. There is a queue pair to each replica for each core, or
 * one for all cores, numbered owner x replicas + replica, where the owner is the core, or 0.
 *
 * A shared queue pair is posted to, and its doorbell rung, by one core at a time. Not modelled: the
 * cost of its lock beyond that.
 */

import { LINE_RUNS_MAX } from '../../pm/line.ts';
import type { Numbering } from '../backend.ts';
import type { InFlight } from '../in-flight.ts';
import { type MirrorObserver, postsWords, type QueuePairs, type ReplicaFault } from '../mirror.ts';
import { type Core, CoreState, Part } from '../primary/core.ts';
import type { Timing } from '../profiles/timing.ts';
import type { ReplicaListener } from '../replica/listener.ts';
import { Replica } from '../replica/replica.ts';
import { AcknowledgedLines } from './acknowledged-lines.ts';
import { type Arrive, Nic } from './nic.ts';
import { Quorum } from './quorum.ts';
import { carriesLine, VERB_COUNT, type VerbCode } from './verb.ts';

/** Send-queue entries kept back from lines so that every core can post the fence behind its own. */
export function entriesKeptBack(queuePairs: QueuePairs, cores: number): number {
  return queuePairs === 'shared' ? cores : 1;
}

export interface RemoteOptions {
  readonly timing: Timing;
  readonly cores: readonly Core[];
  /** The timing of each replica. May be none: then nothing is ever posted. */
  readonly replicas: readonly Timing[];
  /** Replicas whose answers end a wait; undefined: all. */
  readonly quorum: number | undefined;
  readonly heapLines: number;
  readonly seed: number;
  readonly queuePairs: QueuePairs;
  /** Messages that may be posted before a line. */
  readonly beforeLine: number;
  readonly faults: readonly ReplicaFault[];
  readonly inFlight: InFlight | undefined;
  /** Of a design whose NICs number what is posted. */
  readonly numbering: Numbering | undefined;
  readonly observer: MirrorObserver | undefined;
}

export class Remote implements ReplicaListener {
  /** Messages posted so far, per verb, and doorbells rung. */
  readonly posted = new Float64Array(VERB_COUNT);
  doorbells = 0;
  readonly #timing: Timing;
  readonly #cores: readonly Core[];
  readonly #shared: boolean;
  /** As {@link entriesKeptBack} has it. */
  readonly #reserve: number;
  /** Whether a waiting core has woken and the merge of cores does not know yet. */
  #woken = false;
  /** When the last core that posted to the shared queue pair or rang was done with it. */
  #postingFree = 0;
  readonly #observer: MirrorObserver | undefined;
  readonly #nic: Nic;
  readonly #replicas: Replica[] = [];
  /** Only where clients may have more in flight than one transaction. */
  readonly #inFlight: InFlight | undefined;
  /** Only if some answers are enough. */
  readonly #quorum: Quorum | undefined;
  readonly #numbering: Numbering | undefined;
  /** Only where an acknowledgement is the answer. */
  readonly lines: AcknowledgedLines | undefined;

  constructor(options: RemoteOptions) {
    const { timing, cores, heapLines, seed, faults, observer, numbering } = options;
    const replicas = options.replicas.length;
    this.#timing = timing;
    this.#cores = cores;
    this.#shared = options.queuePairs === 'shared';
    this.#observer = observer;
    this.#inFlight = options.inFlight;
    const queuePairs = (this.#shared ? 1 : cores.length) * replicas;
    this.#reserve = entriesKeptBack(options.queuePairs, cores.length);
    const needed =
      this.#reserve + options.beforeLine + (postsWords(options.queuePairs) ? LINE_RUNS_MAX : 1);
    if (timing.sendQueueEntries < needed) {
      const why = this.#shared ? `${cores.length} cores to share` : 'the words of a line';
      throw new RangeError(
        `send queue of ${timing.sendQueueEntries}: too short for ${why}, must be at least ${needed}`,
      );
    }
    const arrive: Arrive = (queuePair, core, verb, line, words, at, inSame) => {
      const replica = this.#replicas[queuePair % replicas];
      replica.arrive(queuePair, core, verb, line, words, at, inSame);
    };
    const propagationPs = options.replicas.map((own) => own.propagationPs);
    this.#numbering = numbering;
    const areStaged = options.replicas.every(({ stagingLines }) => stagingLines > 0);
    if (numbering !== undefined && timing.ackAnswers && areStaged) {
      this.lines = new AcknowledgedLines(cores.length, replicas, this, observer);
    }
    const sent = (queuePair: number, line: number, at: number): void => {
      if (numbering?.takenWhen === 'sent') this.#number(queuePair, line, at);
    };
    const common = { timing, queuePairs, propagationPs, seed, arrive, observer };
    this.#nic = new Nic({ ...common, ...(numbering && { sent }) });
    for (const [i, own] of options.replicas.entries()) {
      const fault = faults.find((each) => each.replica === i);
      const timings = { own, primary: timing, seed, numbering };
      this.#replicas.push(new Replica(i, timings, queuePairs, heapLines, this, observer, fault));
    }
    if (options.quorum !== undefined) {
      this.#quorum = new Quorum(cores.length, replicas, options.quorum);
    }
  }

  get linkBytes(): number {
    return this.#nic.linkBytes;
  }

  get retransmissions(): number {
    return this.#nic.retransmissions;
  }

  /** From `startPs` on it is counted when replicas stall. */
  countStallsFrom(startPs: number): void {
    for (const replica of this.#replicas) replica.countStallFrom(startPs);
  }

  get ddioEvictions(): number {
    return this.#replicas.reduce((sum, replica) => sum + replica.ddioEvictions, 0);
  }

  get mediaBlocks(): number {
    return this.#replicas.reduce((sum, replica) => sum + replica.mediaBlocks, 0);
  }

  /** Posts to every replica; `words`, of `line`, are none but for a WRITE. There must be room. */
  post(core: Core, verb: VerbCode, line: number, words: number): void {
    const replicas = this.#replicas.length;
    const first = this.#firstQueuePair(core);
    // A batch is full, and more comes; a fence is part of the batch before it.
    if (carriesLine(verb) && replicas > 0 && this.#nic.unrung(first) >= this.#timing.batchEntries) {
      this.ringDoorbells(core);
    }
    if (this.#shared) core.waitUntil(Part.RDMA_POST, this.#postingFree);
    const { pushesLines, pushPs, workRequestPs } = this.#timing;
    const postPs = this.#numbering && pushesLines ? pushPs : workRequestPs;
    for (let i = 0; i < replicas; i++) {
      core.spend(Part.RDMA_POST, postPs);
      const entry = this.#nic.post(first + i, core.index, verb, line, words);
      this.#observer?.onPost?.(first + i, entry, core.clock, core.index, verb, line, words);
      if (this.#numbering) this.#push(core, i, carriesLine(verb) ? line : -1);
    }
    this.#postingFree = core.clock;
    core.slotsLeft--;
    this.posted[verb] += replicas;
  }

  /** What was just posted is at the NIC without being asked for: it has a number from then on. */
  #push(core: Core, replica: number, line: number): void {
    const { pushesLines, doorbellPs, postedPs } = this.#timing;
    if (!pushesLines) {
      core.spend(Part.RDMA_POST, doorbellPs);
      this.doorbells++;
    }
    const queuePair = this.#firstQueuePair(core) + replica;
    // A pushed line leaves for the NIC as it leaves for the memory controller.
    const leftPs = pushesLines ? Math.max(core.clock, core.lastDeparture) : core.clock;
    this.#nic.ringDoorbell(queuePair, leftPs);
    if (this.#numbering?.takenWhen === 'pushed') this.#number(queuePair, line, leftPs + postedPs);
    if (line >= 0) this.lines?.posted(core.index, replica);
  }

  #number(queuePair: number, line: number, atPs: number): void {
    this.#replicas[queuePair % this.#replicas.length].numbered?.number(queuePair, line, atPs);
  }

  lineAcknowledged(core: number, replica: number, leftPs: number, backPs: number): void {
    this.lines?.acknowledged(core, replica, leftPs, backPs);
  }

  /** Every replica will answer the core what it posted last. */
  ask(core: Core): void {
    this.#inFlight?.ask(core.index);
    core.asked++;
    core.answersPending += this.#replicas.length;
    this.#quorum?.begin(core.index);
  }

  /** Rings for what the core posted since it last rang. */
  ringDoorbells(core: Core): void {
    const replicas = this.#replicas.length;
    const first = this.#firstQueuePair(core);
    for (let i = first; i < first + replicas; i++) {
      if (this.#nic.unrung(i) === 0) continue;
      // Others may have posted, so the doorbell comes behind what it is for.
      if (this.#shared) core.waitUntil(Part.RDMA_POST, this.#postingFree);
      core.spend(Part.RDMA_POST, this.#timing.doorbellPs);
      this.#postingFree = core.clock;
      this.doorbells++;
      this.#nic.ringDoorbell(i, core.clock);
    }
  }

  /**
   * Whether so many WRITEs and the fence behind them fit into every send queue of the core. If not,
   * either the core's clock has moved to when they may, or the core waits; the operation is tried again.
   */
  hasRoom(core: Core, writes: number): boolean {
    if (core.slotsLeft >= writes || this.#replicas.length === 0) return true;
    this.processUntil(core.clock);
    const first = this.#firstQueuePair(core);
    let room = Number.POSITIVE_INFINITY;
    for (let i = first; i < first + this.#replicas.length; i++) {
      room = Math.min(room, this.#nic.freeEntries(i, core.clock) - this.#reserve);
    }
    if (room >= writes) {
      // What is free in a shared queue others may take at any time: it is asked for again.
      core.slotsLeft = this.#shared ? 0 : room;
      return true;
    }
    this.ringDoorbells(core);
    core.state = CoreState.WAIT_SEND_QUEUE;
    core.entriesNeeded = writes + this.#reserve;
    this.#wakeForRoom(core);
    return false;
  }

  /** Wakes a core that waits for room once it is known when there will be some. */
  #wakeForRoom(core: Core): void {
    const first = this.#firstQueuePair(core);
    let at = core.clock;
    for (let i = first; i < first + this.#replicas.length; i++) {
      if (this.#nic.freeEntries(i, core.clock) < core.entriesNeeded)
        at = Math.max(at, this.#nic.nextFreeAt(i));
    }
    if (at === Number.POSITIVE_INFINITY) return;
    core.waitUntil(Part.SEND_QUEUE_FULL, at);
    core.state = CoreState.RUNNING;
    this.#woken = true;
  }

  /** Processes every event up to `until`. */
  processUntil(until: number): void {
    while (this.processOne(until)) {
      // Each call processes the earliest event.
    }
  }

  /**
   * Processes events up to `until`, but stops when a core wakes. True if one has woken since the
   * last call, be it while a core looked for room.
   */
  processUntilWake(until: number): boolean {
    while (!this.#woken && this.processOne(until)) {
      // Each call processes the earliest event.
    }
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }

  /** Processes the earliest event if there is one and it is not after `until`. */
  processOne(until: number): boolean {
    let earliest = this.#nic.nextTime;
    let replica = -1;
    for (let i = 0; i < this.#replicas.length; i++) {
      const time = this.#replicas[i].nextTime;
      if (time < earliest) {
        earliest = time;
        replica = i;
      }
    }
    const waiting = this.#quorum;
    if (waiting !== undefined && waiting.nextTime < earliest && waiting.nextTime <= until) {
      const core = this.#cores[waiting.nextCore];
      core.answerOf = waiting.lastNeeded(core.index);
      this.#endWait(core, waiting.nextTime);
      return true;
    }
    if (earliest > until || earliest === Number.POSITIVE_INFINITY) return false;
    if (replica < 0) this.#nic.sendNext();
    else this.#replicas[replica].processNext();
    return true;
  }

  acknowledged(queuePair: number, backAt: number): number {
    const entry = this.#nic.acknowledge(queuePair, backAt);
    if (backAt < Number.POSITIVE_INFINITY) {
      this.#observer?.onAcknowledge?.(queuePair, entry, backAt);
    }
    this.#wakeForAcknowledgement(queuePair);
    return entry;
  }

  settled(queuePair: number, entry: number, backAt: number): void {
    this.#nic.settle(entry, backAt);
    this.#observer?.onAcknowledge?.(queuePair, entry, backAt);
    this.#wakeForAcknowledgement(queuePair);
  }

  #wakeForAcknowledgement(queuePair: number): void {
    if (this.#shared) {
      for (const core of this.#cores) {
        if (core.state === CoreState.WAIT_SEND_QUEUE) this.#wakeForRoom(core);
      }
      return;
    }
    const core = this.#cores[Math.floor(queuePair / this.#replicas.length)];
    if (core.state === CoreState.WAIT_SEND_QUEUE) this.#wakeForRoom(core);
  }

  answered(coreIndex: number, replica: number, backAt: number): void {
    if (this.#quorum !== undefined) {
      this.#quorum.answered(coreIndex, replica, backAt);
      return;
    }
    const core = this.#cores[coreIndex];
    this.#inFlight?.answered(coreIndex, replica, backAt);
    if (backAt > core.answerAt) {
      core.answerAt = backAt;
      core.answerOf = replica;
    }
    core.answersPending--;
    if (core.awaits && core.answersPending === 0) this.#endWait(core, core.answerAt);
    else if (core.awaitsOldest) this.#endOldest(core);
  }

  /** The core, at a durability point that asked, goes on when the oldest is answered that it waits for. */
  #endOldest(core: Core): void {
    const at = this.#inFlight?.awaitedPs(core.index) ?? Number.NaN;
    if (Number.isNaN(at)) return;
    core.awaitsOldest = false;
    core.waitUntil(Part.REMOTE_DURABILITY, at);
    core.state = CoreState.RUNNING;
    this.#woken = true;
    this.#observer?.onFenceDone?.(core.index, true, core.clock);
  }

  /** The core has the answers that it waited for, the last of them at `answerAt`. */
  #endWait(core: Core, answerAt: number): void {
    this.#quorum?.end(core.index);
    core.answersPending = 0;
    core.answerAt = answerAt;
    if (!core.awaits) return;
    if (core.atNoFence) this.resume(core);
    else this.endFence(core);
    this.#woken = true;
  }

  /** The core resumes once its memory controller has its lines and all answers are here. */
  endFence(core: Core): void {
    const { durability, awaits } = core;
    core.waitUntil(Part.LOCAL_FENCE, core.localAccepted);
    if (awaits) {
      core.waitUntil(durability ? Part.REMOTE_DURABILITY : Part.REMOTE_ORDERING, core.answerAt);
    }
    core.state = CoreState.RUNNING;
    this.#observer?.onFenceDone?.(core.index, durability, core.clock);
    if (awaits) this.#endAsking(core);
    if (durability) this.#inFlight?.waited(core);
  }

  /**
   * The core is at a durability point that it asked for. It goes on, once no more are unanswered than may be.
   * Whether it has to wait.
   */
  goOn(core: Core): boolean {
    core.waitUntil(Part.LOCAL_FENCE, core.localAccepted);
    this.processUntil(core.clock);
    const until = this.#inFlight?.asked(core, core.tripOverAt) ?? 0;
    if (Number.isNaN(until)) {
      core.state = CoreState.WAIT_ANSWER;
      core.awaitsOldest = true;
      return true;
    }
    const waits = until > core.clock;
    core.waitUntil(Part.REMOTE_DURABILITY, until);
    this.#observer?.onFenceDone?.(core.index, true, core.clock);
    return waits;
  }

  /** The core, at no fence, goes on once all answers are here, which are known. */
  resume(core: Core): void {
    core.waitUntil(Part.REMOTE_ORDERING, core.answerAt);
    core.state = CoreState.RUNNING;
    core.atNoFence = false;
    this.#endAsking(core);
  }

  /** The core has waited for all that it asked. */
  #endAsking(core: Core): void {
    core.awaits = false;
    for (; core.asked > 0; core.asked--) {
      this.#observer?.onResume?.(core.index, core.clock, core.answerOf);
    }
  }

  #firstQueuePair(core: Core): number {
    return this.#shared ? 0 : core.index * this.#replicas.length;
  }
}
