/**
 * Listens to a mirror that replays a recording and follows the bytes: which content each line had
 * when it was stored to, when it left its core, and when each replica had it. See `timeline.ts`.
 */

import assert from 'node:assert';
import { INITIAL, LineHistory, Tearing, type TearingCode } from '../../../pm/crash/line-history.ts';
import {
  ALL_WORDS,
  differingLines,
  LINE_BYTES,
  LINE_SHIFT,
  lastLineOf,
  wordsOf,
} from '../../../pm/line.ts';
import { isStore, Op } from '../../../pm/op.ts';
import {
  type DurabilitySemantics,
  type HardwareProfile,
  type QueuePairs,
  Verb,
  type VerbCode,
} from '../../../rdma/index.ts';
import type { MirrorObserver } from '../../../rdma/mirror.ts';
import { listAt } from './lists.ts';
import { type CrashTrace, TraceCursor } from './recorded-trace.ts';

/** One machine under one kind of crash (timeline.ts lists them), and what it may hold. */
export interface CrashedMachine {
  readonly name: string;
  readonly history: LineHistory;
  /**
   * When a replica is behind, [from, to) in ps: a core has resumed after a wait that others answered, and this
   * one has not. Nobody recovers from it then. Never, where a wait is for all.
   */
  readonly behind: readonly (readonly [fromPs: number, toPs: number])[];
}

/**
 * Of one transaction, ps: when it begins, and when it is acknowledged: when its last durability
 * point is over or, if it has none, when it returns. Where several may be in flight, when the model says so.
 */
export interface Span {
  readonly beginPs: number;
  acknowledgedPs: number;
}

/** What a replica does with lines. */
export interface ReplicaSemantics {
  readonly semantics: DurabilitySemantics;
  /** Every line bypasses its cache, whatever the design sends it as. */
  readonly bypasses: boolean;
}

/** What to build histories by. */
export interface ObserverOptions {
  /** Of each replica; none where nothing is mirrored. */
  readonly replicas: readonly ReplicaSemantics[];
  /** A wait is for some of them only. */
  readonly hasQuorum: boolean;
  readonly severalInFlight: boolean;
  readonly queuePairs: QueuePairs;
  readonly primaryDomain: HardwareProfile['memory']['persistenceDomain'];
  readonly firstReplicaAcknowledges: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

/** A core's place in its stream. */
interface CoreState {
  readonly cursor: TraceCursor;
  readonly payloads: readonly Uint8Array[];
  nextPayload: number;
  /** The store that comes next has been carried out: its lines began to leave before it was over. */
  applied: boolean;
  depth: number;
  /** Outermost TX_BEGINs that the transaction in flight still has. */
  beginsLeft: number;
  beginPs: number;
  /** When the transaction's last durability point was over; Infinity: none was. */
  fencePs: number;
  /** When its next operation begins. */
  nowPs: number;
  /** Versions that its next fence makes durable. */
  fenced: number[];
  readonly spans: Span[];
  /** Outermost TX_ENDs so far, and by span those that it takes to be over. */
  ended: number;
  readonly endedBy: number[];
  /** When so many transactions were acknowledged, which may be told before their end. */
  readonly acknowledgedPs: number[];
  /** When it resumed after each wait; per replica, when that answered. */
  readonly resumesPs: number[];
  readonly answersPs: readonly number[][];
  /** Per replica, when all lines that this core posted so far are durable there. */
  readonly durablePs: Float64Array;
}

/** A content in flight to a replica: a version of the primary. */
interface Posted {
  readonly version: number;
  /** It bypasses the cache: it is accepted one by one in order, of its queue pair or of all cores. */
  readonly isOrdered: boolean;
  /** Those of its words that were posted and have not arrived. */
  words: number;
}

/** A content that a replica has in its cache: a version of that replica, and whose queue pair's. */
interface Arrived {
  readonly version: number;
  readonly queuePair: number;
}

/** What becomes of lines at one replica. */
interface Replica {
  readonly history: LineHistory;
  readonly takeover: LineHistory;
  /** In flight, by core and line, oldest first. */
  readonly posted: Map<number, Posted[]>;
  /** In the cache and not known to be durable, by line. */
  readonly arrived: Map<number, Arrived[]>;
  /** Per queue pair, versions that are durable, which its next fence makes certain. */
  readonly fenced: number[][];
}

/** Observes a mirror and builds the histories of `timeline.ts`. */
export class TimelineObserver implements MirrorObserver {
  readonly #trace: CrashTrace;
  readonly #options: ObserverOptions;
  readonly #live: Uint8Array;
  readonly #content = new Uint8Array(LINE_BYTES);
  readonly #primary: LineHistory;
  /** Per line, the version that left a core for the memory controller last. */
  readonly #sent: Int32Array;
  readonly #replicas: readonly Replica[];
  readonly #cores: CoreState[];

