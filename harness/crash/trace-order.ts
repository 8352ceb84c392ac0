/**
 * Crashes of a traced program, judged without its recovery code. Two things are wrong whatever the
 * program does with its memory:
 *
 *   - at a durability point, a line stored to in the transaction that no write-back covers: it may or
 *     may not survive although its user has been told so (the program's own error, or data it does
 *     not need);
 *   - on a replica, a line that may be durable before a line of an earlier epoch of its thread is: a
 *     crash in between leaves a state that the primary could not have had (the mirror's error).
 */

import assert from 'node:assert';
import { LINE_SHIFT, lastLineOf, lineOf } from '../../pm/line.ts';
import type { MirrorObserver } from '../../pm/mirror.ts';
import { Op } from '../../pm/op.ts';
import type { Trace } from '../../pm/trace.ts';
import { type Backend, carriesLine, createMirror, type Posting } from '../../rdma/index.ts';
import { TraceCursor } from './crash-trace.ts';
import type { FarSide } from './timeline.ts';

/** A line that no write-back covers at a durability point. */
export interface UncoveredLine {
  readonly thread: number;
  /** Transactions of the thread before this one. */
  readonly transaction: number;
  readonly line: number;
}

/** A line that may be durable at a replica before an earlier epoch's is. */
export interface Overtaking {
  readonly replica: number;
  readonly thread: number;
  readonly line: number;
  readonly epoch: number;
  readonly mayPs: number;
  /** When all of the earlier epochs is durable. */
  readonly earlierPs: number;
}

/** What was looked at and found under one far side. `linesSent`: over all replicas. */
export interface TraceOrder {
  readonly linesSent: number;
  readonly epochs: number;
  readonly overtaking: readonly Overtaking[];
}

/** Lines that transactions of `trace` leave without a write-back at their durability points. */
export function uncoveredLines(trace: Trace): UncoveredLine[] {
  const found: UncoveredLine[] = [];
  for (let thread = 0; thread < trace.threads; thread++) {
    const dirty = new Set<number>();
    let transaction = 0;
    for (let i = 0; i < trace.chunkCount(thread); i++) {
      const { op, a, b, length } = trace.chunk(thread, i);
      for (let at = 0; at < length; at++) {
        if (op[at] === Op.TX_BEGIN) dirty.clear();
        else if (op[at] === Op.TX_END) transaction++;
        else if (op[at] === Op.DURABILITY_FENCE) {
          for (const line of dirty) found.push({ thread, transaction, line });
          dirty.clear();
        } else if (b[at] > 0 && op[at] >= Op.STORE && op[at] <= Op.WRITE_BACK) {
          const last = lastLineOf(a[at], b[at]);
          for (let line = lineOf(a[at]); line <= last; line++) {
            if (op[at] === Op.STORE) dirty.add(line);
            else dirty.delete(line);
          }
        }
      }
    }
  }
  return found;
}

/** Replays `trace` under `far` and looks for lines that overtake earlier epochs. */
export function traceOrder(trace: Trace, far: FarSide): TraceOrder {
  const watch = new OrderObserver(trace, far.replicas);
  const mirror = createMirror({
    ...far,
    backend: watch.watching(far.backend),
    cores: trace.threads,
    heapBytes: trace.heapBytes,
    observer: watch,
  });
  mirror.replay(trace);
  mirror.finish();
  return watch.result();
}

/** A line on its way to, or at, a replica. */
interface Sent {
  readonly core: number;
  readonly line: number;
  readonly epoch: number;
  mayPs: number;
  mustPs: number;
}

class OrderObserver implements MirrorObserver {
  readonly #cursors: readonly TraceCursor[];
  readonly #epoch: number[];
  /** Per replica: everything sent in order; on its way, by core and line; arrived, by line. */
  readonly #sent: Sent[][];
  readonly #onWay: Map<number, Sent[]>[];
  readonly #arrived: Map<number, Sent[]>[];
  readonly #lines: number;
  readonly #replicas: number;

  constructor(trace: Trace, replicas: number) {
    this.#cursors = Array.from({ length: trace.threads }, (_, i) => new TraceCursor(trace, i));
    this.#epoch = this.#cursors.map(() => 0);
    this.#replicas = replicas;
    this.#sent = Array.from({ length: replicas }, () => []);
    this.#onWay = Array.from({ length: replicas }, () => new Map());
    this.#arrived = Array.from({ length: replicas }, () => new Map());
    this.#lines = trace.heapBytes >>> LINE_SHIFT;
  }

  /** `backend`, with every line it posts noted. */
  watching(backend: Backend): Backend {
    const noting = (posting: Posting): Posting => ({
      post: (core, verb, line) => {
        if (carriesLine(verb)) this.#post(core, line);
        posting.post(core, verb, line);
      },
      awaitAnswer: (core) => posting.awaitAnswer(core),
      sendFree: (core) => posting.sendFree(core),
      awaitTrip: (core) => posting.awaitTrip(core),
      linesSinceFence: (core) => posting.linesSinceFence(core),
      linesSinceAnswer: (core) => posting.linesSinceAnswer(core),
    });
    return {
      ...backend,
      onLine: (posting, core, line) => backend.onLine(noting(posting), core, line),
    };
  }

  onOperation(core: number): void {
    const { op } = this.#cursors[core].peek();
    if (op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE) this.#epoch[core]++;
    this.#cursors[core].step();
  }

  onReplicaVisible(replica: number, core: number, line: number, atPs: number): void {
    const sent = this.#onWay[replica].get(core * this.#lines + line)?.shift();
    assert(sent !== undefined, `line ${line} arrives, but was not posted`);
    sent.mayPs = atPs;
    listAt(this.#arrived[replica], line).push(sent);
  }

  onReplicaDurable(replica: number, _core: number, line: number, atPs: number): void {
    for (const sent of listAt(this.#arrived[replica], line)) sent.mustPs = atPs;
    this.#arrived[replica].delete(line);
  }

  result(): TraceOrder {
    const overtaking: Overtaking[] = [];
    for (const [replica, sent] of this.#sent.entries()) {
      const earlier = this.#epoch.map(() => 0);
      const current = this.#epoch.map(() => 0);
      const epochs = this.#epoch.map(() => 0);
      for (const { core, line, epoch, mayPs, mustPs } of sent) {
        if (epoch !== epochs[core]) {
          earlier[core] = Math.max(earlier[core], current[core]);
          current[core] = 0;
          epochs[core] = epoch;
        }
        current[core] = Math.max(current[core], mustPs);
        const earlierPs = earlier[core];
        if (mayPs < earlierPs)
          overtaking.push({ replica, thread: core, line, epoch, mayPs, earlierPs });
      }
    }
    const epochs = this.#epoch.reduce((total, count) => total + count, 0);
    const linesSent = this.#sent.reduce((total, all) => total + all.length, 0);
    return { linesSent, epochs, overtaking };
  }

  #post(core: number, line: number): void {
    for (let replica = 0; replica < this.#replicas; replica++) {
      const never = Number.POSITIVE_INFINITY;
      const sent = { core, line, epoch: this.#epoch[core], mayPs: never, mustPs: never };
      this.#sent[replica].push(sent);
      listAt(this.#onWay[replica], core * this.#lines + line).push(sent);
    }
  }
}

function listAt(lists: Map<number, Sent[]>, key: number): Sent[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = [];
    lists.set(key, list);
  }
  return list;
}
