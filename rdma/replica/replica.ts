/**
 * A replica: NIC, PCIe, last-level cache with DDIO, memory controller.
 *
 * Messages arrive from the link in order. The NIC takes them at its message rate; those of a queue
 * pair that is held (a ROFENCE before them is not yet satisfied) wait in the NIC. Posted writes
 * cross PCIe in order and stop when the host holds as many as it can that neither cache nor memory
 * has taken. Non-posted reads follow them: a read's answer tells the NIC that what it asked for is
 * done. A message is acknowledged when the NIC hands it to PCIe.
 *
 * DDIO on: a line goes to the cache (`ddio.ts`). RCOMMIT writes the queue pair's dirty lines back; WRITE_THROUGH
 * lines are written through at once. DDIO off: a line goes to the memory controller, in order on its queue pair,
 * so a full queue at one DIMM holds up those behind. They and the fences behind them wait in the host until it is
 * their turn, while lines of other queue pairs pass them. With DDIO turned off at this machine, every line goes
 * that way, whatever the design sends it as; one that bypasses the cache does so with DDIO on, too.
 *
 * FLUSH works as RCOMMIT; an ATOMIC_WRITE behind it waits as for an ROFENCE (`flushes.ts`). A SEND goes to the
 * replica's processor (`processor.ts`), behind earlier lines in the host. A WRITE of some words of a line is
 * handled as one of a whole line, but for its time on PCIe.
 *
 * Not modelled: a bound on held messages other than the primary's send queue (a held message is not
 * acknowledged); the read of the rest of a line that is not in the cache when a few words of it come.
 */

import { Memory } from '../memory.ts';
import type { MirrorObserver, ReplicaFault } from '../mirror.ts';
import { EventHeap } from '../network/event-heap.ts';
import { carriesLine, isForProcessor, Verb, type VerbCode } from '../network/verb.ts';
import type { Timing } from '../profiles/timing.ts';
import { Arrivals } from './arrivals.ts';
import { Ddio } from './ddio.ts';
import { slowedTiming } from './fault.ts';
import { Flushes } from './flushes.ts';
import { HoldQueues } from './hold-queues.ts';
import { Intake } from './intake.ts';
import type { ReplicaListener, ReplicaMachine } from './listener.ts';
import { NumberedPath } from './numbered-path.ts';
import { Pcie } from './pcie.ts';
import { Processor } from './processor.ts';

/** The same object: as a constant of this file it is one for the compiler, too. */
const VERB = Verb;

export class Replica {
  /** From when an answer leaves this NIC until the core that waits for it sees it. */
  readonly wayBackPs: number;
  readonly #index: number;
  readonly #timing: Timing;
  readonly #listener: ReplicaListener;
  readonly #observer: MirrorObserver | undefined;
  readonly memory: Memory;
  readonly ddio: Ddio;
  readonly intake: Intake;
  /** Time by which all lines so far of each queue pair are durable, as far as asked to be. */
  readonly #durableBy: Float64Array;
  /** Per queue pair, when its last line past the cache was accepted. */
  readonly #accepted: readonly { lastPs: number }[];
  /** What each queue pair has in the host behind a line that a full DIMM holds up. */
  readonly #blocked: HoldQueues;
  /** When the first line of each such queue is offered to its DIMM. */
  readonly #offers: EventHeap;
  readonly #arrivals = new Arrivals();
  readonly #held: HoldQueues;
  readonly #releases: EventHeap;
  readonly #flushes: Flushes;
  readonly #processor: Processor;
  /** Only where messages are numbered. */
  readonly numbered: NumberedPath | undefined;
  readonly #pcie: Pcie;
  /** Messages are worked off as they arrive, and not when their time has come. */
  #atOnce = false;
  /** Time of the next thing to do here, or Infinity. Only to be read. */
  nextTime = Number.POSITIVE_INFINITY;

