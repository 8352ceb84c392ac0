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

import { ALL_WORDS, LINE_BYTES, LINE_SHIFT, lastLineOf, RUN_COUNT } from '../pm/line.ts';
import { Op, type OpCode, type PersistSink } from '../pm/op.ts';
import type { Trace } from '../pm/trace.ts';
import type { Backend } from './backend.ts';
import { refusal } from './backends/refusal.ts';
import { totalsOf } from './counts.ts';
import {
  checkCounts,
  type Mirror,
  type MirrorCounts,
  type MirrorObserver,
  type MirrorReport,
  type MirrorRun,
  postsWords,
  type System,
  TIME_PARTS,
  type TimePart,
  zeroCounts,
} from './mirror.ts';
import { Remote } from './network/remote.ts';
import { Posts } from './posts.ts';
import { type Core, CoreState, createCore, describeWait, Part } from './primary/core.ts';
import { FarMemory } from './primary/far-memory.ts';
import type { GrantOrder } from './primary/grant-order.ts';
import { Locks } from './primary/locks.ts';
import { Primary } from './primary/primary.ts';
import { compileTiming, type Timing } from './profiles/timing.ts';
import { mergeByClock, type SteppedMirror } from './replay.ts';
import { quorumTripPs, timingsOfReplicas } from './replica/machines.ts';

/** A mirror with all clocks at 0. Throws RangeError for counts or profile values out of range. */
export const createMirror = (system: System, run: MirrorRun): Mirror =>
  new ModelledMirror(system, run);

