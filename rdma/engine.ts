/**
 * The timing model: cores with local persistence, a NIC and link that they share, and replicas.
 * Implements the Mirror contract of `rdma/mirror.ts`.
 *
 * It is a discrete-event simulation. A core performs its operations at its own clock; what it posts
 * becomes events at the NIC and the replicas. These are processed in order of time and only as far as they
 * can matter: up to the smallest clock of a running core, or until a waiting core wakes. What a core posts
 * later comes later. So shared servers are used in order of virtual time, within one operation
 * (`replay.ts`).
 */

import { LINE_BYTES } from '../pm/line.ts';
import { Op, type OpCode, type PersistSink } from '../pm/op.ts';
import type { Trace } from '../pm/trace.ts';
import type { Backend, Chooser } from './backend.ts';
import { refusal } from './backends/refusal.ts';
import { reportOf, totalsOf } from './counts.ts';
import { looksWithin } from './events.ts';
import { InFlight } from './in-flight.ts';
import { LeavingLines } from './leaving-lines.ts';
import {
  checkCounts,
  type Mirror,
  type MirrorCounts,
  type MirrorObserver,
  type MirrorReport,
  type MirrorRun,
  postsWords,
  type System,
  zeroCounts,
} from './mirror.ts';
import { Remote } from './network/remote.ts';
import { messagesBeforeLine, Posts } from './posts.ts';
import { type Core, CoreState, createCore, describeWait, Part } from './primary/core.ts';
import { FarMemory } from './primary/far-memory.ts';
import type { GrantOrder } from './primary/grant-order.ts';
import { Locks } from './primary/locks.ts';
import { Primary } from './primary/primary.ts';
import { compileTiming, type Timing } from './profiles/timing.ts';
import { mergeByClock, type SteppedMirror } from './replay.ts';
import { quorumTripPs, timingsOfReplicas } from './replica/machines.ts';

const { COMPUTE, IDLE, LOCAL_FENCE } = Part;
const { FINISHED, RUNNING, WAIT_ANSWER, WAIT_BARRIER } = CoreState;
/** The same object: as a constant of this file it is one for the compiler, too. */
const OP = Op;

/** A mirror with all clocks at 0. Throws RangeError for counts or profile values out of range. */
export const createMirror = (system: System, run: MirrorRun): Mirror =>
  new ModelledMirror(system, run);

class ModelledMirror implements Mirror, SteppedMirror {
  readonly cores: number;
  readonly coreStates: readonly Core[];
  readonly #timing: Timing;
  readonly #backend: Backend;
  readonly #chooser: Chooser | undefined;
  readonly #observer: MirrorObserver | undefined;
  readonly #tellOperations: boolean;
  /** Nobody watches more than transactions, so that what cores do may be told in another order. */
  readonly #runsAhead: boolean;
  readonly #warmsUp: boolean;
  readonly #primary: Primary;
  readonly #remote: Remote;
  readonly #posts: Posts;
  readonly #far: FarMemory;
  /** Only where clients may have more in flight than one transaction. */
  readonly #inFlight: InFlight | undefined;
  readonly #locks: Locks;
  readonly #lines: LeavingLines;
  /** A lock is released only when what the core posted is durable at every replica. */
  readonly #waitsAtRelease: boolean;
  #counts = zeroCounts();
  #baseline = zeroCounts();
  #measuredFromPs = 0;
  #atBarrier = 0;
  #spent = false;

