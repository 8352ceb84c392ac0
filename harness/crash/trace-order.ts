/**
 * Whether a mirror keeps the order of a traced program's epochs, judged without its recovery code: on
 * a replica, no line may be durable before a line of an earlier epoch of its thread must be. A crash
 * in between would leave a state that the primary could not have had. (What the program itself does
 * wrong is trace-coverage.ts's.) Order between threads is not judged: a trace does not tell what
 * one thread had from another.
 */

import assert from 'node:assert';
import { LINE_SHIFT } from '../../pm/line.ts';
import type { MirrorObserver } from '../../pm/mirror.ts';
import { Op } from '../../pm/op.ts';
import type { Trace } from '../../pm/trace.ts';
import { createMirror } from '../../rdma/index.ts';
import { TraceCursor } from './crash-trace.ts';
import type { FarSide } from './timeline.ts';
import { watchingLines } from './watched-posting.ts';

/** A line that may be durable at a replica before an earlier epoch's is. */
export interface Overtaking {
  readonly replica: number;
  readonly thread: number;
  readonly line: number;
  readonly epoch: number;
  readonly mayPs: number;
  /** When all of the earlier epochs is durable; Infinity: never. */
  readonly earlierPs: number;
}

/** What was looked at and found under one far side. `linesSent`: over all replicas. */
export interface TraceOrder {
  readonly linesSent: number;
  readonly epochs: number;
  readonly overtaking: number;
  /** The first of them. */
  readonly first: readonly Overtaking[];
}

/** How many overtaking lines are kept. */
const FIRST_MAX = 5;

/** Replays `trace` under `far` and looks for lines that overtake earlier epochs. */
export function traceOrder(trace: Trace, far: FarSide): TraceOrder {
  const observer = new OrderObserver(trace, far.replicas);
  const mirror = createMirror({
    ...far,
    backend: watchingLines(far.backend, (core, line) => observer.posted(core, line)),
    cores: trace.threads,
    heapBytes: trace.heapBytes,
    observer,
  });
  mirror.replay(trace);
  mirror.finish();
  return observer.result();
}

/** A line on its way to, or at, a replica. */
interface Sent {
  readonly line: number;
  readonly epoch: number;
  mayPs: number;
  mustPs: number;
}

/**
 * One thread's lines at one replica, in the order in which they were sent. They are judged and
 * forgotten from the front, as soon as it is known when each must be durable.
 */
class Lane {
  readonly #waiting: Sent[] = [];
  #head = 0;
  #epoch = 0;
  /** When all of the epochs before, and what there is of this one, is durable. */
  #earlierPs = 0;
  #currentPs = 0;

  add(sent: Sent): void {
    this.#waiting.push(sent);
  }

  /** Judges lines from the front: those whose time is known, or all. */
  judge(all: boolean, found: (sent: Sent, earlierPs: number) => void): void {
    const waiting = this.#waiting;
    while (this.#head < waiting.length) {
      const sent = waiting[this.#head];
      if (!all && sent.mustPs === Number.POSITIVE_INFINITY) break;
      this.#head++;
      if (sent.epoch !== this.#epoch) {
        this.#earlierPs = Math.max(this.#earlierPs, this.#currentPs);
        this.#currentPs = 0;
        this.#epoch = sent.epoch;
      }
      this.#currentPs = Math.max(this.#currentPs, sent.mustPs);
      if (sent.mayPs < this.#earlierPs) found(sent, this.#earlierPs);
    }
    if (this.#head === waiting.length || this.#head > 4096) {
      waiting.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

class OrderObserver implements MirrorObserver {
  readonly #cursors: readonly TraceCursor[];
  readonly #epoch: number[];
  /** Per replica: the lanes of the threads; lines on their way, by core and line; arrived, by line. */
  readonly #lanes: Lane[][];
  readonly #onWay: Map<number, Sent[]>[];
  readonly #arrived: Map<number, Sent[]>[];
  readonly #lines: number;
  readonly #first: Overtaking[] = [];
  #linesSent = 0;
  #overtaking = 0;

  constructor(trace: Trace, replicas: number) {
    this.#cursors = Array.from({ length: trace.threads }, (_, i) => new TraceCursor(trace, i));
    this.#epoch = this.#cursors.map(() => 0);
    this.#lanes = Array.from({ length: replicas }, () => this.#cursors.map(() => new Lane()));
    this.#onWay = Array.from({ length: replicas }, () => new Map());
    this.#arrived = Array.from({ length: replicas }, () => new Map());
    this.#lines = trace.heapBytes >>> LINE_SHIFT;
  }

  /** `core` posts `line` to every replica. */
  posted(core: number, line: number): void {
    for (const [replica, lanes] of this.#lanes.entries()) {
      const never = Number.POSITIVE_INFINITY;
      const sent = { line, epoch: this.#epoch[core], mayPs: never, mustPs: never };
      lanes[core].add(sent);
      listAt(this.#onWay[replica], core * this.#lines + line).push(sent);
      this.#linesSent++;
    }
  }

  onOperation(core: number): void {
    const { op } = this.#cursors[core].peek();
    if (op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE) {
      this.#epoch[core]++;
      for (const replica of this.#lanes.keys()) this.#judge(replica, core, false);
    }
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
    for (const [replica, lanes] of this.#lanes.entries()) {
      for (const thread of lanes.keys()) this.#judge(replica, thread, true);
    }
    const epochs = this.#epoch.reduce((total, count) => total + count, 0);
    const [linesSent, overtaking] = [this.#linesSent, this.#overtaking];
    return { linesSent, epochs, overtaking, first: this.#first };
  }

  #judge(replica: number, thread: number, all: boolean): void {
    this.#lanes[replica][thread].judge(all, ({ line, epoch, mayPs }, earlierPs) => {
      this.#overtaking++;
      if (this.#first.length === FIRST_MAX) return;
      this.#first.push({ replica, thread, line, epoch, mayPs, earlierPs });
    });
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
