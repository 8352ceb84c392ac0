/**
 * A replica: NIC, PCIe, last-level cache with DDIO, memory controller.
 *
 * Messages arrive from the link in order. The NIC takes them at its message rate; those of a queue
 * pair that is held (a ROFENCE before them is not yet satisfied) wait in the NIC. Posted writes
 * cross PCIe in order and stop when the host holds as many as it can that neither cache nor memory
 * has taken. Non-posted reads follow them: a read's answer tells the NIC that what it asked for is
 * done. A message is acknowledged when the NIC hands it to PCIe.
 *
 * DDIO on: a line lands in the few ways that DDIO may use and pushes out another, which goes to PM
 * in no particular order. RCOMMIT writes the queue pair's dirty lines back; WRITE_THROUGH lines go
 * on by themselves. DDIO off: a line goes to the memory controller, in order on its queue pair, so a
 * full queue at one DIMM holds up those behind.
 *
 * A line that is held behind another of its queue pair at a full DIMM reserves its place at its own
 * DIMM at once, for when that is over: with several cores a line of another that arrives there in
 * the meantime queues behind it, where the real one would go first. A remote commit counts a line
 * that another queue pair or an eviction has taken meanwhile as durable when the LLC's last line is.
 *
 * Not modelled: the replica's own program and its cache traffic; a bound on held messages other
 * than the primary's send queue (a held message is not acknowledged).
 */

import { nsToPs } from '../pm/clock.ts';
import type { MirrorObserver } from '../pm/mirror.ts';
import { Cache } from './cache.ts';
import { EventHeap } from './event-heap.ts';
import { HoldQueues } from './hold-queues.ts';
import { Memory } from './memory.ts';
import { type ReplicaFault, slowedTiming } from './replica-fault.ts';
import type { Timing } from './timing.ts';
import { Verb, type VerbCode } from './verb.ts';

/** What a replica tells the primary. Times are at the primary. */
export interface ReplicaListener {
  /** The oldest unacknowledged message of the queue pair is acknowledged. */
  acknowledged(queuePair: number, backAt: number): void;
  /** The core's RCOMMIT or RDFENCE is answered. */
  answered(core: number, backAt: number): void;
}

/** Arrivals that may wait in the ring before it must be drained. */
const RING_SLOTS_MIN = 1024;

export class Replica {
  readonly #index: number;
  readonly #timing: Timing;
  readonly #primaryTiming: Timing;
  readonly #listener: ReplicaListener;
  readonly #observer: MirrorObserver | undefined;
  readonly #memory: Memory;
  readonly #ddio: Cache;
  readonly #durableOnArrival: boolean;
  readonly #stallFrom: number;
  readonly #stallUntil: number;
  /** Per line: 1 while it is in the LLC and not durable. */
  readonly #dirty: Uint8Array;
  /** Lines that each queue pair put into the LLC since its last RCOMMIT. */
  readonly #unflushed: number[][];
  /** Time by which all lines so far of each queue pair are durable, as far as asked to be. */
  readonly #durableBy: Float64Array;
  /** The same for all lines that left the LLC so far, whoever wrote them. */
  #cleanedBy = 0;
  readonly #lastAccept: Float64Array;
  // Arrivals in a ring: times never decrease.
  #at = new Float64Array(RING_SLOTS_MIN);
  #queuePair = new Uint16Array(RING_SLOTS_MIN);
  #core = new Uint8Array(RING_SLOTS_MIN);
  #verb = new Uint8Array(RING_SLOTS_MIN);
  #line = new Uint32Array(RING_SLOTS_MIN);
  #head = 0;
  #tail = 0;
  readonly #held: HoldQueues;
  readonly #releases: EventHeap;
  #nicFree = 0;
  #pcieFree = 0;
  readonly #hostTaken: Float64Array;
  #hostNext = 0;
  #llcFlushFree = 0;
  ddioEvictions = 0;
  /** Time of the next thing to do here, or Infinity. Only to be read. */
  nextTime = Number.POSITIVE_INFINITY;

