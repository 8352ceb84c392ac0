/**
 * Whether a mirror keeps what it promises of a traced program, judged without its recovery code. On
 * a replica
 *
 *   - no line may be durable before a line of an earlier epoch of its thread must be: a crash in
 *     between would leave a state that the primary could not have had (`overtaking`);
 *   - when a durability fence returns, every line that its thread had sent must be durable
 *     (`notDurable`).
 *
 * The lines are those that leave the primary, whatever the backend posts: one that it does not post
 * never arrives, and all of the later epochs overtake it. A line may be durable from when it is
 * readable at the replica. It must be from when it is inside the persistence domain, if the design
 * keeps it in no cache outside of that (DDIO off: the memory controller accepts one by one, in
 * order; eadr: the cache is inside). Else it must be only from when a fence behind it is satisfied
 * there, however soon the simulated controller took it.
 *
 * What the program itself does wrong is coverage.ts's. Order between threads is not judged: a
 * trace does not tell what one thread had from another.
 */

import assert from 'node:assert';
import { LINE_SHIFT } from '../../../pm/line.ts';
import { isFence, isStore } from '../../../pm/op.ts';
import type { Trace } from '../../../pm/trace.ts';
import {
  createMirror,
  durabilitySemantics,
  type System,
  Verb,
  type VerbCode,
} from '../../../rdma/index.ts';
import type { MirrorObserver } from '../../../rdma/mirror.ts';
import { buggyDesign } from '../bugs/designs.ts';
import { listAt } from '../history/lists.ts';
import { TraceCursor } from '../history/recorded-trace.ts';

/** Where a line went wrong. `epoch`: fences of the thread before it was sent, empty ones too. */
interface Misplaced {
  readonly replica: number;
  readonly thread: number;
  readonly line: number;
  readonly epoch: number;
}

/** A line that may be durable at a replica before an earlier epoch's is. */
export interface Overtaking extends Misplaced {
  readonly mayPs: number;
  /** When all of the earlier epochs is durable; Infinity: never. */
  readonly earlierPs: number;
}

/** A line that need not be durable at a replica when a durability fence behind it has returned. */
export interface NotDurable extends Misplaced {
  readonly returnedPs: number;
  /** When it is durable; Infinity: never. */
  readonly mustPs: number;
}

/** What was looked at and found under one system. `linesSent`: over all replicas. */
export interface TraceOrder {
  readonly linesSent: number;
  /** Those with a store, as everywhere. */
  readonly epochs: number;
  readonly overtaking: number;
  readonly notDurable: number;
  /** The first of each. */
  readonly firstOvertaking: readonly Overtaking[];
  readonly firstNotDurable: readonly NotDurable[];
}

/** How many findings of a kind are kept. */
const FIRST_MAX = 5;

/** Replays `trace` under `system`, which keeps a mirror, and looks for lines out of place. */
export function traceOrder(trace: Trace, system: System, seed: number): TraceOrder {
  const observer = new OrderObserver(trace, system);
  const { threads: cores, heapBytes } = trace;
  const mirror = createMirror(system, { cores, heapBytes, seed, observer });
  mirror.replay(trace);
  mirror.finish();
  return observer.result();
}

const NEVER = Number.POSITIVE_INFINITY;

/** A line that has left the primary, as it is or is not at one replica. */
interface Sent {
  readonly core: number;
  readonly line: number;
  readonly epoch: number;
  mayPs: number;
  mustPs: number;
  /** When the durability fence behind it returned. */
  returnedPs: number;
}

/** Who hears of a line out of place. */
interface Findings {
  overtakes(sent: Sent, earlierPs: number): void;
  isNotDurable(sent: Sent): void;
}

/**
 * One thread's lines for one replica, in the order in which they were sent. They are judged and
 * forgotten from the front, as soon as all of what is asked of each is known.
 */
class Lane {
  readonly #waiting: Sent[] = [];
  #head = 0;
  /** Up to here a durability fence has returned. */
  #fenced = 0;
  #epoch = 0;
  /** When all of the epochs before, and what there is of this one, is durable. */
  #earlierPs = 0;
  #currentPs = 0;

  add(sent: Sent): void {
    this.#waiting.push(sent);
  }