  constructor(trace: CrashTrace, options: ObserverOptions) {
    const { initial, certain } = trace.recording;
    this.#trace = trace;
    this.#options = options;
    this.#live = initial.slice();
    this.#primary = new LineHistory(certain ?? initial);
    this.#sent = new Int32Array(initial.byteLength / LINE_BYTES).fill(INITIAL);
    // In the cache at the start: a write-back and a fence make such a line certain as any other.
    for (const line of differingLines(initial, certain ?? initial)) {
      const from = line * LINE_BYTES;
      this.#sent[line] = this.#primary.add(line, 0, initial, from, ALL_WORDS, Tearing.STORE);
    }
    this.#replicas = options.replicas.map(() => ({
      history: new LineHistory(initial),
      takeover: new LineHistory(initial),
      posted: new Map(),
      arrived: new Map(),
      fenced: trace.payloads.map(() => []),
    }));
    this.#cores = trace.payloads.map((payloads, core) => ({
      cursor: new TraceCursor(trace.trace, core),
      payloads,
      nextPayload: 0,
      applied: false,
      depth: 0,
      beginsLeft: 0,
      beginPs: 0,
      fencePs: Number.POSITIVE_INFINITY,
      nowPs: 0,
      fenced: [],
      spans: [],
      ended: 0,
      endedBy: [],
      acknowledgedPs: [],
      resumesPs: [],
      answersPs: options.replicas.map(() => []),
      durablePs: new Float64Array(options.replicas.length),
    }));
  }

  /** The machines, when the replay is over. */
  machines(): CrashedMachine[] {
    const behind = this.#replicas.map((_, i) => this.#behind(i));
    return [
      { name: 'primary', history: this.#primary, behind: [] },
      ...this.#replicas.map(({ history }, i) => {
        return { name: `replica-${i}`, history, behind: behind[i] };
      }),
      ...this.#replicas.map(({ takeover }, i) => {
        return { name: `takeover-${i}`, history: takeover, behind: behind[i] };
      }),
    ];
  }

  /** When `replica` is behind, for each core and wait. */
  #behind(replica: number): (readonly [number, number])[] {
    if (!this.#options.hasQuorum) return [];
    return this.#cores.flatMap(({ resumesPs, answersPs }) =>
      resumesPs.flatMap((fromPs, wait) => {
        const toPs = answersPs[replica][wait] ?? Number.POSITIVE_INFINITY;
        return toPs > fromPs ? [[fromPs, toPs] as const] : [];
      }),
    );
  }

  onAcknowledged(core: number, transactions: number, atPs: number): void {
    const { spans, endedBy, acknowledgedPs } = this.#cores[core];
    acknowledgedPs[transactions] = atPs;
    const i = endedBy.lastIndexOf(transactions);
    if (i >= 0) spans[i].acknowledgedPs = atPs;
  }

  onReplicaAnswer(replica: number, core: number, atPs: number): void {
    this.#cores[core].answersPs[replica].push(atPs);
  }

  onResume(core: number, atPs: number): void {
    this.#cores[core].resumesPs.push(atPs);
  }

  /** Per client, its transactions. */
  spans(): Span[][] {
    return this.#cores.map(({ spans }) => spans);
  }

  onOperation(core: number, atPs: number): void {
    const state = this.#cores[core];
    const { op } = state.cursor.peek();
    if (isStore(op)) {
      if (!state.applied) this.#apply(state, atPs);
      state.applied = false;
    } else if (op === Op.TX_BEGIN && state.depth++ === 0) {
      this.#begin(core, atPs);
    } else if (op === Op.TX_END && --state.depth === 0) {
      this.#end(core, atPs);
    } else if (op === Op.WRITE_BACK) {
      this.#writtenBack(state);
    }
    state.cursor.step();
    state.nowPs = atPs;
  }

  onSend(core: number, line: number, atPs: number): void {
    const state = this.#cores[core];
    // A non-temporal store that fills a line sends it before the store as a whole is over.
    if (!state.applied && state.cursor.peek().op === Op.NT_STORE) {
      this.#apply(state, atPs);
      state.applied = true;
    }
    this.#sent[line] = this.#primary.latest(line);
    state.fenced.push(this.#sent[line]);
  }

  /** What is not posted of a line never arrives. */
  onWrite(core: number, verb: VerbCode, line: number, words: number): void {
    const version = this.#primary.latest(line);
    for (const [i, { posted }] of this.#replicas.entries()) {
      // What comes in messages a processor copies through its cache.
      const bypasses = this.#options.replicas[i].bypasses && verb !== Verb.SEND_LINE;
      const isOrdered = verb === Verb.WRITE_BYPASS || verb === Verb.NUMBERED || bypasses;
      listAt(posted, this.#key(core, line)).push({ version, isOrdered, words });
    }
  }

  onReplicaVisible(replica: number, core: number, line: number, words: number, atPs: number): void {
    const { posted, arrived, history, takeover } = this.#replicas[replica];
    const onWay = posted.get(this.#key(core, line));
    const one = onWay?.[0];
    assert(one !== undefined, `line ${line} arrives, but was not posted`);
    one.words &= ~words;
    if (one.words === 0) onWay?.shift();
    if (one.version === INITIAL) return;
    const content = this.#arrivedLine(history, line, one.version, words);
    const version = history.add(line, atPs, content, 0, words, Tearing.NONE);
    const read = this.#arrivedLine(takeover, line, one.version, words);
    takeover.must(takeover.add(line, atPs, read, 0, words, Tearing.NONE), atPs);
    // A line that bypasses the cache is visible when it is accepted, or staged: what is readable is durable.
    const { semantics } = this.#options.replicas[replica];
    const isCertain = one.isOrdered || semantics.isDurableFrom === 'llcArrival';
    if (isCertain) history.must(version, atPs);
    else listAt(arrived, line).push({ version, queuePair: this.#queuePair(core) });
  }

  onReplicaDurable(replica: number, core: number, line: number, atPs: number): void {
    const { arrived, fenced } = this.#replicas[replica];
    // Not that of `core`, which may have pushed the line out, but of whoever wrote it.
    for (const { version, queuePair } of arrived.get(line) ?? []) fenced[queuePair].push(version);
    arrived.delete(line);
    const { durablePs } = this.#cores[core];
    durablePs[replica] = Math.max(durablePs[replica], atPs);
  }

  onReplicaFence(replica: number, core: number, atPs: number): void {
    const { history, fenced } = this.#replicas[replica];
    const queuePair = this.#queuePair(core);
    for (const version of fenced[queuePair]) history.must(version, atPs);
    fenced[queuePair] = [];
  }

  onFenceDone(core: number, durability: boolean, atPs: number): void {
    const state = this.#cores[core];
    for (const version of state.fenced) this.#primary.must(version, atPs);
    state.fenced = [];
    state.nowPs = atPs;
    if (!durability) return;
    state.fencePs = atPs;
    if (this.#options.firstReplicaAcknowledges && state.durablePs.length > 0) {
      const first = state.durablePs.reduce((least, ps) => Math.min(least, ps));
      state.fencePs = Math.min(atPs, first);
    }
  }

  /** A line that another core has sent is clean and not sent again; the fence covers it all the same. */
  #writtenBack({ cursor, fenced }: CoreState): void {
    const { a, b } = cursor.peek();
    const last = lastLineOf(a, b);
    for (let line = a >>> LINE_SHIFT; line <= last; line++) fenced.push(this.#sent[line]);
  }

  /** What a replica's line holds when `words` of a version of the primary come on top. */
  #arrivedLine(history: LineHistory, line: number, version: number, words: number): Uint8Array {
    const before = history.latest(line);
    const source = before === INITIAL ? history.initial : history.bytes;
    const from = (before === INITIAL ? line : before) * LINE_BYTES;
    const content = this.#content;
    for (let i = 0; i < LINE_BYTES; i++) {
      const isNew = (words & (1 << (i >>> 3))) !== 0;
      content[i] = isNew ? this.#primary.bytes[version * LINE_BYTES + i] : source[from + i];
    }
    return content;
  }

  #begin(core: number, atPs: number): void {
    const state = this.#cores[core];
    if (state.beginsLeft === 0) {
      state.beginsLeft = this.#trace.spans[core][state.spans.length];
      state.beginPs = atPs;
      state.fencePs = Number.POSITIVE_INFINITY;
    }
  }

  #end(core: number, atPs: number): void {
    const state = this.#cores[core];
    state.ended++;
    if (--state.beginsLeft > 0) return;
    const { beginPs, fencePs, spans } = state;
    state.endedBy.push(state.ended);
    // A transaction without a durability point is acknowledged when it returns.
    const atOncePs = this.#options.severalInFlight ? NEVER : Math.min(fencePs, atPs);
    spans.push({ beginPs, acknowledgedPs: state.acknowledgedPs[state.ended] ?? atOncePs });
  }

  /** Carries out the store that `state` comes to next. */
  #apply(state: CoreState, atPs: number): void {
    const { op, a, b } = state.cursor.peek();
    this.#live.set(state.payloads[state.nextPayload++], a);
    if (b === 0) return;
    const tearing: TearingCode = op === Op.NT_STORE ? Tearing.WEAK : Tearing.STORE;
    const last = lastLineOf(a, b);
    for (let line = a >>> LINE_SHIFT; line <= last; line++) {
      const from = line * LINE_BYTES;
      const words = wordsOf(line, a, b);
      const cached = this.#options.primaryDomain === 'eadr' && tearing === Tearing.STORE;
      // While a store is in flight to persistent caches, they have any of its words; then all.
      const mayPs = cached ? state.nowPs : atPs;
      const version = this.#primary.add(line, mayPs, this.#live, from, words, tearing);
      if (cached) this.#primary.must(version, atPs);
    }
  }

  #queuePair(core: number): number {
    return this.#options.queuePairs === 'shared' ? 0 : core;
  }

  #key(core: number, line: number): number {
    return core * (this.#live.byteLength / LINE_BYTES) + line;
  }
}