  constructor(
    index: number,
    timing: Timing,
    queuePairs: number,
    heapLines: number,
    listener: ReplicaListener,
    observer: MirrorObserver | undefined,
    fault: ReplicaFault | undefined,
  ) {
    this.#index = index;
    this.#timing = fault?.slowdown === undefined ? timing : slowedTiming(timing, fault.slowdown);
    this.#primaryTiming = timing;
    this.#stallFrom = nsToPs(fault?.stallFromNs ?? 0);
    this.#stallUntil = this.#stallFrom + nsToPs(fault?.stallForNs ?? 0);
    this.#listener = listener;
    this.#observer = observer;
    this.#memory = new Memory(this.#timing.replicaMemory);
    this.#ddio = new Cache(timing.ddioSets, timing.ddioWays, 'hash');
    this.#durableOnArrival = timing.replicaMemory.domain === 'eadr';
    this.#dirty = new Uint8Array(heapLines);
    this.#unflushed = Array.from({ length: queuePairs }, () => []);
    this.#durableBy = new Float64Array(queuePairs);
    this.#lastAccept = new Float64Array(queuePairs);
    this.#held = new HoldQueues(queuePairs);
    this.#releases = new EventHeap(queuePairs);
    this.#hostTaken = new Float64Array(timing.hostBufferLines);
  }

  get mediaBlocks(): number {
    return this.#memory.mediaBlocks;
  }

  /** A message leaves the link at `at`, not before the one before it. */
  arrive(queuePair: number, core: number, verb: VerbCode, line: number, at: number): void {
    if (this.#tail - this.#head === this.#at.length) this.#growRing();
    const slot = this.#tail & (this.#at.length - 1);
    this.#at[slot] = at;
    this.#queuePair[slot] = queuePair;
    this.#core[slot] = core;
    this.#verb[slot] = verb;
    this.#line[slot] = line;
    this.#tail++;
    if (at < this.nextTime) this.nextTime = at;
  }

  /** Does the next thing. Call only when `nextTime` is finite. */
  processNext(): void {
    this.#doNext();
    const release = this.#releases.minTime;
    const arrival =
      this.#head === this.#tail
        ? Number.POSITIVE_INFINITY
        : this.#at[this.#head & (this.#at.length - 1)];
    this.nextTime = Math.min(release, arrival);
  }

  #doNext(): void {
    const slot = this.#head & (this.#at.length - 1);
    const arrival = this.#head === this.#tail ? Number.POSITIVE_INFINITY : this.#at[slot];
    if (this.#releases.minTime <= arrival) {
      const at = this.#releases.minTime;
      const queuePair = this.#releases.minId;
      this.#releases.pop();
      this.#release(queuePair, at);
      return;
    }
    this.#head++;
    let at = Math.max(arrival, this.#nicFree);
    if (at >= this.#stallFrom && at < this.#stallUntil) at = this.#stallUntil;
    this.#nicFree = at + this.#timing.nicMessagePs;
    const queuePair = this.#queuePair[slot];
    const core = this.#core[slot];
    const verb = this.#verb[slot] as VerbCode;
    const line = this.#line[slot];
    const handled = at + this.#timing.pipelinePs;
    if (this.#held.isHeld(queuePair)) this.#held.append(queuePair, core, verb, line, handled);
    else this.#handle(queuePair, core, verb, line, handled);
  }

  /** The ROFENCE that held the queue pair is satisfied at `at`. */
  #release(queuePair: number, at: number): void {
    const held = this.#held;
    held.unhold(queuePair);
    while (!held.isHeld(queuePair) && !held.isEmpty(queuePair)) {
      const i = held.take(queuePair);
      const ready = Math.max(at, held.at[i]);
      this.#handle(queuePair, held.core[i], held.verb[i] as VerbCode, held.line[i], ready);
    }
  }

  #handle(queuePair: number, core: number, verb: VerbCode, line: number, at: number): void {
    switch (verb) {
      case Verb.WRITE:
      case Verb.WRITE_THROUGH:
      case Verb.WRITE_BYPASS:
        this.#write(queuePair, core, verb, line, at);
        break;
      case Verb.ROFENCE: {
        this.#listener.acknowledged(queuePair, this.#backAt(at));
        this.#held.hold(queuePair);
        this.#releases.push(this.#readBack(queuePair, at), queuePair);
        break;
      }
      case Verb.RCOMMIT:
      case Verb.RDFENCE: {
        if (verb === Verb.RCOMMIT) {
          this.#flush(queuePair, core, this.#readArrival(at));
        }
        const backAt = this.#backAt(this.#readBack(queuePair, at));
        this.#listener.acknowledged(queuePair, backAt);
        this.#listener.answered(core, backAt);
        break;
      }
    }
  }

  #write(queuePair: number, core: number, verb: VerbCode, line: number, at: number): void {
    const timing = this.#timing;
    const slot = this.#hostNext;
    const start = Math.max(at, this.#pcieFree, this.#hostTaken[slot]);
    this.#pcieFree = start + timing.pcieLinePs;
    this.#listener.acknowledged(queuePair, this.#backAt(start));
    const atHost = this.#pcieFree + timing.pciePostedPs;
    let taken = atHost;
    if (verb === Verb.WRITE_BYPASS) {
      taken = this.#memory.accept(line, Math.max(atHost, this.#lastAccept[queuePair]));
      this.#lastAccept[queuePair] = taken;
      this.#observer?.onReplicaVisible?.(this.#index, core, line, taken);
      this.#setDurable(queuePair, core, line, taken);
    } else {
      this.#intoLlc(queuePair, core, verb, line, atHost);
    }
    this.#hostTaken[slot] = taken;
    this.#hostNext = slot + 1 === this.#hostTaken.length ? 0 : slot + 1;
  }

  #intoLlc(queuePair: number, core: number, verb: VerbCode, line: number, at: number): void {
    this.#observer?.onReplicaVisible?.(this.#index, core, line, at);
    if (!this.#ddio.access(line) && this.#ddio.evicted >= 0) {
      this.#evict(core, this.#ddio.evicted, at);
    }
    if (this.#durableOnArrival) {
      this.#setDurable(queuePair, core, line, at);
    } else if (verb === Verb.WRITE_THROUGH) {
      this.#setDurable(queuePair, core, line, this.#writeBack(line, at));
    } else {
      this.#dirty[line] = 1;
      this.#unflushed[queuePair].push(line);
    }
  }

