/**
 * What cores post on behalf of a backend, and when they may: where there is room in their send queues, and what
 * they have to wait for is here.
 */

import { ALL_WORDS, firstRun, LINE_RUNS_MAX, WORD_COUNT } from '../pm/line.ts';
import type { Backend, Chooser, Posting } from './backend.ts';
import { type MirrorObserver, postsWords, type QueuePairs } from './mirror.ts';
import type { Remote } from './network/remote.ts';
import { carriesLine, Verb, type VerbCode } from './network/verb.ts';
import { type Core, CoreState, Part } from './primary/core.ts';
import type { FarMemory } from './primary/far-memory.ts';

const { RDMA_POST } = Part;
const { RUNNING, WAIT_ANSWER } = CoreState;
const { RDFENCE, ROFENCE } = Verb;

const NONE = -1;

interface PostsOptions {
  readonly cores: readonly Core[];
  readonly remote: Remote;
  readonly far: FarMemory;
  readonly backend: Backend;
  readonly chooser: Chooser | undefined;
  readonly queuePairs: QueuePairs;
  /** A round trip to as many replicas as a wait is for, by the quickest way. */
  readonly tripPs: number;
  /** What a line costs its core where nothing else of it does. */
  readonly boundPostPs: number;
  readonly observer: MirrorObserver | undefined;
}

/** Messages that `backend` may post before a line. */
export function messagesBeforeLine({ fencesBeforeLines = false }: Backend): number {
  return fencesBeforeLines ? 1 : 0;
}

export class Posts implements Posting {
  readonly sharesQueuePair: boolean;
  readonly #cores: readonly Core[];
  readonly #remote: Remote;
  readonly #far: FarMemory;
  readonly #backend: Backend;
  readonly #chooser: Chooser | undefined;
  /** Of each queue pair, the verb of the last line, or {@link NONE} if a ROFENCE is behind it. */
  readonly #lastLine: Int8Array;
  /** Messages that may be posted before a line. */
  readonly #beforeLine: number;
  readonly #tripPs: number;
  readonly #boundPostPs: number;
  readonly #observer: MirrorObserver | undefined;
  /** Of a line, only the words that the core stored to are posted. */
  readonly #words: boolean;
  /** Times that a core waited for answers. */
  waits = 0;
  /** The line that the backend is told of next left a write-combining buffer. */
  pastCaches = false;

  constructor(options: PostsOptions) {
    const { cores, remote, far, backend, chooser, queuePairs, tripPs, observer } = options;
    this.sharesQueuePair = queuePairs === 'shared';
    this.#cores = cores;
    this.#lastLine = new Int8Array(cores.length).fill(NONE);
    this.#remote = remote;
    this.#far = far;
    this.#backend = backend;
    this.#chooser = chooser;
    this.#beforeLine = messagesBeforeLine(backend);
    this.#tripPs = tripPs;
    this.#boundPostPs = options.boundPostPs;
    this.#observer = observer;
    this.#words = postsWords(queuePairs);
  }

  post(coreIndex: number, verb: VerbCode, line: number, words = ALL_WORDS): void {
    const core = this.#cores[coreIndex];
    if (!carriesLine(verb)) {
      this.#remote.post(core, verb, line, 0);
      core.linesSinceFence = 0;
      if (verb === ROFENCE) this.#lastLine[this.#queuePair(coreIndex)] = NONE;
      return;
    }
    this.#lastLine[this.#queuePair(coreIndex)] = verb;
    this.#observer?.onWrite?.(coreIndex, verb, line, words);
    for (let rest = words; rest !== 0; rest ^= firstRun(rest)) {
      this.#remote.post(core, verb, line, firstRun(rest));
    }
    core.linesSinceFence++;
    core.linesSinceAnswer++;
  }

  awaitAnswer(coreIndex: number): void {
    this.askAnswer(coreIndex);
    this.awaitAsked(coreIndex);
  }

  awaitDurable(coreIndex: number): void {
    const core = this.#cores[coreIndex];
    const { lines } = this.#remote;
    if (lines === undefined) this.post(coreIndex, RDFENCE, 0);
    this.#remote.ask(core);
    lines?.ask(coreIndex);
    this.awaitAsked(coreIndex);
  }

  askAnswer(coreIndex: number): void {
    this.#remote.ask(this.#cores[coreIndex]);
  }

  awaitAsked(coreIndex: number): void {
    const core = this.#cores[coreIndex];
    core.linesSinceAnswer = 0;
    if (core.goesOn) return;
    this.waits++;
    core.awaits = true;
  }

  hasAsked(coreIndex: number): boolean {
    return this.#cores[coreIndex].asked > 0;
  }