  constructor(
    index: number,
    { own, primary, seed, numbering }: ReplicaMachine,
    queuePairs: number,
    heapLines: number,
    listener: ReplicaListener,
    observer: MirrorObserver | undefined,
    fault: ReplicaFault | undefined,
  ) {
    this.#index = index;
    const timing = fault?.slowdown === undefined ? own : slowedTiming(own, fault.slowdown);
    this.#timing = timing;
    // Only the first pass through a NIC is this replica's, and slow where it is; so is the way.
    const ownPs = timing.pipelinePs + timing.propagationPs;
    this.wayBackPs = ownPs + primary.emptyWirePs + primary.pipelinePs + primary.postedPs;
    this.intake = new Intake(index, timing, fault, observer);
    this.#listener = listener;
    this.#observer = observer;
    this.memory = new Memory(timing.replicaMemory, observer?.onQueued?.bind(observer, index));
    const durableBy = new Float64Array(queuePairs);
    this.#durableBy = durableBy;
    this.#accepted = Array.from(durableBy, () => ({ lastPs: Number.NEGATIVE_INFINITY }));
    this.ddio = new Ddio(index, timing, heapLines, this.memory, durableBy, observer, seed);
    this.#blocked = new HoldQueues(queuePairs);
    this.#offers = new EventHeap(queuePairs);
    this.#held = new HoldQueues(queuePairs);
    this.#releases = new EventHeap(queuePairs);
    this.#flushes = new Flushes(queuePairs, this.#held, this.#releases);
    this.#processor = new Processor({
      replica: index,
      timing,
      ddio: this.ddio,
      durableBy,
      observer,
      answer: ({ queuePair, core, entry }, at) => {
        listener.settled(queuePair, entry, this.#backAt(at));
        listener.answered(core, index, this.#backAt(at));
      },
    });
    this.#pcie = new Pcie(timing, own.hostBufferLines);
    if (numbering === undefined) return;
    const capacity = queuePairs * primary.sendQueueEntries;
    this.numbered = new NumberedPath({
      ...{ replica: index, timing, memory: this.memory, listener, observer },
      ...{ numbering, queuePairs, heapLines, capacity },
      backAt: (at) => this.#backAt(at),
    });
  }

