/**
 * The primary's NIC and link. Every queue pair has a bounded send queue; a doorbell makes what was
 * posted since the last one available. The NIC serves queue pairs in order of when their next
 * message is ready, at most one message per `qpMessagePs` of a queue pair and one per
 * `nicMessagePs` in all. Messages then share the link, header and payload at its rate.
 *
 * A send-queue entry is occupied from its posting until its acknowledgement is back at the primary.
 *
 * A lost message is sent again, and those behind it on its queue pair after it, when the timeout has
 * passed (reliable connection, go-back-N). Which are lost is drawn from a seeded generator.
 *
 * Not modelled: what a queue pair sends in vain between a loss and the timeout; lost
 * acknowledgements; the cost of polling for completions that nobody waits for. Nor the responder's
 * NAK of a gap in the sequence, which would report most losses early (here each costs a whole
 * timeout). Nor contention of acknowledgements and answers on the way back: they are small and the
 * link is full duplex.
 */

import { ATOMIC_BYTES, WORD_COUNT } from '../../pm/line.ts';
import { Random } from '../../pm/random.ts';
import type { MirrorObserver } from '../mirror.ts';
import type { Timing } from '../profiles/timing.ts';
import { EventHeap } from './event-heap.ts';
import { carriesLine, type VerbCode } from './verb.ts';

/** What a message meets at the far end of the link. */
export interface Receiver {
  /** Called in order of `atPs`. `inSame`: in the same message as the one before. */
  arrive(
    queuePair: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
    atPs: number,
    inSame: boolean,
  ): void;
}

export interface NicOptions {
  readonly timing: Timing;
  /** Those to all replicas. */
  readonly queuePairs: number;
  /** The replicas, and the way to each of them. */
  readonly receivers: readonly Receiver[];
  readonly propagationPs: readonly number[];
  /** Of losses. */
  readonly seed: number;
  /**
   * Where a message carries what a queue pair has ready, up to as much as the profile says, each with its tag:
   * told when each is first to be sent, `line` being -1 of one without.
   */
  readonly sent?: ((queuePair: number, line: number, atPs: number) => void) | undefined;
  readonly observer?: MirrorObserver | undefined;
}

/**
 * A queue pair's send queue, a ring. Head to rung: visible to the NIC; rung to tail: posted, no doorbell yet.
 * Counters run on, over 2^31 too, and are masked.
 */
class SendQueue {
  head = 0;
  rung = 0;
  tail = 0;
  /** Up to here acknowledgements are back, as far as was asked; up to `ackKnown` it is known when they are. */
  acked = 0;
  ackKnown = 0;
  /** Messages that `sent` was told of. */
  sentTo = 0;
  /** When the NIC may take the next message of this queue pair. */
  free = 0;
  readonly receiver: Receiver;
  readonly propagationPs: number;
  /** Number of its first entry among those of all. */
  readonly base: number;
  readonly mask: number;
  /** Verb, core and words of each message, four bits and a byte each; and its line. */
  readonly what: Int32Array;
  readonly line: Int32Array;
  readonly availableAt: Float64Array;
  readonly ackAt: Float64Array;

  constructor(queuePair: number, slots: number, receiver: Receiver, propagationPs: number) {
    this.receiver = receiver;
    this.propagationPs = propagationPs;
    this.base = queuePair * slots;
    this.mask = slots - 1;
    this.what = new Int32Array(slots);
    this.line = new Int32Array(slots);
    this.availableAt = new Float64Array(slots);
    this.ackAt = new Float64Array(slots);
  }
}

export class Nic {
  readonly #timing: Timing;
  readonly #observer: MirrorObserver | undefined;
  readonly #sent: NicOptions['sent'];
  readonly #queues: readonly SendQueue[];
  readonly #ready: EventHeap;
  /** What a doorbell tells of is sent when it rings. */
  #atOnce = false;
  readonly #random: Random;
  #nicFree = 0;
  #linkFree = 0;
  linkBytes = 0;
  /** By the words of a message: its time on the wire, and its bytes. */
  readonly #wirePs: Float64Array;
  readonly #bytes: Float64Array;
  retransmissions = 0;
  /** When each part of a packed message has left. */
  readonly #wireTo: Float64Array;