  constructor(system: System, run: MirrorRun) {
    checkCounts(system, run);
    const { backend, profile, queuePairs, faults, quorum } = system;
    const refused = refusal(system);
    if (refused !== undefined) {
      throw new RangeError(`${backend.name} cannot run on ${profile.name}: ${refused}`);
    }
    const { cores, heapBytes, seed = 0, observer } = run;
    const timing = compileTiming(profile);
    const replicas = timingsOfReplicas(system, timing);
    this.#timing = timing;
    this.cores = cores;
    this.#backend = backend;
    this.#chooser = backend.createChooser?.(cores, queuePairs === 'shared');
    this.#observer = observer;
    this.#tellOperations = observer?.onOperation !== undefined;
    this.#runsAhead = !looksWithin(observer);
    const words = postsWords(queuePairs);
    const posts = backend.ddio !== 'none' && backend.over === undefined;
    this.#waitsAtRelease = queuePairs === 'release' && posts;
    const heapLines = Math.ceil(heapBytes / LINE_BYTES);
    const ofAll = new Uint8Array(!words && backend.tellsWord ? heapLines : 0);
    this.coreStates = Array.from({ length: cores }, (_, i) =>
      createCore(i, timing, words ? new Uint8Array(heapLines) : ofAll, observer),
    );
    this.#locks = new Locks(run.lockOrder ?? 'recorded', cores);
    this.#primary = new Primary(timing, heapBytes, observer);
    const { inflight = 1, group = 1 } = system;
    if (inflight > 1 || group > 1) {
      const mayAsk = backend.durability?.awaitedBy !== 'everyFence';
      const asked = posts ? replicas.length : 0;
      const options = { cores, replicas: asked, inflight, group, mayAsk, observer };
      this.#inFlight = new InFlight({ ...options, chooser: this.#chooser });
    }
    this.#remote = new Remote({
      timing,
      cores: this.coreStates,
      replicas: posts ? replicas : [],
      quorum,
      heapLines: this.#primary.dirty.length,
      seed,
      queuePairs,
      beforeLine: messagesBeforeLine(backend),
      goesOnAtOnce: !!backend.waitsBefore || (!!backend.numbered && this.#waitsAtRelease),
      faults,
      inFlight: this.#inFlight,
      numbering: backend.numbered,
      observer,
    });
    this.#far = new FarMemory({
      timing,
      cores,
      replicas: backend.over === 'cxl' ? replicas : [],
      heapLines: this.#primary.dirty.length,
      llc: this.#primary.llc,
      faults,
      observer,
    });
    this.#posts = new Posts({
      cores: this.coreStates,
      remote: this.#remote,
      far: this.#far,
      backend,
      chooser: this.#chooser,
      queuePairs,
      tripPs: quorumTripPs(replicas, quorum),
      boundPostPs: timing.boundPostPs,
      observer,
    });
    this.#lines = new LeavingLines({
      timing,
      backend,
      primary: this.#primary,
      posts: this.#posts,
      words,
    });
    this.#warmsUp = run.warmsUp ?? false;
    if (!this.#warmsUp) this.#remote.countStallsFrom(0);
  }

  // ---- the Mirror contract ----

  sink(): PersistSink {
    if (this.cores !== 1) throw new Error('a direct sink needs a mirror of one core');
    const core = this.coreStates[0];
    const op: PersistSink['op'] = (code, a, b) => {
      while (!this.step(core, code, a, b)) this.#untilRunning(core);
      if (core.state !== RUNNING) this.#untilRunning(core);
    };
    return { op };
  }

  replay(trace: Trace): void {
    if (trace.threads !== this.cores) {
      throw new RangeError(`trace of ${trace.threads} threads on a mirror of ${this.cores} cores`);
    }
    if (trace.heapBytes > this.#primary.dirty.length * LINE_BYTES) {
      throw new RangeError(`trace of a heap of ${trace.heapBytes} B on a mirror of a smaller one`);
    }
    mergeByClock(this, trace);
  }

  get grantOrder(): GrantOrder {
    return this.#locks.noted;
  }

  finish(): MirrorReport {
    if (this.#spent) throw new Error('finish() was called before');
    this.#close();
    this.#spent = true;
    let end = 0;
    for (const core of this.coreStates) {
      if (core.state !== RUNNING && core.state !== FINISHED) {
        throw new Error(`core ${core.index} still waits ${describeWait(core)}`);
      }
      end = Math.max(end, core.clock);
    }
    this.#remote.processUntil(Number.POSITIVE_INFINITY);
    for (const core of this.coreStates) core.waitUntil(IDLE, end);
    const elapsedPs = end - this.#measuredFromPs;
    return reportOf(elapsedPs, this.coreStates, this.#totals(), this.#baseline);
  }

  /** In a direct run the end of the program is known only now. */
  #close(): void {
    for (const core of this.coreStates) {
      if (core.state !== RUNNING) continue;
      while (!this.#isClosed(core)) this.#untilRunning(core);
    }
  }

  #totals(): MirrorCounts {
    return totalsOf(this.#counts, this.#primary, this.#remote, this.#posts, this.#far, this.#locks);
  }

  // ---- one operation of one core ----

  stepOwn(core: Core, op: OpCode, a: number, b: number): boolean {
    if (op === OP.LOAD) return this.#runsAhead && this.#primary.loadOwn(core, a, b);
    if (op !== OP.COMPUTE || !this.#runsAhead) return false;
    this.#compute(core, a);
    return true;
  }

  step(core: Core, op: OpCode, a: number, b: number): boolean {
    const done = this.#perform(core, op, a, b);
    if (done && this.#tellOperations) this.#observer?.onOperation?.(core.index, core.clock);
    return done;
  }

  #perform(core: Core, op: OpCode, a: number, b: number): boolean {
    switch (op) {
      case OP.LOAD:
        return this.#primary.load(core, a, b);
      case OP.STORE:
        this.#primary.store(core, a, b);
        return true;
      case OP.NT_STORE:
        return b === 0 || this.#lines.ntStore(core, a, b);
      case OP.WRITE_BACK:
        return b === 0 || this.#lines.writeBack(core, a, b);
      case OP.ORDERING_FENCE:
        return this.#fence(core, false);
      case OP.DURABILITY_FENCE:
        return this.#fence(core, true);
      case OP.COMPUTE:
        this.#compute(core, a);
        return true;
      case OP.LOCK:
        return this.#locks.acquire(core, a, b);
      case OP.UNLOCK:
        if (this.#waitsAtRelease && !this.#isReadyToRelease(core)) return false;
        this.#locks.release(core, a, this.coreStates);
        return true;
      case OP.TX_BEGIN:
        if (core.txDepth++ === 0) {
          core.txType = a;
          core.txBegin = core.clock;
          this.#chooser?.begin(core.index, a, core.clock);
          this.#observer?.onTransactionBegin?.(core.index, a, core.clock);
        }
        return true;
      case OP.TX_END:
        if (--core.txDepth === 0) this.#endTransaction(core);
        return true;
      case OP.MEASURE:
        if (!this.#isClosed(core)) return false;
        this.#barrier(core);
        return true;
    }
  }

  #compute(core: Core, instructions: number): void {
    core.spend(COMPUTE, Math.round(instructions * this.#timing.psPerInstruction));
  }

  #endTransaction(core: Core): void {
    const { index, txType, txBegin, clock } = core;
    this.#counts.transactions++;
    this.#chooser?.end(index);
    if (this.#inFlight !== undefined) {
      this.#inFlight.ended(core);
      return;
    }
    this.#chooser?.acknowledged(index, clock, clock - txBegin);
    this.#observer?.onTransaction?.(index, txType, txBegin, clock);
  }

  #fence(core: Core, isDurability: boolean): boolean {
    if (!this.#lines.drain(core)) return false;
    const mode = isDurability ? (this.#inFlight?.modeAt(core) ?? 'await') : 'order';
    if (mode === 'ask' && !this.#remote.hasRoom(core, 1)) return false;
    if (mode === 'await' && !this.#hasRoomForAnswer(core)) return false;
    if (isDurability) this.#counts.durabilityFences++;
    else this.#counts.orderingFences++;
    if (core.storesSinceFence === 0) this.#counts.emptyFences++;
    core.storesSinceFence = 0;
    core.durability = mode !== 'order';
    if (mode === 'await') this.#awaitPoint(core);
    else if (mode === 'ask') this.#posts.askPoint(core);
    else this.#backend.onOrderingPoint(this.#posts, core.index);
    this.#remote.ringDoorbells(core);
    core.spend(LOCAL_FENCE, this.#timing.fenceIssuePs);
    if (mode === 'ask' && !core.awaits) {
      if (this.#remote.goOn(core)) this.#posts.waits++;
      return true;
    }
    if (core.awaits && core.answersPending > 0) core.state = WAIT_ANSWER;
    else this.#remote.endFence(core);
    return true;
  }

  /** A durability point at which the core waits, also for what it asked for before and went on. */
  #awaitPoint(core: Core): void {
    this.#backend.onDurabilityPoint(this.#posts, core.index);
    if (this.#inFlight === undefined) return;
    if (core.asked > 0 && !core.awaits) this.#posts.awaitAsked(core.index);
    const known = this.#inFlight.knownPs(core.index);
    if (known <= core.clock) return;
    core.answerAt = Math.max(core.answerAt, known);
    core.awaits = true;
  }

  /**
   * Whether all that the core posted is durable at every replica. If not, it asks as at a durability
   * point and waits, but for the replicas only; the release is tried again.
   */
  #isReadyToRelease(core: Core): boolean {
    if (core.linesSinceAnswer === 0 && core.answersPending === 0) return true;
    if (!this.#hasRoomForAnswer(core)) return false;
    if (this.#backend.onRelease === undefined)
      this.#backend.onDurabilityPoint(this.#posts, core.index);
    else this.#backend.onRelease(this.#posts, core.index);
    if (core.answersPending > 0 && !core.awaits) this.#posts.awaitAsked(core.index);
    this.#remote.ringDoorbells(core);
    if (!core.awaits) return true;
    core.atNoFence = true;
    if (core.answersPending > 0) core.state = WAIT_ANSWER;
    else this.#remote.resume(core);
    return core.state === RUNNING;
  }

  /** A place in the send queue is kept for the fence behind a line, not for one behind that fence. */
  #hasRoomForAnswer(core: Core): boolean {
    const placeIsTaken = core.linesSinceFence === 0 && core.linesSinceAnswer > 0;
    return !placeIsTaken || this.#remote.hasRoom(core, 1);
  }

  /** The MEASURE barrier: when the last core is here, all start to be measured, at one time. */
  #barrier(core: Core): void {
    core.state = WAIT_BARRIER;
    if (++this.#atBarrier < this.cores) return;
    this.#atBarrier = 0;
    let start = 0;
    for (const other of this.coreStates) start = Math.max(start, other.clock);
    this.#remote.processUntil(start);
    if (this.#warmsUp) this.#remote.countStallsFrom(start);
    for (const other of this.coreStates) {
      other.clock = start;
      other.timePs.fill(0);
      other.state = RUNNING;
    }
    this.#measuredFromPs = start;
    this.#counts = zeroCounts();
    this.#baseline = this.#totals();
    this.#remote.workAhead();
    this.#observer?.onMeasure?.(start);
  }

  // ---- driven by the merge of threads ----

  processUntilWake(until: number): boolean {
    return this.#remote.processUntilWake(until);
  }

  finishCore(core: Core): void {
    if (this.#isClosed(core)) core.state = FINISHED;
  }

  /**
   * Whether all transactions of the core are acknowledged. If not, it comes to a durability point and waits
   * there; it is asked again.
   */
  #isClosed(core: Core): boolean {
    if (this.#inFlight === undefined || !this.#inFlight.isOpen(core)) return true;
    this.#fence(core, true);
    return false;
  }

  #untilRunning(core: Core): void {
    while (core.state !== RUNNING) {
      if (!this.#remote.processOne(Number.POSITIVE_INFINITY)) {
        throw new Error(`core ${core.index} waits ${describeWait(core)}, which cannot come`);
      }
    }
  }
}