class ModelledMirror implements Mirror, SteppedMirror {
  readonly cores: number;
  readonly coreStates: readonly Core[];
  readonly #timing: Timing;
  readonly #backend: Backend;
  readonly #observer: MirrorObserver | undefined;
  readonly #tellOperations: boolean;
  readonly #warmsUp: boolean;
  readonly #primary: Primary;
  readonly #remote: Remote;
  readonly #posts: Posts;
  readonly #far: FarMemory;
  readonly #locks: Locks;
  /** Of a line, only the words that the core stored to are posted. */
  readonly #words: boolean;
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
    this.#observer = observer;
    this.#tellOperations = observer?.onOperation !== undefined;
    this.#words = postsWords(queuePairs);
    const posts = backend.ddio !== 'none' && backend.over === undefined;
    this.#waitsAtRelease = queuePairs === 'release' && posts;
    const heapLines = Math.ceil(heapBytes / LINE_BYTES);
    const ofAll = new Uint8Array(!this.#words && backend.tellsWord ? heapLines : 0);
    this.coreStates = Array.from({ length: cores }, (_, i) =>
      createCore(i, timing, this.#words ? new Uint8Array(heapLines) : ofAll, observer),
    );
    this.#locks = new Locks(run.lockOrder ?? 'recorded', cores);
    this.#primary = new Primary(timing, heapBytes, observer);
    this.#remote = new Remote({
      timing,
      cores: this.coreStates,
      replicas: posts ? replicas : [],
      quorum,
      heapLines: this.#primary.dirty.length,
      seed,
      queuePairs,
      faults,
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
      queuePairs,
      tripPs: quorumTripPs(replicas, quorum),
      observer,
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
      if (core.state !== CoreState.RUNNING) this.#untilRunning(core);
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
    this.#spent = true;
    let end = 0;
    for (const core of this.coreStates) {
      if (core.state !== CoreState.RUNNING && core.state !== CoreState.FINISHED) {
        throw new Error(`core ${core.index} still waits ${describeWait(core)}`);
      }
      end = Math.max(end, core.clock);
    }
    this.#remote.processUntil(Number.POSITIVE_INFINITY);
    const timePs = new Float64Array(TIME_PARTS.length);
    for (const core of this.coreStates) {
      core.waitUntil(Part.IDLE, end);
      for (let i = 0; i < timePs.length; i++) timePs[i] += core.timePs[i];
    }
    const counts = this.#totals();
    for (const key of Object.keys(counts) as (keyof MirrorCounts)[]) {
      counts[key] -= this.#baseline[key];
    }
    return {
      elapsedPs: end - this.#measuredFromPs,
      timePs: Object.fromEntries(TIME_PARTS.map((part, i) => [part, timePs[i]])) as Record<
        TimePart,
        number
      >,
      cores: this.cores,
      counts: Object.freeze(counts),
    };
  }

  #totals(): MirrorCounts {
    return totalsOf(this.#counts, this.#primary, this.#remote, this.#posts, this.#far, this.#locks);
  }

  // ---- one operation of one core ----

  step(core: Core, op: OpCode, a: number, b: number): boolean {
    const done = this.#perform(core, op, a, b);
    if (done && this.#tellOperations) this.#observer?.onOperation?.(core.index, core.clock);
    return done;
  }

  #perform(core: Core, op: OpCode, a: number, b: number): boolean {
    switch (op) {
      case Op.LOAD:
        return this.#primary.load(core, a, b);
      case Op.STORE:
        this.#primary.store(core, a, b);
        return true;
      case Op.NT_STORE:
        return b === 0 || this.#ntStore(core, a, b);
      case Op.WRITE_BACK:
        return b === 0 || this.#writeBack(core, a, b);
      case Op.ORDERING_FENCE:
        return this.#fence(core, false);
      case Op.DURABILITY_FENCE:
        return this.#fence(core, true);
      case Op.COMPUTE:
        core.spend(Part.COMPUTE, Math.round(a * this.#timing.psPerInstruction));
        return true;
      case Op.LOCK:
        return this.#locks.acquire(core, a, b);
      case Op.UNLOCK:
        if (this.#waitsAtRelease && !this.#isReadyToRelease(core)) return false;
        this.#locks.release(core, a, this.coreStates);
        return true;
      case Op.TX_BEGIN:
        if (core.txDepth++ === 0) {
          core.txType = a;
          core.txBegin = core.clock;
          this.#observer?.onTransactionBegin?.(core.index, a, core.clock);
        }
        return true;
      case Op.TX_END:
        if (--core.txDepth === 0) {
          this.#counts.transactions++;
          this.#observer?.onTransaction?.(core.index, core.txType, core.txBegin, core.clock);
        }
        return true;
      case Op.MEASURE:
        this.#barrier(core);
        return true;
    }
  }

  #ntStore(core: Core, offset: number, bytes: number): boolean {
    const last = lastLineOf(offset, bytes);
    let line = core.resumeLine >= 0 ? core.resumeLine : offset >>> LINE_SHIFT;
    for (; line <= last; line++) {
      const start = line * LINE_BYTES;
      const from = Math.max(offset - start, 0);
      const to = Math.min(offset + bytes - start, LINE_BYTES);
      if (!this.#posts.mayCombine(core, line, from, to)) {
        core.resumeLine = line;
        return false;
      }
      this.#primary.uncache(core, line);
      const leaving = core.combine(line, from, to);
      if (leaving >= 0) this.#sendCombined(core, leaving);
    }
    core.resumeLine = -1;
    core.storesSinceFence++;
    core.spend(Part.STORE_FLUSH, ((bytes + 7) >>> 3) * this.#timing.storeIssuePs);
    return true;
  }

  #writeBack(core: Core, offset: number, bytes: number): boolean {
    const { clwbIssuePs, flushEvicts } = this.#timing;
    const dirty = this.#primary.dirty;
    const stored = core.storedWords;
    const last = lastLineOf(offset, bytes);
    let line = core.resumeLine >= 0 ? core.resumeLine : offset >>> LINE_SHIFT;
    for (; line <= last; line++) {
      const isDirty = dirty[line] !== 0;
      const words = this.#words ? stored[line] : isDirty ? this.#posts.told(line, stored[line]) : 0;
      if (words !== 0 && !this.#posts.mayPost(core, words, this.#words ? RUN_COUNT[words] : 1)) {
        core.resumeLine = line;
        return false;
      }
      core.spend(Part.STORE_FLUSH, clwbIssuePs);
      // Another core may have sent the line, with the words of this one in it.
      if (isDirty) this.#primary.writeBack(core, line);
      if (flushEvicts) this.#primary.uncache(core, line);
      if (words === 0) continue;
      if (stored.length > 0) stored[line] = 0;
      this.#backend.onLine(this.#posts, core.index, line, words);
    }
    core.resumeLine = -1;
    return true;
  }

  /** A line leaves a write-combining buffer. */
  #sendCombined(core: Core, line: number): void {
    this.#primary.sendCombined(core, line);
    let words = ALL_WORDS;
    if (core.storedWords.length > 0) {
      // With what was in the cache of it.
      words = core.combinedWords | core.storedWords[line];
      core.storedWords[line] = 0;
      if (!this.#words) words = this.#posts.told(line, words);
    }
    this.#posts.pastCaches = true;
    this.#backend.onLine(this.#posts, core.index, line, words);
    this.#posts.pastCaches = false;
  }

  #fence(core: Core, durability: boolean): boolean {
    while (core.combiningCount > 0) {
      if (!this.#posts.maySendOldest(core)) return false;
      this.#sendCombined(core, core.takeCombining());
    }
    if (durability && !this.#hasRoomForAnswer(core)) return false;
    if (durability) this.#counts.durabilityFences++;
    else this.#counts.orderingFences++;
    if (core.storesSinceFence === 0) this.#counts.emptyFences++;
    core.storesSinceFence = 0;
    core.durability = durability;
    if (durability) this.#backend.onDurabilityPoint(this.#posts, core.index);
    else this.#backend.onOrderingPoint(this.#posts, core.index);
    this.#remote.ringDoorbells(core);
    core.spend(Part.LOCAL_FENCE, this.#timing.fenceIssuePs);
    if (core.awaits && core.answersPending > 0) core.state = CoreState.WAIT_ANSWER;
    else this.#remote.endFence(core);
    return true;
  }

  /**
   * Whether all that the core posted is durable at every replica. If not, it asks as at a durability
   * point and waits, but for the replicas only; the release is tried again.
   */
  #isReadyToRelease(core: Core): boolean {
    if (core.linesSinceAnswer === 0) return true;
    if (!this.#hasRoomForAnswer(core)) return false;
    if (this.#backend.onRelease === undefined)
      this.#backend.onDurabilityPoint(this.#posts, core.index);
    else this.#backend.onRelease(this.#posts, core.index);
    this.#remote.ringDoorbells(core);
    if (!core.awaits) return true;
    core.atNoFence = true;
    if (core.answersPending > 0) core.state = CoreState.WAIT_ANSWER;
    else this.#remote.resume(core);
    return core.state === CoreState.RUNNING;
  }

  /** A place in the send queue is kept for the fence behind a line, not for one behind that fence. */
  #hasRoomForAnswer(core: Core): boolean {
    const placeIsTaken = core.linesSinceFence === 0 && core.linesSinceAnswer > 0;
    return !placeIsTaken || this.#remote.hasRoom(core, 1);
  }

  /** The MEASURE barrier: when the last core is here, all start to be measured, at one time. */
  #barrier(core: Core): void {
    core.state = CoreState.WAIT_BARRIER;
    if (++this.#atBarrier < this.cores) return;
    this.#atBarrier = 0;
    let start = 0;
    for (const other of this.coreStates) start = Math.max(start, other.clock);
    this.#remote.processUntil(start);
    if (this.#warmsUp) this.#remote.countStallsFrom(start);
    for (const other of this.coreStates) {
      other.clock = start;
      other.timePs.fill(0);
      other.state = CoreState.RUNNING;
    }
    this.#measuredFromPs = start;
    this.#counts = zeroCounts();
    this.#baseline = this.#totals();
    this.#observer?.onMeasure?.(start);
  }

  // ---- driven by the merge of threads ----

  processUntilWake(until: number): boolean {
    return this.#remote.processUntilWake(until);
  }

  finishCore(core: Core): void {
    core.state = CoreState.FINISHED;
  }

  #untilRunning(core: Core): void {
    while (core.state !== CoreState.RUNNING) {
      if (!this.#remote.processOne(Number.POSITIVE_INFINITY)) {
        throw new Error(`core ${core.index} waits ${describeWait(core)}, which cannot come`);
      }
    }
  }
}
