/**
 * Listens to a mirror that replays a recording and follows the bytes: which content each line had
 * when it was stored to, when it left its core, and when each replica had it. See `timeline.ts`.
 */

import assert from 'node:assert';
import {
  ALL_WORDS,
  INITIAL,
  LineHistory,
  Tearing,
  type TearingCode,
} from '../../pm/crash/line-history.ts';
import { LINE_BYTES, LINE_SHIFT, lastLineOf } from '../../pm/line.ts';
import type { MirrorObserver } from '../../pm/mirror.ts';
import { Op } from '../../pm/op.ts';
import type { Backend, DurabilitySemantics, HardwareProfile } from '../../rdma/index.ts';
import { type CrashTrace, TraceCursor } from './crash-trace.ts';
import type { Machine, Span } from './timeline.ts';
import { watchingLines } from './watched-posting.ts';

/** What to build histories by. */
export interface ObserverOptions {
  readonly semantics: DurabilitySemantics | null;
  readonly replicas: number;
  readonly primaryDomain: HardwareProfile['memory']['persistenceDomain'];
  readonly firstReplicaAcknowledges: boolean;
}

/** A core's place in its stream. */
interface CoreState {
  readonly cursor: TraceCursor;
  readonly payloads: readonly Uint8Array[];
  nextPayload: number;
  /** The store that comes next has been carried out: its lines began to leave before it was over. */
  applied: boolean;
  depth: number;
  /** Outermost TX_BEGINs that the transaction under way still has. */
  beginsLeft: number;
  beginPs: number;
  fencePs: number;
  /** Versions that its next fence makes durable. */
  fenced: number[];
  readonly spans: Span[];
  /** Per replica, when all lines that this core posted so far are durable there. */
  readonly durablePs: Float64Array;
}

export class TimelineObserver implements MirrorObserver {
  readonly #trace: CrashTrace;
  readonly #options: ObserverOptions;
  readonly #live: Uint8Array;
  readonly #primary: LineHistory;
  /** Per line, the version that left a core for the memory controller last. */
  readonly #sent: Int32Array;
  readonly #replicas: LineHistory[] = [];
  readonly #takeovers: LineHistory[] = [];
  readonly #cores: CoreState[];
  /** Contents on their way, by replica, core and line: versions of the primary, oldest first. */
  readonly #posted: Map<number, number[]>[] = [];