  /** A durability fence behind all lines so far returned at `ps`. */
  fenceReturned(ps: number): void {
    for (; this.#fenced < this.#waiting.length; this.#fenced++) {
      this.#waiting[this.#fenced].returnedPs = ps;
    }
  }

  /** Judges lines from the front: those of which all is known, or all. */
  judge(all: boolean, findings: Findings): void {
    const waiting = this.#waiting;
    const end = all ? waiting.length : this.#fenced;
    while (this.#head < end) {
      const sent = waiting[this.#head];
      if (!all && sent.mustPs === NEVER) break;
      this.#head++;
      if (sent.epoch !== this.#epoch) {
        this.#earlierPs = Math.max(this.#earlierPs, this.#currentPs);
        this.#currentPs = 0;
        this.#epoch = sent.epoch;
      }
      this.#currentPs = Math.max(this.#currentPs, sent.mustPs);
      if (sent.mayPs < this.#earlierPs) findings.overtakes(sent, this.#earlierPs);
      if (sent.mustPs > sent.returnedPs) findings.isNotDurable(sent);
    }
    if (this.#head === waiting.length || this.#head > 4096) {
      waiting.splice(0, this.#head);
      this.#fenced -= this.#head;
      this.#head = 0;
    }
  }
}

/** What was posted at one time of one line: which words of it have not arrived, and what they bring. */
interface OnWay {
  words: number;
  /** It bypasses the cache: what is readable is durable. */
  readonly bypasses: boolean;
  readonly brought: readonly Sent[];
}

/** One replica's lines that are not durable for certain, by how far they got. */
class ReplicaLines {
  /** By core and line: left the primary and not posted; posted, each with what it brings along. */
  readonly unposted = new Map<number, Sent[]>();
  readonly onWay = new Map<number, OnWay[]>();
  /** By line: readable, and not durable yet. */
  readonly arrived = new Map<number, Sent[]>();
  /** Durable, with no fence yet that says so. */
  uncertain: Sent[] = [];
  /** Per core, when all lines that must be durable so far are. */
  readonly durablePs: Float64Array;

  constructor(cores: number) {
    this.durablePs = new Float64Array(cores);
  }

  certain(sent: Sent, ps: number): void {
    sent.mustPs = ps;
    this.durablePs[sent.core] = Math.max(this.durablePs[sent.core], ps);
  }
}

class OrderObserver implements MirrorObserver {
  readonly #cursors: readonly TraceCursor[];
  /** Per thread, fences so far, and whether it has stored since the last one. */
  readonly #epoch: number[];
  readonly #stored: boolean[];
  /** Per replica: the lanes of the threads, and the lines in flight. */
  readonly #lanes: Lane[][];
  readonly #replicas: ReplicaLines[];
  readonly #lines: number;
  readonly #shared: boolean;
  /** No fence is needed to know that a line is durable. */
  readonly #certainWhenTold: boolean;
  readonly #firstAcknowledges: boolean;
  readonly #firstOvertaking: Overtaking[] = [];
  readonly #firstNotDurable: NotDurable[] = [];
  #epochs = 0;
  #linesSent = 0;
  #overtaking = 0;
  #notDurable = 0;

  constructor(trace: Trace, { backend, profile, replicas, queuePairs }: System) {
    const semantics = durabilitySemantics(backend, profile.replicaMemory.persistenceDomain);
    assert(semantics !== null, `${backend.name} keeps no mirror`);
    this.#certainWhenTold = semantics.isDurableFrom === semantics.mayBeDurableFrom;
    this.#shared = queuePairs === 'shared';
    this.#firstAcknowledges = buggyDesign(backend.name)?.firstReplicaAcknowledges ?? false;
    this.#cursors = Array.from({ length: trace.threads }, (_, i) => new TraceCursor(trace, i));
    this.#epoch = this.#cursors.map(() => 0);
    this.#stored = this.#cursors.map(() => false);
    this.#lanes = Array.from({ length: replicas }, () => this.#cursors.map(() => new Lane()));
    this.#replicas = this.#lanes.map(() => new ReplicaLines(trace.threads));
    this.#lines = trace.heapBytes >>> LINE_SHIFT;
  }

  onSend(core: number, line: number): void {
    for (const [replica, { unposted }] of this.#replicas.entries()) {
      const times = { mayPs: NEVER, mustPs: NEVER, returnedPs: NEVER };
      const sent = { core, line, epoch: this.#epoch[core], ...times };
      this.#lanes[replica][core].add(sent);
      listAt(unposted, core * this.#lines + line).push(sent);
      this.#linesSent++;
    }
  }

  /** `core` posts `line`, with all that it holds by now, or the words that the core stored. */
  onWrite(core: number, verb: VerbCode, line: number, words: number): void {
    const bypasses = verb === Verb.WRITE_BYPASS || verb === Verb.NUMBERED;
    const key = core * this.#lines + line;
    for (const { unposted, onWay } of this.#replicas) {
      listAt(onWay, key).push({ words, bypasses, brought: unposted.get(key) ?? [] });
      unposted.delete(key);
    }
  }

  /** What a line brings may be durable in part with its first words, and is there with its last. */
  onReplicaVisible(replica: number, core: number, line: number, words: number, atPs: number): void {
    const lines = this.#replicas[replica];
    const onWay = lines.onWay.get(core * this.#lines + line);
    const first = onWay?.[0];
    assert(first !== undefined, `line ${line} arrives, but was not posted`);
    first.words &= ~words;
    for (const sent of first.brought) sent.mayPs = Math.min(sent.mayPs, atPs);
    if (first.words !== 0) return;
    onWay?.shift();
    for (const sent of first.brought) {
      if (first.bypasses) lines.certain(sent, atPs);
      else listAt(lines.arrived, line).push(sent);
    }
  }

  onReplicaDurable(replica: number, _core: number, line: number, atPs: number): void {
    const lines = this.#replicas[replica];
    for (const sent of lines.arrived.get(line) ?? []) {
      if (this.#certainWhenTold) lines.certain(sent, atPs);
      else lines.uncertain.push(sent);
    }
    lines.arrived.delete(line);
  }

  onReplicaFence(replica: number, core: number, atPs: number): void {
    const lines = this.#replicas[replica];
    const covers = (sent: Sent): boolean => this.#shared || sent.core === core;
    for (const sent of lines.uncertain) if (covers(sent)) lines.certain(sent, atPs);
    lines.uncertain = lines.uncertain.filter((sent) => !covers(sent));
  }

  onFenceDone(core: number, durability: boolean, atPs: number): void {
    if (!durability) return;
    const firstPs = Math.min(...this.#replicas.map(({ durablePs }) => durablePs[core]));
    const returnedPs = this.#firstAcknowledges ? Math.min(atPs, firstPs) : atPs;
    for (const lanes of this.#lanes) lanes[core].fenceReturned(returnedPs);
  }

  onOperation(core: number): void {
    const { op, b } = this.#cursors[core].peek();
    if (isStore(op) && b > 0) this.#stored[core] = true;
    if (isFence(op)) {
      if (this.#stored[core]) this.#epochs++;
      this.#stored[core] = false;
      this.#epoch[core]++;
      for (const replica of this.#lanes.keys()) this.#judge(replica, core, false);
    }
    this.#cursors[core].step();
  }

  result(): TraceOrder {
    for (const [replica, lanes] of this.#lanes.entries()) {
      for (const thread of lanes.keys()) this.#judge(replica, thread, true);
    }
    return {
      linesSent: this.#linesSent,
      epochs: this.#epochs,
      overtaking: this.#overtaking,
      notDurable: this.#notDurable,
      firstOvertaking: this.#firstOvertaking,
      firstNotDurable: this.#firstNotDurable,
    };
  }

  #judge(replica: number, thread: number, all: boolean): void {
    this.#lanes[replica][thread].judge(all, {
      overtakes: ({ line, epoch, mayPs }, earlierPs) => {
        if (this.#overtaking++ >= FIRST_MAX) return;
        this.#firstOvertaking.push({ replica, thread, line, epoch, mayPs, earlierPs });
      },
      isNotDurable: ({ line, epoch, returnedPs, mustPs }) => {
        if (this.#notDurable++ >= FIRST_MAX) return;
        this.#firstNotDurable.push({ replica, thread, line, epoch, returnedPs, mustPs });
      },
    });
  }
}
