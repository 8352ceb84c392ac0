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

/** What a message meets at the far end of the link. Called in order of `atPs`. */
export type Arrive = (
  queuePair: number,
  core: number,
  verb: VerbCode,
  line: number,
  words: number,
  atPs: number,
  /** In the same message as the one before. */
  inSame: boolean,
) => void;

export interface NicOptions {
  readonly timing: Timing;
  /** Those to all replicas. */
  readonly queuePairs: number;
  /** The way to each of the replicas. */
  readonly propagationPs: readonly number[];
  /** Of losses. */
  readonly seed: number;
  /**
   * Where a message carries what a queue pair has ready, up to as much as the profile says, each with its tag:
   * told when each is first to be sent, `line` being -1 of one without.
   */
  readonly sent?: ((queuePair: number, line: number, atPs: number) => void) | undefined;
  readonly arrive: Arrive;
  readonly observer?: MirrorObserver | undefined;
}

export class Nic {
  readonly #timing: Timing;
  readonly #arrive: Arrive;
  readonly #observer: MirrorObserver | undefined;
  readonly #sent: NicOptions['sent'];
  /** Per queue pair: messages that `sent` was told of. */
  readonly #sentTo: Float64Array;
  readonly #mask: number;
  readonly #shift: number;
  // Send queues, one ring of 2^shift slots per queue pair. Head..rung: visible to the NIC;
  // rung..tail: posted, no doorbell yet. Counters run on and are masked.
  readonly #verb: Uint8Array;
  readonly #core: Uint8Array;
  readonly #line: Uint32Array;
  readonly #words: Uint8Array;
  readonly #availableAt: Float64Array;
  readonly #head: Float64Array;
  readonly #rung: Float64Array;
  readonly #tail: Float64Array;
  readonly #acked: Float64Array;
  /** When each slot's acknowledgement is back; valid from #acked to #ackKnown. */
  readonly #ackAt: Float64Array;
  readonly #ackKnown: Float64Array;
  readonly #queuePairFree: Float64Array;
  readonly #propagationPs: Float64Array;
  readonly #ready: EventHeap;
  readonly #random: Random;
  #nicFree = 0;
  #linkFree = 0;
  linkBytes = 0;
  retransmissions = 0;