  constructor(trace: CrashTrace, options: ObserverOptions) {
    const { initial } = trace.recording;
    this.#trace = trace;
    this.#options = options;
    this.#live = initial.slice();
    this.#primary = new LineHistory(initial);
    this.#sent = new Int32Array(initial.byteLength / LINE_BYTES).fill(INITIAL);
    for (let i = 0; i < options.replicas; i++) {
      this.#replicas.push(new LineHistory(initial));
      this.#takeovers.push(new LineHistory(initial));
      this.#posted.push(new Map());
    }
    this.#cores = trace.payloads.map((payloads, core) => ({
      cursor: new TraceCursor(trace.trace, core),
      payloads,
      nextPayload: 0,
      applied: false,
      depth: 0,
      beginsLeft: 0,
      beginPs: 0,
      fencePs: Number.POSITIVE_INFINITY,
      fenced: [],
      spans: [],
      durablePs: new Float64Array(options.replicas),
    }));
  }

  /** The machines, when the replay is over. */
  machines(): Machine[] {
    return [
      { name: 'primary', history: this.#primary },
      ...this.#replicas.map((history, i) => ({ name: `replica-${i}`, history })),
      ...this.#takeovers.map((history, i) => ({ name: `takeover-${i}`, history })),
    ];
  }

  /** Per client, its transactions. */
  spans(): Span[][] {
    return this.#cores.map(({ spans }) => spans);
  }

  /** `backend`, with what it posts for a line known here: a line it skips never arrives. */
  watching(backend: Backend): Backend {
    const posted = (core: number, line: number): void => {
      const version = this.#primary.latest(line);
      for (const queue of this.#posted) {
        const key = this.#key(core, line);
        const waiting = queue.get(key);
        if (waiting === undefined) queue.set(key, [version]);
        else waiting.push(version);
      }
    };
    return watchingLines(backend, posted);
  }

  onOperation(core: number, atPs: number): void {
    const state = this.#cores[core];
    const { op } = state.cursor.peek();
    if (op === Op.STORE || op === Op.NT_STORE) {
      if (!state.applied) this.#apply(state, atPs);
      state.applied = false;
    } else if (op === Op.TX_BEGIN && state.depth++ === 0) {
      this.#begin(core, atPs);
    } else if (op === Op.TX_END && --state.depth === 0) {
      this.#end(core);
    } else if (op === Op.WRITE_BACK) {
      this.#writtenBack(state);
    }
    state.cursor.step();
  }

  onSend(core: number, line: number, atPs: number): void {
    const state = this.#cores[core];
    // A store past the cache that fills a line sends it before the store as a whole is over.
    if (!state.applied && state.cursor.peek().op === Op.NT_STORE) {
      this.#apply(state, atPs);
      state.applied = true;
    }
    this.#sent[line] = this.#primary.latest(line);
    state.fenced.push(this.#sent[line]);
  }

  onReplicaVisible(replica: number, core: number, line: number, atPs: number): void {
    const version = this.#posted[replica].get(this.#key(core, line))?.shift();
    assert(version !== undefined, `line ${line} arrives, but was not posted`);
    if (version < 0) return;
    const source = this.#primary.bytes;
    const from = version * LINE_BYTES;
    const taken = this.#takeovers[replica];
    taken.must(taken.add(line, atPs, source, from, ALL_WORDS, Tearing.NONE), atPs);
    const history = this.#replicas[replica];
    // Told of a line past the cache when it is accepted: what is readable is durable.
    const added = history.add(line, atPs, source, from, ALL_WORDS, Tearing.NONE);
    if (this.#options.semantics?.isDurableFrom === 'llcArrival') history.must(added, atPs);
  }

  onReplicaDurable(replica: number, core: number, line: number, atPs: number): void {
    const history = this.#replicas[replica];
    history.must(history.latest(line), atPs);
    const { durablePs } = this.#cores[core];
    durablePs[replica] = Math.max(durablePs[replica], atPs);
  }

  onFenceDone(core: number, durability: boolean, atPs: number): void {
    const state = this.#cores[core];
    for (const version of state.fenced) this.#primary.must(version, atPs);
    state.fenced = [];
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

  #begin(core: number, atPs: number): void {
    const state = this.#cores[core];
    if (state.beginsLeft === 0) {
      state.beginsLeft = this.#trace.spans[core][state.spans.length];
      state.beginPs = atPs;
      state.fencePs = Number.POSITIVE_INFINITY;
    }
  }

  #end(core: number): void {
    const state = this.#cores[core];
    if (--state.beginsLeft > 0) return;
    const number = state.spans.length;
    const before = number === 0 ? 0 : state.spans[number - 1].acknowledgedPs;
    const writes = this.#trace.writes[core][number];
    // Without a durability point nothing is promised; with nothing stored nothing is missing either.
    const unpromised = writes ? state.fencePs : Math.max(before, state.beginPs);
    const acknowledgedPs = Number.isFinite(state.fencePs) ? state.fencePs : unpromised;
    state.spans.push({ beginPs: state.beginPs, acknowledgedPs });
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
      const words = wordsOf(Math.max(a - from, 0), Math.min(a + b - from, LINE_BYTES));
      const version = this.#primary.add(line, atPs, this.#live, from, words, tearing);
      const kept = this.#options.primaryDomain === 'eadr' && tearing === Tearing.STORE;
      if (kept) this.#primary.must(version, atPs);
    }
  }

  #key(core: number, line: number): number {
    return core * (this.#live.byteLength / LINE_BYTES) + line;
  }
}

/** The words that bytes [from, to) of a line touch. */
function wordsOf(from: number, to: number): number {
  const first = from >>> 3;
  const last = (to - 1) >>> 3;
  return ((1 << (last + 1)) - 1) & ~((1 << first) - 1);
}