  /** A message leaves the link at `at`, not before the one before it; or it came in the same (`inSame`). */
  arrive(
    queuePair: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
    at: number,
    inSame: boolean,
  ): void {
    const handled = this.intake.throughAt(at, inSame);
    if (this.#atOnce) {
      while (this.nextTime <= handled && this.#doBefore(handled)) this.#findNext();
      if (verb <= VERB.WRITE_BYPASS && !this.#held.isHeld(queuePair)) {
        this.#write(queuePair, core, verb, line, words, handled);
        // Where nothing waits here, most lines leave it so.
        if (this.nextTime < Number.POSITIVE_INFINITY || this.#offers.size > 0) this.#findNext();
      } else {
        this.#take(queuePair, core, verb, line, words, handled);
        this.#findNext();
      }
      return;
    }
    this.#arrivals.append(queuePair, core, verb, line, words, handled);
    if (handled < this.nextTime) this.nextTime = handled;
  }

  /**
   * From now on messages are worked off as they are sent, ahead of time. Whatever comes later is handled later,
   * so nothing here can tell; but it is told earlier.
   */
  workAtOnce(): void {
    this.#atOnce = true;
    while (this.#arrivals.firstAt < Number.POSITIVE_INFINITY) this.processNext();
  }

  /** Does the next thing. Call only when `nextTime` is finite. */
  processNext(): void {
    const arrivals = this.#arrivals;
    const handled = arrivals.firstAt;
    if (!this.#doBefore(handled)) {
      const i = arrivals.take();
      const { queuePair, core, verb, line, words } = arrivals;
      this.#take(queuePair[i], core[i], verb[i] as VerbCode, line[i], words[i], handled);
    }
    this.#findNext();
  }

  #findNext(): void {
    let next = this.#arrivals.firstAt;
    if (this.#releases.minTime < next) next = this.#releases.minTime;
    if (this.#offers.minTime < next) next = this.#offers.minTime;
    if (this.#processor.nextTime < next) next = this.#processor.nextTime;
    this.nextTime = next;
  }

  /** Does what comes before a message that the NIC is through with at `handled`, if there is anything. */
  #doBefore(handled: number): boolean {
    const released = this.#releases.minTime;
    const other = Math.min(handled, released);
    if (this.#processor.nextTime < Math.min(other, this.#offers.minTime)) {
      this.#processor.serve();
      return true;
    }
    // What is handled later is at the host later.
    if (this.#offers.minTime <= other && this.#offers.size > 0) {
      this.#offerNext();
      return true;
    }
    if (released > handled || this.#releases.size === 0) return false;
    const queuePair = this.#releases.minId;
    this.#releases.pop();
    this.#release(queuePair, released);
    return true;
  }

  /** The NIC is through with a message. */
  #take(
    queuePair: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
    handled: number,
  ): void {
    if (this.numbered !== undefined) {
      this.numbered.arrive(queuePair, core, verb, line, words, handled);
      return;
    }
    const held = this.#held;
    if (held.isHeld(queuePair) || this.#flushes.holdUp(queuePair, verb, handled)) {
      held.append(queuePair, core, verb, line, words, handled, 0);
    } else {
      this.#observer?.onReplicaHanded?.(queuePair, handled, handled);
      this.#handle(queuePair, core, verb, line, words, handled);
    }
  }

  /** What held the queue pair, an ROFENCE or FLUSHes, is satisfied at `at`. */
  #release(queuePair: number, at: number): void {
    const held = this.#held;
    held.unhold(queuePair);
    while (!held.isHeld(queuePair) && !held.isEmpty(queuePair)) {
      const verb = held.verb[held.first(queuePair)] as VerbCode;
      if (this.#flushes.holdUp(queuePair, verb, at)) return;
      const i = held.take(queuePair);
      this.#observer?.onReplicaHanded?.(queuePair, held.at[i], at);
      this.#handle(queuePair, held.core[i], verb, held.line[i], held.words[i], at);
    }
  }

  /** The NIC hands a message on at `at`. */
  #handle(
    queuePair: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
    at: number,
  ): void {
    switch (verb) {
      case VERB.SEND_LINE:
        this.#processor.receive(queuePair, { core, line, words });
        this.#listener.acknowledged(queuePair, this.#backAt(this.#pcie.cross(words, at)));
        break;
      case VERB.SEND:
      case VERB.SEND_SEEN:
        this.#send(queuePair, core, verb, at);
        break;
      case VERB.ROFENCE:
        this.#listener.acknowledged(queuePair, this.#backAt(at));
        this.#held.hold(queuePair);
        this.#fence(queuePair, core, verb, this.#pcie.readArrival(at));
        break;
      case VERB.FLUSH:
      case VERB.RCOMMIT: {
        const arrival = this.#pcie.readArrival(at);
        this.ddio.flush(queuePair, core, arrival);
        if (verb === VERB.FLUSH) this.#flushes.begin(queuePair);
        this.#fence(queuePair, core, verb, arrival);
        break;
      }
      case VERB.READ:
      case VERB.RDFENCE:
        this.#fence(queuePair, core, verb, this.#pcie.readArrival(at));
        break;
      case VERB.COMPLETION:
        this.#answer(queuePair, core, this.#backAt(Math.max(at, this.#pcie.free)));
        break;
      default:
        this.#write(queuePair, core, verb, line, words, at);
    }
  }

  /** A fence's read reaches the host at `arrival`: it is answered now or behind what is blocked. */
  #fence(queuePair: number, core: number, verb: VerbCode, arrival: number): void {
    if (this.#blocked.isEmpty(queuePair)) {
      const backAt = this.#satisfy(queuePair, core, verb, arrival);
      if (verb !== VERB.ROFENCE) this.#answer(queuePair, core, backAt);
      return;
    }
    const unknown = Number.POSITIVE_INFINITY;
    const tag = verb === VERB.ROFENCE ? 0 : this.#listener.acknowledged(queuePair, unknown);
    this.#blocked.append(queuePair, core, verb, 0, 0, arrival, tag);
  }

  /** The next message of the queue pair is acknowledged and answered, which is at the core at `backAt`. */
  #answer(queuePair: number, core: number, backAt: number): void {
    this.#listener.acknowledged(queuePair, backAt);
    this.#listener.answered(core, this.#index, backAt);
  }

  /**
   * The NIC has the answer to a fence's read, at the host at `arrival`, once the queue pair's lines
   * are durable; a ROFENCE then lets go of what it held. Returns when an answer is at the core.
   */
  #satisfy(queuePair: number, core: number, verb: VerbCode, arrival: number): number {
    const done = Math.max(arrival, this.#durableBy[queuePair]) + this.#timing.readHalfPs;
    this.#observer?.onReplicaFence?.(this.#index, core, done);
    if (verb === VERB.FLUSH) this.#flushes.end(queuePair, done);
    if (verb === VERB.ROFENCE) this.#releases.push(done, queuePair);
    else this.#observer?.onReplicaAnswer?.(this.#index, core, done);
    return this.#backAt(done);
  }

  /** A request for the processor: it comes behind earlier lines of its queue pair, which may be blocked. */
  #send(queuePair: number, core: number, verb: VerbCode, at: number): void {
    this.#pcie.cross(0, at);
    const arrivalPs = this.#pcie.atHost;
    const entry = this.#listener.acknowledged(queuePair, Number.POSITIVE_INFINITY);
    if (this.#blocked.isEmpty(queuePair)) {
      this.#processor.submit({ queuePair, core, verb, arrivalPs, entry });
    } else this.#blocked.append(queuePair, core, verb, 0, 0, arrivalPs, entry);
  }