  constructor(options: NicOptions) {
    const { timing, queuePairs, propagationPs, seed, arrive, observer } = options;
    this.#sent = options.sent;
    this.#sentTo = new Float64Array(queuePairs);
    this.#timing = timing;
    this.#propagationPs = Float64Array.from({ length: queuePairs }, (_, i) => {
      return propagationPs[i % propagationPs.length];
    });
    this.#random = new Random(seed);
    this.#arrive = arrive;
    this.#observer = observer;
    this.#shift = Math.ceil(Math.log2(timing.sendQueueEntries));
    const slots = 2 ** this.#shift;
    this.#mask = slots - 1;
    this.#verb = new Uint8Array(queuePairs * slots);
    this.#core = new Uint8Array(queuePairs * slots);
    this.#line = new Uint32Array(queuePairs * slots);
    this.#words = new Uint8Array(queuePairs * slots);
    this.#availableAt = new Float64Array(queuePairs * slots);
    this.#ackAt = new Float64Array(queuePairs * slots);
    this.#head = new Float64Array(queuePairs);
    this.#rung = new Float64Array(queuePairs);
    this.#tail = new Float64Array(queuePairs);
    this.#acked = new Float64Array(queuePairs);
    this.#ackKnown = new Float64Array(queuePairs);
    this.#queuePairFree = new Float64Array(queuePairs);
    this.#ready = new EventHeap(queuePairs);
  }

  /** Time of the NIC's next message, or Infinity. */
  get nextTime(): number {
    return this.#ready.minTime;
  }

  /** Free send-queue entries at time `at`, as far as acknowledgements are known by now. */
  freeEntries(queuePair: number, at: number): number {
    let acked = this.#acked[queuePair];
    const known = this.#ackKnown[queuePair];
    const base = queuePair << this.#shift;
    while (acked < known && this.#ackAt[base + (acked & this.#mask)] <= at) acked++;
    this.#acked[queuePair] = acked;
    return this.#timing.sendQueueEntries - (this.#tail[queuePair] - acked);
  }

  /** When the oldest occupied entry is free again, or Infinity if that is not known yet. */
  nextFreeAt(queuePair: number): number {
    const acked = this.#acked[queuePair];
    if (acked === this.#ackKnown[queuePair]) return Number.POSITIVE_INFINITY;
    return this.#ackAt[(queuePair << this.#shift) + (acked & this.#mask)];
  }

  /**
   * Posts a message; the NIC sees it after the next doorbell. There must be a free entry. Returns
   * the entry.
   */
  post(queuePair: number, core: number, verb: VerbCode, line: number, words: number): number {
    const tail = this.#tail[queuePair];
    const occupied = tail - this.#acked[queuePair];
    if (occupied >= this.#timing.sendQueueEntries) throw new Error('send queue is full');
    const slot = (queuePair << this.#shift) + (tail & this.#mask);
    this.#verb[slot] = verb;
    this.#core[slot] = core;
    this.#line[slot] = line;
    this.#words[slot] = words;
    this.#tail[queuePair] = tail + 1;
    return slot;
  }

  /** Messages posted since the last doorbell. */
  unrung(queuePair: number): number {
    return this.#tail[queuePair] - this.#rung[queuePair];
  }

  /** The core's doorbell write leaves it at `at`. */
  ringDoorbell(queuePair: number, at: number): void {
    const rung = this.#rung[queuePair];
    const tail = this.#tail[queuePair];
    const base = queuePair << this.#shift;
    const availableAt = at + this.#timing.postedPs;
    for (let i = rung; i < tail; i++) this.#availableAt[base + (i & this.#mask)] = availableAt;
    this.#rung[queuePair] = tail;
    if (this.#head[queuePair] === rung && rung !== tail) {
      this.#ready.push(Math.max(availableAt, this.#queuePairFree[queuePair]), queuePair);
    }
  }

  /** Sends the next message. Call only when `nextTime` is finite. */
  sendNext(): void {
    const timing = this.#timing;
    const queuePair = this.#ready.minId;
    const start = Math.max(this.#ready.minTime, this.#nicFree);
    this.#ready.pop();
    const head = this.#head[queuePair];
    const base = queuePair << this.#shift;
    const slot = base + (head & this.#mask);
    this.#nicFree = start + timing.nicMessagePs;
    if (this.#sent !== undefined) {
      this.#sendPacked(queuePair, start);
      return;
    }
    const verb = this.#verb[slot] as VerbCode;
    const wordCount = WORD_COUNT[this.#words[slot]];
    const wireFrom = Math.max(start + timing.pipelinePs, this.#linkFree);
    this.#linkFree = wireFrom + timing.wordsWirePs[wordCount];
    this.linkBytes += timing.headerBytes + wordCount * ATOMIC_BYTES;
    if (timing.lossBelow > 0 && this.#random.next() < timing.lossBelow) {
      this.retransmissions++;
      this.#ready.push(start + timing.retransmitPs, queuePair);
      return;
    }
    const queuePairFree = start + timing.qpMessagePs;
    this.#queuePairFree[queuePair] = queuePairFree;
    this.#head[queuePair] = head + 1;
    if (head + 1 < this.#rung[queuePair]) {
      const available = this.#availableAt[base + ((head + 1) & this.#mask)];
      this.#ready.push(Math.max(available, queuePairFree), queuePair);
    }
    const arrived = this.#linkFree + this.#propagationPs[queuePair];
    this.#observer?.onTransmit?.(slot, start, wireFrom, this.#linkFree, arrived);
    const line = this.#line[slot];
    this.#arrive(queuePair, this.#core[slot], verb, line, this.#words[slot], arrived, false);
  }

  /** Sends what the queue pair has ready at `start` as one message, which is there when all of it is. */
  #sendPacked(queuePair: number, start: number): void {
    const timing = this.#timing;
    const head = this.#head[queuePair];
    const base = queuePair << this.#shift;
    const slotOf = (i: number): number => base + ((head + i) & this.#mask);
    const most = Math.min(timing.packLines, this.#rung[queuePair] - head);
    const wireFrom = Math.max(start + timing.pipelinePs, this.#linkFree);
    const wireTo: number[] = [];
    this.#linkFree = wireFrom + timing.emptyWirePs;
    this.linkBytes += timing.headerBytes;
    for (let i = 0; i < most && this.#availableAt[slotOf(i)] <= start; i++) {
      const wordCount = WORD_COUNT[this.#words[slotOf(i)]];
      this.#linkFree += timing.taggedWirePs[wordCount];
      this.linkBytes += timing.tagBytes + wordCount * ATOMIC_BYTES;
      wireTo.push(this.#linkFree);
      if (head + i < this.#sentTo[queuePair]) continue;
      this.#sentTo[queuePair]++;
      const verb = this.#verb[slotOf(i)] as VerbCode;
      this.#sent?.(queuePair, carriesLine(verb) ? this.#line[slotOf(i)] : -1, start);
    }
    if (timing.lossBelow > 0 && this.#random.next() < timing.lossBelow) {
      this.retransmissions++;
      this.#ready.push(start + timing.retransmitPs, queuePair);
      return;
    }
    const next = head + wireTo.length;
    this.#queuePairFree[queuePair] = start + timing.qpMessagePs;
    this.#head[queuePair] = next;
    if (next < this.#rung[queuePair]) {
      const available = this.#availableAt[base + (next & this.#mask)];
      this.#ready.push(Math.max(available, this.#queuePairFree[queuePair]), queuePair);
    }
    const arrived = this.#linkFree + this.#propagationPs[queuePair];
    for (const [i, to] of wireTo.entries()) {
      const slot = slotOf(i);
      this.#observer?.onTransmit?.(slot, start, wireTo[i - 1] ?? wireFrom, to, arrived);
      const verb = this.#verb[slot] as VerbCode;
      const line = this.#line[slot];
      this.#arrive(queuePair, this.#core[slot], verb, line, this.#words[slot], arrived, i > 0);
    }
  }

  /**
   * The replica acknowledges the next message of the queue pair; that is back at the primary at
   * `backAt` (Infinity while not known: `settle` says it later), though no entry is free before
   * those ahead of it are. Returns the entry.
   */
  acknowledge(queuePair: number, backAt: number): number {
    const known = this.#ackKnown[queuePair];
    const entry = (queuePair << this.#shift) + (known & this.#mask);
    this.#ackAt[entry] = backAt;
    this.#ackKnown[queuePair] = known + 1;
    return entry;
  }

  /** The acknowledgement of an entry whose time was not known is back at `backAt`. */
  settle(entry: number, backAt: number): void {
    this.#ackAt[entry] = backAt;
  }
}