  way(core: number): number {
    return this.#chooser?.wayOf(core) ?? 0;
  }

  lineBefore(coreIndex: number): VerbCode | undefined {
    const { linesSinceAnswer, asked } = this.#cores[coreIndex];
    if (!this.sharesQueuePair && linesSinceAnswer === 0 && asked === 0) return undefined;
    const verb = this.#lastLine[this.#queuePair(coreIndex)];
    return verb === NONE ? undefined : (verb as VerbCode);
  }

  #queuePair(core: number): number {
    return this.sharesQueuePair ? 0 : core;
  }

  storeThere(coreIndex: number, line: number, words: number): void {
    const core = this.#cores[coreIndex];
    this.#far.write(core, line, words, this.pastCaches);
    core.linesSinceAnswer++;
  }

  awaitStores(coreIndex: number): void {
    const core = this.#cores[coreIndex];
    if (core.linesSinceAnswer === 0) return;
    core.linesSinceAnswer = 0;
    core.answerAt = this.#far.completedAt(coreIndex);
    core.awaits = true;
    this.waits++;
  }

  sendFree(coreIndex: number): void {
    const core = this.#cores[coreIndex];
    core.spend(RDMA_POST, this.#boundPostPs);
    core.lastFreeSend = core.clock;
    core.linesSinceAnswer++;
  }

  awaitTrip(coreIndex: number): void {
    const core = this.#cores[coreIndex];
    core.linesSinceAnswer = 0;
    core.tripOverAt = core.lastFreeSend + this.#tripPs;
    if (core.goesOn) return;
    core.answerAt = core.tripOverAt;
    core.awaits = true;
    this.waits++;
  }

  linesSinceFence(core: number): number {
    return this.#cores[core].linesSinceFence;
  }

  linesSinceAnswer(core: number): number {
    return this.#cores[core].linesSinceAnswer;
  }

  /** A durability point at which the core asks, and goes on. */
  askPoint(core: Core): void {
    core.tripOverAt = 0;
    if (this.#backend.onAskedPoint !== undefined) {
      this.#backend.onAskedPoint(this, core.index);
      core.linesSinceAnswer = 0;
      return;
    }
    // The request orders nothing that comes behind it.
    const { linesSinceFence } = core;
    core.goesOn = true;
    this.#backend.onDurabilityPoint(this, core.index);
    core.goesOn = false;
    core.linesSinceFence = linesSinceFence;
    this.#backend.onOrderingPoint(this, core.index);
  }

  /** What a design is told of a line that is posted, of which `stored` left the caches or a buffer. */
  told(line: number, stored: number): number {
    if (!this.#backend.tellsWord || WORD_COUNT[stored] !== 1) return ALL_WORDS;
    // A write-combining buffer may have more of what was stored before.
    return this.#cores.some((core) => core.isCombining(line)) ? ALL_WORDS : stored;
  }

  /**
   * Whether the core may post `words` of a line now, as so many WRITEs. If not, its clock has moved to when it
   * may, or it waits; the operation is tried again.
   */
  mayPost(core: Core, words: number, writes: number): boolean {
    if (core.asked > 0 && this.#backend.waitsBefore?.(words) && !this.#hasAnswers(core))
      return false;
    return this.#hasRoom(core, writes);
  }

  #hasRoom(core: Core, writes: number): boolean {
    return this.#remote.hasRoom(core, this.#beforeLine + writes);
  }

  /** The same of what a non-temporal store to bytes [from, to) of `line` makes leave. */
  mayCombine(core: Core, line: number, from: number, to: number): boolean {
    const writes = this.#words ? LINE_RUNS_MAX : 1;
    if (core.asked === 0) return this.#hasRoom(core, writes);
    if (core.displaces(line)) return this.maySendOldest(core);
    if (core.makesWhole(line, from, to)) return this.mayPost(core, ALL_WORDS, writes);
    return this.#hasRoom(core, writes);
  }

  /** The same of the line that leaves the write-combining buffers next. */
  maySendOldest(core: Core): boolean {
    let words = ALL_WORDS;
    if (core.asked > 0 && core.storedWords.length > 0) {
      const [line, combined] = core.oldestCombining;
      words = combined | core.storedWords[line];
    }
    return this.mayPost(core, words, this.#words ? LINE_RUNS_MAX : 1);
  }

  /** Waits for what the core has asked, at no fence. Whether the answers are here. */
  #hasAnswers(core: Core): boolean {
    this.waits++;
    core.linesSinceAnswer = core.linesSinceFence;
    core.awaits = true;
    core.atNoFence = true;
    if (core.answersPending > 0) core.state = WAIT_ANSWER;
    else this.#remote.resume(core);
    return core.state === RUNNING;
  }
}