  #write(
    queuePair: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
    at: number,
  ): void {
    const timing = this.#timing;
    const pcie = this.#pcie;
    const place = pcie.takePlace();
    const start = pcie.cross(words, Math.max(at, pcie.placeFree[place]));
    this.#listener.acknowledged(queuePair, this.#backAt(start));
    const { atHost } = pcie;
    const atMemory = atHost + timing.memoryPathPs;
    while (this.#offers.minTime <= atMemory) this.#offerNext();
    if (verb !== VERB.WRITE_BYPASS && timing.ddioEnabled) {
      const through = verb === VERB.WRITE_THROUGH;
      pcie.placeFree[place] = this.ddio.write(queuePair, core, line, words, atHost, through);
      return;
    }
    if (this.#blocked.isEmpty(queuePair) && this.#accepted[queuePair].lastPs <= atMemory) {
      this.#accept(queuePair, core, line, words, atMemory, place);
      return;
    }
    pcie.placeFree[place] = Number.POSITIVE_INFINITY;
    const first = this.#blocked.isEmpty(queuePair);
    this.#blocked.append(queuePair, core, verb, line, words, atMemory, place);
    if (first) this.#offers.push(this.#accepted[queuePair].lastPs, queuePair);
  }

  /** A line is offered to its DIMM at `at`, no earlier than any offered before. */
  #accept(
    queuePair: number,
    core: number,
    line: number,
    words: number,
    at: number,
    place: number,
  ): void {
    const accepted = this.memory.accept(line, at);
    this.#accepted[queuePair].lastPs = accepted;
    this.#pcie.placeFree[place] = accepted;
    this.#observer?.onReplicaVisible?.(this.#index, core, line, words, accepted);
    if (accepted > this.#durableBy[queuePair]) this.#durableBy[queuePair] = accepted;
    this.ddio.supersede(line);
    this.#observer?.onReplicaDurable?.(this.#index, core, line, accepted);
  }

  /** The earliest of the blocked lines has its turn, and the fences right behind it. */
  #offerNext(): void {
    const at = this.#offers.minTime;
    const queuePair = this.#offers.minId;
    this.#offers.pop();
    const blocked = this.#blocked;
    const i = blocked.take(queuePair);
    const { core, line, words, tag } = blocked;
    this.#accept(queuePair, core[i], line[i], words[i], at, tag[i]);
    while (!blocked.isEmpty(queuePair)) {
      const next = blocked.first(queuePair);
      const verb = blocked.verb[next] as VerbCode;
      if (carriesLine(verb)) {
        this.#offers.push(Math.max(blocked.at[next], this.#accepted[queuePair].lastPs), queuePair);
        return;
      }
      blocked.take(queuePair);
      if (isForProcessor(verb)) {
        const arrivalPs = Math.max(blocked.at[next], this.#accepted[queuePair].lastPs);
        this.#processor.submit({ queuePair, core: core[next], verb, arrivalPs, entry: tag[next] });
        continue;
      }
      const backAt = this.#satisfy(queuePair, blocked.core[next], verb, blocked.at[next]);
      if (verb === VERB.ROFENCE) continue;
      this.#listener.settled(queuePair, blocked.tag[next], backAt);
      this.#listener.answered(blocked.core[next], this.#index, backAt);
    }
  }

  /** When an answer that leaves this NIC at `at` is seen by the core that waits for it. */
  #backAt(at: number): number {
    return at + this.wayBackPs;
  }
}
