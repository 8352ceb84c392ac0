/**
 * Follows messages from posting to durability, by what a mirror tells. It tells of each step by what it
 * knows there, so a message is found by its order: on a queue pair nothing passes anything.
 */

import { carriesLine, type VerbCode } from '../../../rdma/index.ts';
import type { MirrorObserver } from '../../../rdma/mirror.ts';
import type { Message } from './timeline.ts';

type Followed = { -readonly [K in keyof Message]: Message[K] };

/** First in, first out. */
class Fifo {
  #items: Followed[] = [];
  #head = 0;

  push(item: Followed): void {
    this.#items.push(item);
  }

  get first(): Followed | undefined {
    return this.#items[this.#head];
  }

  take(): Followed {
    const item = this.#items[this.#head++];
    if (item === undefined) throw new RangeError('a message that was not posted');
    if (this.#head > 1024 && 2 * this.#head > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/** Queues by number, made when they are needed. */
class Fifos {
  readonly #queues: Fifo[] = [];

  of(index: number): Fifo {
    this.#queues[index] ??= new Fifo();
    return this.#queues[index];
  }
}

const NEVER = Number.POSITIVE_INFINITY;

/** Follows messages; `keep` is given each when it is posted. */
export class MessageTracker implements MirrorObserver {
  readonly #cores: number;
  readonly #replicas: number;
  readonly #keep: (message: Message) => void;
  readonly #byEntry = new Map<number, Followed>();
  /** Per queue pair: those on their way to the replica's NIC; those whose entry is not free. */
  readonly #underway = new Fifos();
  readonly #occupying = new Fifos();
  readonly #freeUntil: number[] = [];
  /** Per replica and core: WRITEs that are not visible, fences that are not satisfied. */
  readonly #writes = new Fifos();
  readonly #fences = new Fifos();
  /** Per replica, by line: WRITEs that are visible and not durable. */
  readonly #visible: readonly Map<number, Followed[]>[];
  /** Per replica, the line that reached its memory controller last. */
  readonly #queued: { line: number; reachedPs: number; acceptedPs: number; leftPs: number }[];

  /** The design posts what it writes. */
  #isPosted = true;

  constructor(cores: number, replicas: number, keep: (message: Message) => void) {
    this.#cores = cores;
    this.#replicas = replicas;
    this.#keep = keep;
    this.#visible = Array.from({ length: replicas }, () => new Map());
    this.#queued = Array.from({ length: replicas }, () => ({
      line: -1,
      reachedPs: NEVER,
      acceptedPs: NEVER,
      leftPs: NEVER,
    }));
  }

  onPost(
    queuePair: number,
    entry: number,
    postedPs: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
  ): void {
    const message: Followed = {
      core,
      queuePair,
      replica: queuePair % this.#replicas,
      verb,
      line,
      words,
      postedPs,
      takenPs: NEVER,
      wireFromPs: NEVER,
      wireToPs: NEVER,
      arrivedPs: NEVER,
      throughPs: NEVER,
      handedPs: NEVER,
      visiblePs: NEVER,
      reachedPs: NEVER,
      durablePs: NEVER,
      drainedPs: NEVER,
      satisfiedPs: NEVER,
      backPs: NEVER,
      freePs: NEVER,
    };
    this.#byEntry.set(entry, message);
    this.#underway.of(queuePair).push(message);
    this.#occupying.of(queuePair).push(message);
    this.#keep(message);
  }

  /** What goes over CXL is no message. */
  onWrite(_core: number, verb: VerbCode | null): void {
    this.#isPosted = verb !== null;
  }

  onTransmit(
    entry: number,
    takenPs: number,
    wireFromPs: number,
    wireToPs: number,
    arrivedPs: number,
  ): void {
    Object.assign(this.#inEntry(entry), { takenPs, wireFromPs, wireToPs, arrivedPs });
  }

  onReplicaHanded(queuePair: number, throughPs: number, handedPs: number): void {
    const message = this.#underway.of(queuePair).take();
    message.throughPs = throughPs;
    message.handedPs = handedPs;
    const next = carriesLine(message.verb) ? this.#writes : this.#fences;
    next.of(this.#lane(message.replica, message.core)).push(message);
  }

  onQueued(replica: number, line: number, reached: number, accepted: number, left: number): void {
    if (replica < 0) return;
    Object.assign(this.#queued[replica], {
      line,
      reachedPs: reached,
      acceptedPs: accepted,
      leftPs: left,
    });
  }

  onReplicaVisible(replica: number, core: number, line: number, words: number, atPs: number): void {
    if (!this.#isPosted) return;
    const message = this.#writes.of(this.#lane(replica, core)).take();
    if (message.line !== line || message.words !== words) {
      throw new RangeError(`line ${line} is visible before line ${message.line}`);
    }
    message.visiblePs = atPs;
    const same = this.#visible[replica].get(line);
    if (same === undefined) this.#visible[replica].set(line, [message]);
    else same.push(message);
  }

  onReplicaDurable(replica: number, _core: number, line: number, atPs: number): void {
    const messages = this.#visible[replica].get(line);
    if (messages === undefined) return;
    this.#visible[replica].delete(line);
    const queued = this.#queued[replica];
    const isQueued = queued.line === line && queued.acceptedPs === atPs;
    for (const message of messages) {
      message.durablePs = atPs;
      if (!isQueued) continue;
      message.reachedPs = queued.reachedPs;
      message.drainedPs = queued.leftPs;
    }
  }

  onReplicaFence(replica: number, core: number, atPs: number): void {
    if (!this.#isPosted) return;
    this.#fences.of(this.#lane(replica, core)).take().satisfiedPs = atPs;
  }

  onAcknowledge(queuePair: number, entry: number, atPs: number): void {
    this.#inEntry(entry).backPs = atPs;
    this.#byEntry.delete(entry);
    const occupying = this.#occupying.of(queuePair);
    let free = this.#freeUntil[queuePair] ?? 0;
    for (let first = occupying.first; first !== undefined; first = occupying.first) {
      if (first.backPs === NEVER) break;
      free = Math.max(free, first.backPs);
      first.freePs = free;
      occupying.take();
    }
    this.#freeUntil[queuePair] = free;
  }

  #lane(replica: number, core: number): number {
    return replica * this.#cores + core;
  }

  #inEntry(entry: number): Followed {
    const message = this.#byEntry.get(entry);
    if (message === undefined) throw new RangeError(`entry ${entry} is not taken`);
    return message;
  }
}