  constructor(options: NicOptions) {
    const { timing, queuePairs, propagationPs, receivers, seed, observer } = options;
    this.#sent = options.sent;
    this.#timing = timing;
    this.#random = new Random(seed);
    this.#observer = observer;
    const slots = 2 ** Math.ceil(Math.log2(timing.sendQueueEntries));
    this.#queues = Array.from({ length: queuePairs }, (_, i) => {
      const replica = i % receivers.length;
      return new SendQueue(i, slots, receivers[replica], propagationPs[replica]);
    });
    this.#ready = new EventHeap(queuePairs);
    this.#wireTo = new Float64Array(timing.packLines);
    this.#wirePs = Float64Array.from(WORD_COUNT, (count) => timing.wordsWirePs[count]);
    this.#bytes = Float64Array.from(WORD_COUNT, (n) => timing.headerBytes + n * ATOMIC_BYTES);
  }

  /** Time of the NIC's next message, or Infinity. */
  get nextTime(): number {
    return this.#ready.minTime;
  }

  /** Free send-queue entries at time `at`, as far as acknowledgements are known by now. */
  freeEntries(queuePair: number, at: number): number {
    const queue = this.#queues[queuePair];
    const { ackKnown, ackAt, mask } = queue;
    let { acked } = queue;
    while (acked !== ackKnown && ackAt[acked & mask] <= at) acked = (acked + 1) | 0;
    queue.acked = acked;
    return this.#timing.sendQueueEntries - ((queue.tail - acked) | 0);
  }

  /** When the oldest occupied entry is free again, or Infinity if that is not known yet. */
  nextFreeAt(queuePair: number): number {
    const { acked, ackKnown, ackAt, mask } = this.#queues[queuePair];
    return acked === ackKnown ? Number.POSITIVE_INFINITY : ackAt[acked & mask];
  }

  /**
   * Posts a message; the NIC sees it after the next doorbell. There must be a free entry. Returns
   * the entry.
   */
  post(queuePair: number, core: number, verb: VerbCode, line: number, words: number): number {
    const queue = this.#queues[queuePair];
    const { tail, acked, mask } = queue;
    const occupied = (tail - acked) | 0;
    if (occupied >= this.#timing.sendQueueEntries) throw new Error('send queue is full');
    const slot = tail & mask;
    queue.what[slot] = (words << 12) | (core << 4) | verb;
    queue.line[slot] = line;
    queue.tail = (tail + 1) | 0;
    return queue.base + slot;
  }

  /** Messages posted since the last doorbell. */
  unrung(queuePair: number): number {
    const { tail, rung } = this.#queues[queuePair];
    return (tail - rung) | 0;
  }

  /** The core's doorbell write leaves it at `at`. */
  ringDoorbell(queuePair: number, at: number): void {
    const queue = this.#queues[queuePair];
    const { head, rung, tail, availableAt, mask } = queue;
    if (rung === tail) return;
    queue.rung = tail;
    const available = at + this.#timing.postedPs;
    if (this.#atOnce) {
      this.#sendAll(queuePair, queue, available);
      return;
    }
    for (let i = rung; i !== tail; i = (i + 1) | 0) availableAt[i & mask] = available;
    if (head === rung) this.#ready.push(Math.max(available, queue.free), queuePair);
  }

  /**
   * From now on what a doorbell tells of is sent when it rings, if that is the same: with one queue pair nothing
   * else can come before it.
   */
  sendAtOnce(): void {
    this.#atOnce = this.#queues.length === 1 && this.#timing.lossBelow === 0;
    while (this.#atOnce && this.#ready.size > 0) this.sendNext();
  }

  #sendAll(queuePair: number, queue: SendQueue, available: number): void {
    while (queue.head !== queue.rung) {
      const start = Math.max(available, queue.free, this.#nicFree);
      this.#nicFree = start + this.#timing.nicMessagePs;
      this.#transmit(queuePair, queue, start);
    }
  }

  /** Sends the next message. Call only when `nextTime` is finite. */
  sendNext(): void {
    const timing = this.#timing;
    const queuePair = this.#ready.minId;
    const queue = this.#queues[queuePair];
    const start = Math.max(this.#ready.minTime, this.#nicFree);
    this.#ready.pop();
    this.#nicFree = start + timing.nicMessagePs;
    if (this.#sent !== undefined) {
      this.#sendPacked(queuePair, queue, start);
    } else if (timing.lossBelow > 0 && this.#random.next() < timing.lossBelow) {
      this.#occupyLink(queue.what[queue.head & queue.mask] >>> 12, start);
      this.#sendAgain(queuePair, start);
    } else {
      this.#transmit(queuePair, queue, start);
      this.#makeReady(queuePair, queue);
    }
  }

  /** A message with these words, taken at `start`, is on the wire from the returned time until the link is free. */
  #occupyLink(words: number, start: number): number {
    const wireFrom = Math.max(start + this.#timing.pipelinePs, this.#linkFree);
    this.#linkFree = wireFrom + this.#wirePs[words];
    this.linkBytes += this.#bytes[words];
    return wireFrom;
  }

  #sendAgain(queuePair: number, start: number): void {
    this.retransmissions++;
    this.#ready.push(start + this.#timing.retransmitPs, queuePair);
  }

  /** The next message, if there is one that its doorbell was rung for, is ready when it and the queue pair are. */
  #makeReady(queuePair: number, { head, rung, availableAt, mask, free }: SendQueue): void {
    if (head !== rung) this.#ready.push(Math.max(availableAt[head & mask], free), queuePair);
  }

  /** The first message of the queue pair, taken at `start`, crosses the link and arrives. */
  #transmit(queuePair: number, queue: SendQueue, start: number): void {
    const slot = queue.head & queue.mask;
    const what = queue.what[slot];
    const words = what >>> 12;
    const wireFrom = this.#occupyLink(words, start);
    const wireTo = this.#linkFree;
    queue.free = start + this.#timing.qpMessagePs;
    queue.head = (queue.head + 1) | 0;
    const arrived = wireTo + queue.propagationPs;
    this.#observer?.onTransmit?.(queue.base + slot, start, wireFrom, wireTo, arrived);
    const verb = (what & 0xf) as VerbCode;
    const core = (what >>> 4) & 0xff;
    queue.receiver.arrive(queuePair, core, verb, queue.line[slot], words, arrived, false);
  }

  /** Sends what the queue pair has ready at `start` as one message, which is there when all of it is. */
  #sendPacked(queuePair: number, queue: SendQueue, start: number): void {
    const timing = this.#timing;
    const { head, rung, base, mask, what } = queue;
    const most = Math.min(timing.packLines, (rung - head) | 0);
    const wireFrom = Math.max(start + timing.pipelinePs, this.#linkFree);
    const wireTo = this.#wireTo;
    let count = 0;
    this.#linkFree = wireFrom + timing.emptyWirePs;
    this.linkBytes += timing.headerBytes;
    for (let i = 0; i < most && queue.availableAt[(head + i) & mask] <= start; i++) {
      const slot = (head + i) & mask;
      const wordCount = WORD_COUNT[what[slot] >>> 12];
      this.#linkFree += timing.taggedWirePs[wordCount];
      this.linkBytes += timing.tagBytes + wordCount * ATOMIC_BYTES;
      wireTo[count++] = this.#linkFree;
      if (((head + i - queue.sentTo) | 0) < 0) continue;
      queue.sentTo = (queue.sentTo + 1) | 0;
      const verb = (what[slot] & 0xf) as VerbCode;
      this.#sent?.(queuePair, carriesLine(verb) ? queue.line[slot] : -1, start);
    }
    if (timing.lossBelow > 0 && this.#random.next() < timing.lossBelow) {
      this.#sendAgain(queuePair, start);
      return;
    }
    queue.free = start + timing.qpMessagePs;
    queue.head = (head + count) | 0;
    this.#makeReady(queuePair, queue);
    const arrived = this.#linkFree + queue.propagationPs;
    for (let i = 0; i < count; i++) {
      const slot = (head + i) & mask;
      const from = i === 0 ? wireFrom : wireTo[i - 1];
      this.#observer?.onTransmit?.(base + slot, start, from, wireTo[i], arrived);
      const verb = (what[slot] & 0xf) as VerbCode;
      const core = (what[slot] >>> 4) & 0xff;
      const words = what[slot] >>> 12;
      queue.receiver.arrive(queuePair, core, verb, queue.line[slot], words, arrived, i > 0);
    }
  }

  /**
   * The replica acknowledges the next message of the queue pair; that is back at the primary at
   * `backAt` (Infinity while not known: `settle` says it later), though no entry is free before
   * those ahead of it are. Returns the entry.
   */
  acknowledge(queuePair: number, backAt: number): number {
    const queue = this.#queues[queuePair];
    const slot = queue.ackKnown & queue.mask;
    queue.ackAt[slot] = backAt;
    queue.ackKnown = (queue.ackKnown + 1) | 0;
    return queue.base + slot;
  }

  /** The acknowledgement of an entry whose time was not known is back at `backAt`. */
  settle(queuePair: number, entry: number, backAt: number): void {
    const queue = this.#queues[queuePair];
    queue.ackAt[entry - queue.base] = backAt;
  }
}
