/**
 * Everything beyond the primary's cores: its NIC and link, and the replicas, as one queue of events.
 * Also what a core knows of its send queues. A core has one queue pair to each replica, numbered
 * core x replicas + replica.
 */

import type { MirrorObserver } from '../pm/mirror.ts';
import { type Core, CoreState, Part } from './core.ts';
import { Nic } from './nic.ts';
import { Replica, type ReplicaListener } from './replica.ts';
import type { Timing } from './timing.ts';
import { VERB_COUNT, type VerbCode } from './verb.ts';

export class Remote implements ReplicaListener {
  /** Messages posted so far, per verb, and doorbells rung. */
  readonly posted = new Float64Array(VERB_COUNT);
  doorbells = 0;
  /** How many waiting cores have been woken so far. */
  woken = 0;
  readonly #timing: Timing;
  readonly #cores: readonly Core[];
  readonly #observer: MirrorObserver | undefined;
  readonly #nic: Nic;
  readonly #replicas: Replica[] = [];

  /** `replicas` may be 0: then nothing is ever posted. */
  constructor(
    timing: Timing,
    cores: readonly Core[],
    replicas: number,
    heapLines: number,
    observer: MirrorObserver | undefined,
  ) {
    this.#timing = timing;
    this.#cores = cores;
    this.#observer = observer;
    const queuePairs = cores.length * replicas;
    this.#nic = new Nic(timing, queuePairs, (queuePair, core, verb, line, at) => {
      this.#replicas[queuePair % replicas].arrive(queuePair, core, verb, line, at);
    });
    for (let i = 0; i < replicas; i++) {
      this.#replicas.push(new Replica(i, timing, queuePairs, heapLines, this, observer));
    }
  }

  get linkBytes(): number {
    return this.#nic.linkBytes;
  }

  get ddioEvictions(): number {
    return this.#replicas.reduce((sum, replica) => sum + replica.ddioEvictions, 0);
  }

  get mediaBlocks(): number {
    return this.#replicas.reduce((sum, replica) => sum + replica.mediaBlocks, 0);
  }

  /** Posts to every replica. There must be room. */
  post(core: Core, verb: VerbCode, line: number): void {
    const replicas = this.#replicas.length;
    const first = core.index * replicas;
    for (let i = 0; i < replicas; i++) {
      core.spend(Part.RDMA_POST, this.#timing.workRequestPs);
      this.#nic.post(first + i, core.index, verb, line);
    }
    core.slotsLeft--;
    this.posted[verb] += replicas;
  }

  /** The core stops until every replica has answered. */
  awaitAnswers(core: Core): void {
    core.answersPending = this.#replicas.length;
    core.answerAt = 0;
  }

  /** Rings for what the core posted since it last rang. */
  ringDoorbells(core: Core): void {
    const replicas = this.#replicas.length;
    const first = core.index * replicas;
    for (let i = first; i < first + replicas; i++) {
      if (!this.#nic.hasUnrung(i)) continue;
      core.spend(Part.RDMA_POST, this.#timing.doorbellPs);
      this.doorbells++;
      this.#nic.ringDoorbell(i, core.clock);
    }
  }

  /**
   * Whether a line and the fence behind it fit into every send queue of the core. If not, either
   * the core's clock has moved to when they may, or the core waits; the operation is tried again.
   */
  hasRoom(core: Core): boolean {
    if (core.slotsLeft > 0 || this.#replicas.length === 0) return true;
    this.processUntil(core.clock);
    const first = core.index * this.#replicas.length;
    let room = Number.POSITIVE_INFINITY;
    for (let i = first; i < first + this.#replicas.length; i++) {
      room = Math.min(room, this.#nic.freeEntries(i, core.clock) - 1);
    }
    core.slotsLeft = room;
    if (room > 0) return true;
    this.ringDoorbells(core);
    core.state = CoreState.WAIT_SEND_QUEUE;
    this.#wakeForRoom(core);
    return false;
  }

  /** Wakes a core that waits for room once it is known when there will be some. */
  #wakeForRoom(core: Core): void {
    const first = core.index * this.#replicas.length;
    let at = core.clock;
    for (let i = first; i < first + this.#replicas.length; i++) {
      if (this.#nic.freeEntries(i, core.clock) < 2) at = Math.max(at, this.#nic.nextFreeAt(i));
    }
    if (at === Number.POSITIVE_INFINITY) return;
    core.waitUntil(Part.SEND_QUEUE_FULL, at);
    core.state = CoreState.RUNNING;
    this.woken++;
  }

  /** Processes every event up to `until`. */
  processUntil(until: number): void {
    while (this.processOne(until)) {
      // Each call processes the earliest event.
    }
  }

  /** Processes events up to `until`, but stops when a core wakes (then true). */
  processUntilWake(until: number): boolean {
    const before = this.woken;
    while (this.processOne(until)) {
      if (this.woken !== before) return true;
    }
    return false;
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
    if (earliest > until || earliest === Number.POSITIVE_INFINITY) return false;
    if (replica < 0) this.#nic.sendNext();
    else this.#replicas[replica].processNext();
    return true;
  }

  acknowledged(queuePair: number, backAt: number): void {
    this.#nic.acknowledge(queuePair, backAt);
    const core = this.#cores[Math.floor(queuePair / this.#replicas.length)];
    if (core.state === CoreState.WAIT_SEND_QUEUE) this.#wakeForRoom(core);
  }

  answered(coreIndex: number, backAt: number): void {
    const core = this.#cores[coreIndex];
    core.answerAt = Math.max(core.answerAt, backAt);
    if (--core.answersPending > 0) return;
    core.waitUntil(Part.LOCAL_FENCE, core.localAccepted);
    core.waitUntil(core.durability ? Part.REMOTE_DURABILITY : Part.REMOTE_ORDERING, core.answerAt);
    core.state = CoreState.RUNNING;
    this.woken++;
    this.#observer?.onFenceDone?.(coreIndex, core.durability, core.clock);
  }
}
