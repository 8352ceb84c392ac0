/**
 * Everything beyond the primary's cores: its NIC and link, and the replicas, as one queue of events.
 * Also what a core knows of its send queues. There is a queue pair to each replica for each core, or
 * one for all cores, numbered owner x replicas + replica, where the owner is the core, or 0.
 *
 * A shared queue pair is posted to, and its doorbell rung, by one core at a time. Not modelled: the
 * cost of its lock beyond that.
 */

import type { Numbering } from '../backend.ts';
import { looksWithin } from '../events.ts';
import type { InFlight } from '../in-flight.ts';
import type { MirrorObserver, QueuePairs, ReplicaFault } from '../mirror.ts';
import { type Core, CoreState, Part } from '../primary/core.ts';
import type { Timing } from '../profiles/timing.ts';
import type { ReplicaListener } from '../replica/listener.ts';
import { Replica } from '../replica/replica.ts';
import { AcknowledgedLines } from './acknowledged-lines.ts';
import { Nic } from './nic.ts';
import { Quorum } from './quorum.ts';
import { entriesKeptBack, refuseShortQueues } from './room.ts';
import { carriesLine, VERB_COUNT, type VerbCode } from './verb.ts';

const { LOCAL_FENCE, RDMA_POST, REMOTE_DURABILITY, REMOTE_ORDERING, SEND_QUEUE_FULL } = Part;
const { RUNNING, WAIT_ANSWER, WAIT_SEND_QUEUE } = CoreState;

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
  /** A core that finds its answers known goes on in the same operation: they must not be known early. */
  readonly goesOnAtOnce: boolean;
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
  /** What a message costs the core that posts it. */
  readonly #postPs: number;
  readonly #cores: readonly Core[];
  readonly #shared: boolean;
  /** As {@link entriesKeptBack} has it. */
  readonly #reserve: number;
  /** Whether a waiting core has woken and the merge of cores does not know yet. */
  #woken = false;
  /** Cores in WAIT_SEND_QUEUE. */
  #waitForRoom = 0;
  /** When the last core that posted to the shared queue pair or rang was done with it. */
  #postingFree = 0;
  readonly #observer: MirrorObserver | undefined;
  readonly nic: Nic;
  readonly replicas: readonly Replica[];
  /** Only where clients may have more in flight than one transaction. */
  readonly #inFlight: InFlight | undefined;
  readonly #quorum: Quorum | undefined;
  readonly #numbering: Numbering | undefined;
  /** Only where an acknowledgement is the answer. */
  readonly lines: AcknowledgedLines | undefined;
  /** What order allows to be done ahead of time, and from MEASURE on is: see `workAhead`. */
  readonly #mayWorkAhead: boolean;
  #lookaheadPs = 0;

  constructor(options: RemoteOptions) {
    const { timing, cores, heapLines, seed, faults, observer, numbering } = options;
    const replicas = options.replicas.length;
    this.#timing = timing;
    this.#cores = cores;
    this.#shared = options.queuePairs === 'shared';
    this.#observer = observer;
    const queuePairs = (this.#shared ? 1 : cores.length) * replicas;
    this.#reserve = entriesKeptBack(options.queuePairs, cores.length);
    refuseShortQueues(timing.sendQueueEntries, { ...options, cores: cores.length });
    const stalls = faults.some(({ stallForNs }) => stallForNs !== undefined);
    const { quorum, inFlight, goesOnAtOnce } = options;
    this.#inFlight = inFlight;
    this.#mayWorkAhead = !looksWithin(observer) && !quorum && !inFlight && !goesOnAtOnce && !stalls;
    this.#numbering = numbering;
    this.#postPs = numbering && timing.pushesLines ? timing.pushPs : timing.workRequestPs;
    const areStaged = options.replicas.every(({ stagingLines }) => stagingLines > 0);
    if (numbering && timing.ackAnswers && areStaged) {
      this.lines = new AcknowledgedLines(cores.length, replicas, this, observer);
    }
    const sent = (queuePair: number, line: number, at: number): void => {
      if (numbering?.takenWhen === 'sent') this.#number(queuePair, line, at);
    };
    this.replicas = options.replicas.map((own, i) => {
      const fault = faults.find((each) => each.replica === i);
      const timings = { own, primary: timing, seed, numbering };
      return new Replica(i, timings, queuePairs, heapLines, this, observer, fault);
    });
    const propagationPs = options.replicas.map((own) => own.propagationPs);
    const common = { timing, queuePairs, propagationPs, seed, observer, receivers: this.replicas };
    this.nic = new Nic({ ...common, ...(numbering && { sent }) });
    if (quorum) this.#quorum = new Quorum(cores.length, replicas, quorum);
  }

  /** From `startPs` on it is counted when replicas stall. */
  countStallsFrom(startPs: number): void {
    for (const replica of this.replicas) replica.intake.countStallFrom(startPs);
  }

  /**
   * From now on, unless somebody looks on, work is done ahead of its time: a replica works a message off as soon as
   * it is sent. With one queue pair it is sent as soon as its doorbell is rung. And events wait until they may wake
   * a core. All is in the same order on whatever is shared: but not where many cores share a queue pair.
   */
  workAhead(): void {
    if (!this.#mayWorkAhead || (this.#shared && this.#cores.length > 1)) return;
    for (const replica of this.replicas) replica.workAtOnce();
    if (this.#numbering !== undefined) return;
    this.nic.sendAtOnce();
    const { postedPs } = this.#timing;
    // What is rung at a time must come behind what was ready by then.
    if (postedPs > 0) this.#lookaheadPs = Math.min(...this.replicas.map((each) => each.wayBackPs));
  }

  /** Posts to every replica; `words`, of `line`, are none but for a WRITE. There must be room. */
  post(core: Core, verb: VerbCode, line: number, words: number): void {
    const replicas = this.replicas.length;
    const first = this.#firstQueuePair(core);
    // A batch is full, and more comes; a fence is part of the batch before it.
    if (carriesLine(verb) && replicas > 0 && this.nic.unrung(first) >= this.#timing.batchEntries) {
      this.ringDoorbells(core);
    }
    if (this.#shared) core.waitUntil(RDMA_POST, this.#postingFree);
    for (let i = 0; i < replicas; i++) {
      core.spend(RDMA_POST, this.#postPs);
      const entry = this.nic.post(first + i, core.index, verb, line, words);
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
      core.spend(RDMA_POST, doorbellPs);
      this.doorbells++;
    }
    const queuePair = this.#firstQueuePair(core) + replica;
    // A pushed line leaves for the NIC as it leaves for the memory controller.
    const leftPs = pushesLines ? Math.max(core.clock, core.lastDeparture) : core.clock;
    this.nic.ringDoorbell(queuePair, leftPs);
    if (this.#numbering?.takenWhen === 'pushed') this.#number(queuePair, line, leftPs + postedPs);
    if (line >= 0) this.lines?.posted(core.index, replica);
  }

  #number(queuePair: number, line: number, atPs: number): void {
    this.replicas[queuePair % this.replicas.length].numbered?.number(queuePair, line, atPs);
  }

  lineAcknowledged(core: number, replica: number, leftPs: number, backPs: number): void {
    this.lines?.acknowledged(core, replica, leftPs, backPs);
  }

  /** Every replica will answer the core what it posted last. */
  ask(core: Core): void {
    this.#inFlight?.ask(core.index);
    core.asked++;
    core.answersPending += this.replicas.length;
    this.#quorum?.begin(core.index);
  }

  /** Rings for what the core posted since it last rang. */
  ringDoorbells(core: Core): void {
    const replicas = this.replicas.length;
    const first = this.#firstQueuePair(core);
    for (let i = first; i < first + replicas; i++) {
      if (this.nic.unrung(i) === 0) continue;
      // Others may have posted, so the doorbell comes behind what it is for.
      if (this.#shared) core.waitUntil(RDMA_POST, this.#postingFree);
      core.spend(RDMA_POST, this.#timing.doorbellPs);
      this.#postingFree = core.clock;
      this.doorbells++;
      this.nic.ringDoorbell(i, core.clock);
    }
  }

  /**
   * Whether so many WRITEs and the fence behind them fit into every send queue of the core. If not,
   * either the core's clock has moved to when they may, or the core waits; the operation is tried again.
   */
  hasRoom(core: Core, writes: number): boolean {
    if (core.slotsLeft >= writes || this.replicas.length === 0) return true;
    this.processUntil(core.clock);
    const first = this.#firstQueuePair(core);
    let room = Number.POSITIVE_INFINITY;
    for (let i = first; i < first + this.replicas.length; i++) {
      room = Math.min(room, this.nic.freeEntries(i, core.clock) - this.#reserve);
    }
    if (room >= writes) {
      // What is free in a shared queue others may take at any time: it is asked for again.
      core.slotsLeft = this.#shared ? 0 : room;
      return true;
    }
    this.ringDoorbells(core);
    core.state = WAIT_SEND_QUEUE;
    this.#waitForRoom++;
    core.entriesNeeded = writes + this.#reserve;
    this.#wakeForRoom(core);
    return false;
  }

  /** Wakes a core that waits for room once it is known when there will be some. */
  #wakeForRoom(core: Core): void {
    const first = this.#firstQueuePair(core);
    let at = core.clock;
    for (let i = first; i < first + this.replicas.length; i++) {
      if (this.nic.freeEntries(i, core.clock) < core.entriesNeeded)
        at = Math.max(at, this.nic.nextFreeAt(i));
    }
    if (at === Number.POSITIVE_INFINITY) return;
    core.waitUntil(SEND_QUEUE_FULL, at);
    core.state = RUNNING;
    this.#waitForRoom--;
    this.#woken = true;
  }

  /** Processes every event up to `until`. */
  processUntil(until: number): void {
    while (this.processOne(until)) {
      // Each call processes the earliest event.
    }
  }

  /**
   * Processes events up to `until`, or those that may wake a core by then, but stops when one wakes. True if one
   * has woken since the last call, be it while a core looked for room.
   */
  processUntilWake(until: number): boolean {
    const eventsUntil = until - this.#lookaheadPs;
    while (!this.#woken && this.processOne(eventsUntil)) {
      // Each call processes the earliest event.
    }
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }

  /** Processes the earliest event if there is one and it is not after `until`. */
  processOne(until: number): boolean {
    let earliest = this.nic.nextTime;
    let replica = -1;
    for (let i = 0; i < this.replicas.length; i++) {
      const time = this.replicas[i].nextTime;
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
    if (replica < 0) this.nic.sendNext();
    else this.replicas[replica].processNext();
    return true;
  }

  acknowledged(queuePair: number, backAt: number): number {
    const entry = this.nic.acknowledge(queuePair, backAt);
    if (backAt < Number.POSITIVE_INFINITY) {
      this.#observer?.onAcknowledge?.(queuePair, entry, backAt);
    }
    this.#wakeForAcknowledgement(queuePair);
    return entry;
  }

  settled(queuePair: number, entry: number, backAt: number): void {
    this.nic.settle(queuePair, entry, backAt);
    this.#observer?.onAcknowledge?.(queuePair, entry, backAt);
    this.#wakeForAcknowledgement(queuePair);
  }

  #wakeForAcknowledgement(queuePair: number): void {
    if (this.#waitForRoom === 0) return;
    if (this.#shared) {
      for (const core of this.#cores) {
        if (core.state === WAIT_SEND_QUEUE) this.#wakeForRoom(core);
      }
      return;
    }
    const core = this.#cores[Math.floor(queuePair / this.replicas.length)];
    if (core.state === WAIT_SEND_QUEUE) this.#wakeForRoom(core);
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
    if (core.answersPending === 0 && core.awaits && core.state === WAIT_ANSWER) {
      this.#endWait(core, core.answerAt);
    } else if (core.awaitsOldest) this.#endOldest(core);
  }

  /** The core, at a durability point that asked, goes on when the oldest is answered that it waits for. */
  #endOldest(core: Core): void {
    const at = this.#inFlight?.awaitedPs(core.index) ?? Number.NaN;
    if (Number.isNaN(at)) return;
    core.awaitsOldest = false;
    core.waitUntil(REMOTE_DURABILITY, at);
    core.state = RUNNING;
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
    core.waitUntil(LOCAL_FENCE, core.localAccepted);
    if (awaits) {
      core.waitUntil(durability ? REMOTE_DURABILITY : REMOTE_ORDERING, core.answerAt);
    }
    core.state = RUNNING;
    this.#observer?.onFenceDone?.(core.index, durability, core.clock);
    if (awaits) this.#endAsking(core);
    if (durability) this.#inFlight?.waited(core);
  }

  /**
   * The core is at a durability point that it asked for. It goes on, once no more are unanswered than may be.
   * Whether it has to wait.
   */
  goOn(core: Core): boolean {
    core.waitUntil(LOCAL_FENCE, core.localAccepted);
    this.processUntil(core.clock);
    const until = this.#inFlight?.asked(core, core.tripOverAt) ?? 0;
    if (Number.isNaN(until)) {
      core.state = WAIT_ANSWER;
      core.awaitsOldest = true;
      return true;
    }
    const waits = until > core.clock;
    core.waitUntil(REMOTE_DURABILITY, until);
    this.#observer?.onFenceDone?.(core.index, true, core.clock);
    return waits;
  }

  /** The core, at no fence, goes on once all answers are here, which are known. */
  resume(core: Core): void {
    core.waitUntil(REMOTE_ORDERING, core.answerAt);
    core.state = RUNNING;
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
    return this.#shared ? 0 : core.index * this.replicas.length;
  }
}