  #evict(core: number, line: number, at: number): void {
    if (this.#dirty[line] === 0) return;
    this.#dirty[line] = 0;
    this.ddioEvictions++;
    const accepted = this.#writeBack(line, at);
    this.#observer?.onReplicaDurable?.(this.#index, core, line, accepted);
  }

  /** Writes back what the queue pair left in the LLC, from `at` on. */
  #flush(queuePair: number, core: number, at: number): void {
    const lines = this.#unflushed[queuePair];
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i];
      if (this.#dirty[line] === 1) {
        this.#dirty[line] = 0;
        this.#setDurable(queuePair, core, line, this.#writeBack(line, at));
      } else if (this.#cleanedBy > this.#durableBy[queuePair]) {
        // An eviction or another queue pair took it; it is in memory by then at the latest.
        this.#durableBy[queuePair] = this.#cleanedBy;
      }
    }
    lines.length = 0;
  }

  /** A line leaves the LLC for memory, `at` or when the LLC gets to it; returns the acceptance. */
  #writeBack(line: number, at: number): number {
    const timing = this.#timing;
    const start = Math.max(at, this.#llcFlushFree);
    this.#llcFlushFree = start + timing.llcFlushLinePs;
    const accepted = this.#memory.accept(line, this.#llcFlushFree + timing.llcFlushPathPs);
    if (accepted > this.#cleanedBy) this.#cleanedBy = accepted;
    return accepted;
  }

  #setDurable(queuePair: number, core: number, line: number, at: number): void {
    if (at > this.#durableBy[queuePair]) this.#durableBy[queuePair] = at;
    this.#observer?.onReplicaDurable?.(this.#index, core, line, at);
  }

  /** When a read that the NIC issues at `at` is at the host: behind earlier posted writes. */
  #readArrival(at: number): number {
    const timing = this.#timing;
    return Math.max(at + timing.pcieReadHalfPs, this.#pcieFree + timing.pciePostedPs);
  }

  /** When the NIC has the answer to a read issued at `at` that waits for the durable lines. */
  #readBack(queuePair: number, at: number): number {
    const done = Math.max(this.#readArrival(at), this.#durableBy[queuePair]);
    return done + this.#timing.pcieReadHalfPs;
  }

  /** When an answer that leaves this NIC at `at` is seen by the core that waits for it. */
  #backAt(at: number): number {
    const { pipelinePs, pciePostedPs, emptyWirePs, propagationPs } = this.#primaryTiming;
    // Only the first pass through a NIC is this replica's, and slow where it is.
    const atPrimary = at + this.#timing.pipelinePs + emptyWirePs + propagationPs;
    return atPrimary + pipelinePs + pciePostedPs;
  }

  #growRing(): void {
    const slots = this.#at.length * 2;
    const grow = <T extends Float64Array | Uint16Array | Uint8Array | Uint32Array>(
      old: T,
      to: T,
    ) => {
      for (let i = this.#head; i < this.#tail; i++) {
        to[i & (slots - 1)] = old[i & (old.length - 1)];
      }
      return to;
    };
    this.#at = grow(this.#at, new Float64Array(slots));
    this.#queuePair = grow(this.#queuePair, new Uint16Array(slots));
    this.#core = grow(this.#core, new Uint8Array(slots));
    this.#verb = grow(this.#verb, new Uint8Array(slots));
    this.#line = grow(this.#line, new Uint32Array(slots));
  }
}
