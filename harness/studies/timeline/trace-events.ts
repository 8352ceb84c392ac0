/**
 * A timeline in the Trace Event Format (the JSON that chrome://tracing, ui.perfetto.dev and
 * trace_processor read). Every design is a process for its primary and one for each replica; their
 * windows begin at the same time, so that designs compare below each other.
 *
 * Times of the format are microseconds; ours have six decimals, a picosecond. trace_processor cuts them
 * to nanoseconds and drops slices that then overlap without being nested. So slices of a track follow each
 * other and are never nested. And all times are a quarter of a picosecond late: else a whole nanosecond, which is
 * seldom a whole binary fraction, could be cut to the one before.
 */

import { carriesLine, isAnswered, TIME_PARTS } from '../../../rdma/index.ts';
import { partsBetween, verbName } from './account.ts';
import { fillTimes, type Level, levels, replicaNicTimes, sendQueueTimes } from './counters.ts';
import { doneAt, phasesOf } from './phases.ts';
import type { RecordedRow } from './rows.ts';
import type { Message } from './timeline.ts';

/** An event of the format. */
interface TraceEvent {
  readonly ph: 'M' | 'X' | 'i' | 's' | 't' | 'f' | 'C';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly cat?: string;
  readonly dur?: number;
  readonly id?: number;
  readonly bp?: 'e';
  readonly s?: 't';
  readonly args?: Readonly<Record<string, string | number>>;
}

const PS_PER_US = 1e6;
const LATE_PS = 0.25;

/** An event with its place in the file: by time, and of equal times slices come first. */
interface Placed {
  readonly atPs: number;
  readonly event: TraceEvent;
}

type Args = Readonly<Record<string, string | number>>;

/** A track of a process. */
interface Track {
  readonly pid: number;
  readonly tid: number;
}

/** Collects the events of one design. Times are in ps, from the start of its window on. */
class Events {
  readonly placed: Placed[] = [];
  readonly #startPs: number;
  readonly #tracks = new Map<number, number>();

  constructor(startPs: number) {
    this.#startPs = startPs;
  }

  process(pid: number, name: string): void {
    this.#meta('process_name', { pid, tid: 0 }, { name });
    this.#meta('process_sort_index', { pid, tid: 0 }, { sort_index: pid });
  }

  /** A new track of a process, below those that it has. */
  track(pid: number, name: string): Track {
    const tid = (this.#tracks.get(pid) ?? 0) + 1;
    this.#tracks.set(pid, tid);
    this.#meta('thread_name', { pid, tid }, { name });
    this.#meta('thread_sort_index', { pid, tid }, { sort_index: tid });
    return { pid, tid };
  }

  slice(track: Track, name: string, cat: string, fromPs: number, toPs: number, args?: Args): void {
    const from = Math.max(fromPs, this.#startPs);
    const dur = (Math.max(toPs, from) - from) / PS_PER_US;
    this.#add(from, {
      ph: 'X',
      name,
      cat,
      ...track,
      ts: this.#ts(from),
      dur,
      ...(args && { args }),
    });
  }

  instant(track: Track, name: string, atPs: number): void {
    this.#add(atPs, { ph: 'i', name, cat: 'fence', ...track, ts: this.#ts(atPs), s: 't' });
  }

  flow(ph: 's' | 't' | 'f', track: Track, id: number, name: string, atPs: number): void {
    const binding = ph === 'f' ? ({ bp: 'e' } as const) : {};
    this.#add(atPs, { ph, name, cat: 'flow', id, ...track, ts: this.#ts(atPs), ...binding });
  }

  counter(pid: number, name: string, some: readonly Level[]): void {
    for (const { atPs, taken } of some) {
      this.#add(atPs, { ph: 'C', name, pid, tid: 0, ts: this.#ts(atPs), args: { taken } });
    }
  }

  #meta(name: string, track: Track, args: Args): void {
    this.#add(Number.NEGATIVE_INFINITY, { ph: 'M', name, ...track, ts: 0, args });
  }

  #ts(atPs: number): number {
    return (atPs - this.#startPs + LATE_PS) / PS_PER_US;
  }

  #add(atPs: number, event: TraceEvent): void {
    this.placed.push({ atPs: atPs - this.#startPs, event });
  }
}

const RANK = { M: 0, X: 1, i: 2, s: 3, t: 3, f: 3, C: 4 } as const;

/** The file of `rows`, in pieces; each event is a line. */
export function* traceEventPieces(rows: readonly RecordedRow[], title: string): Generator<string> {
  let pid = 1;
  let flows = 0;
  const all: Placed[] = [];
  for (const row of rows) {
    const design = new Design(row, pid, flows);
    for (const placed of design.events.placed) all.push(placed);
    pid = design.nextPid;
    flows = design.flows;
  }
  all.sort((a, b) => a.atPs - b.atPs || RANK[a.event.ph] - RANK[b.event.ph]);
  const head = {
    displayTimeUnit: 'ns',
    otherData: { title, ...Object.fromEntries(rows.map(factsOf)) },
  };
  yield `${JSON.stringify(head).slice(0, -1)},"traceEvents":[\n`;
  for (let i = 0; i < all.length; i += PIECE) {
    const lines = all.slice(i, i + PIECE).map(({ event }) => JSON.stringify(event));
    yield `${i === 0 ? '' : ',\n'}${lines.join(',\n')}`;
  }
  yield '\n]}\n';
}

/** Events a piece. */
const PIECE = 4096;

/** The time of all cores in the window of a design, by its parts, which the slices sum up to. */
function factsOf({ result, timeline }: RecordedRow): readonly [string, Args] {
  const { fromPs, toPs, cores } = timeline;
  const accounts = cores.map(({ slices }) => partsBetween(slices, fromPs, toPs));
  const parts = TIME_PARTS.map((part) => [
    `${part}Ps`,
    accounts.reduce((sum, { partPs }) => sum + partPs[part], 0),
  ]);
  const facts = { queuePairs: result.queuePairsUsed, cores: cores.length, windowPs: toPs - fromPs };
  return [result.system.backend, { ...facts, ...Object.fromEntries(parts) }];
}

/** The events of one design. */
class Design {
  readonly events: Events;
  flows: number;
  readonly nextPid: number;
  readonly #row: RecordedRow;
  readonly #primary: number;
  readonly #timeTracks: Track[] = [];

  constructor(row: RecordedRow, pid: number, flows: number) {
    this.#row = row;
    this.#primary = pid;
    this.flows = flows;
    const { timeline, result } = row;
    this.events = new Events(timeline.fromPs);
    this.nextPid = pid + 1 + timeline.replicaQueues.length;
    this.events.process(pid, `${result.system.backend}: primary`);
    timeline.cores.forEach((_, core) => {
      this.#addCore(core);
    });
    const link = this.events.track(pid, 'link');
    this.#addPrimaryCounters();
    timeline.replicaQueues.forEach((_, replica) => {
      this.#addReplica(replica, link);
    });
  }

  #addCore(core: number): void {
    const { events } = this;
    const { slices, transactions, fences, writeBacks } = this.#row.timeline.cores[core];
    const runs = events.track(this.#primary, `core ${core}: transactions`);
    for (const { number, type, beginPs, endPs } of transactions) {
      events.slice(runs, `transaction ${number}`, 'transaction', beginPs, endPs, { type });
    }
    const time = events.track(this.#primary, `core ${core}: time`);
    this.#timeTracks.push(time);
    for (const { part, fromPs, toPs } of slices) {
      events.slice(time, part, 'time', fromPs, toPs, { ps: toPs - fromPs });
    }
    for (const { durability, atPs } of fences) {
      events.instant(time, durability ? 'durability point' : 'ordering point', atPs);
    }
    const lanes = new Lanes(events, this.#primary, `core ${core}: lines to memory`);
    for (const { line, fromPs, toPs } of writeBacks) {
      events.slice(lanes.take(fromPs, toPs), 'line', 'write-back', fromPs, toPs, { line });
    }
  }

  #addPrimaryCounters(): void {
    const { timeline, result } = this.#row;
    const replicas = timeline.replicaQueues.length;
    for (const [queuePair, times] of sendQueueTimes(timeline)) {
      const owner =
        result.queuePairsUsed === 'shared' ? 'shared' : `core ${Math.floor(queuePair / replicas)}`;
      const to = replicas > 1 ? ` to replica ${queuePair % replicas}` : '';
      this.#count(this.#primary, `send queue, ${owner}${to}`, levels(times, timeline));
    }
    timeline.cores.forEach((core, index) => {
      this.#count(this.#primary, `fill buffers, core ${index}`, levels(fillTimes(core), timeline));
    });
    this.#count(this.#primary, 'write-pending queues', levels(timeline.primaryQueue, timeline));
  }

  #count(pid: number, name: string, some: readonly Level[]): void {
    this.events.counter(pid, name, some);
  }

  #addReplica(replica: number, link: Track): void {
    const { timeline, result } = this.#row;
    const pid = this.#primary + 1 + replica;
    this.events.process(pid, `${result.system.backend}: replica ${replica}`);
    const lanes = new Lanes(this.events, pid, 'messages');
    const messages = timeline.messages
      .filter((one) => one.replica === replica && one.arrivedPs < Number.POSITIVE_INFINITY)
      .sort((a, b) => a.arrivedPs - b.arrivedPs);
    for (const message of messages) this.#addMessage(message, lanes, link);
    this.#count(pid, 'messages in the NIC', levels(replicaNicTimes(timeline, replica), timeline));
    this.#count(pid, 'write-pending queues', levels(timeline.replicaQueues[replica], timeline));
  }

  #addMessage(message: Message, lanes: Lanes, link: Track): void {
    const { events } = this;
    const { fromPs: start, toPs: end } = this.#row.timeline;
    const { verb, core, line, postedPs, wireFromPs, wireToPs } = message;
    const name = verbName(verb);
    const args = carriesLine(verb) ? { verb: name, core, line } : { verb: name, core };
    if (wireToPs > start) events.slice(link, name, 'link', wireFromPs, wireToPs, args);
    const phases = phasesOf(message, end).filter(({ toPs }) => toPs > start);
    const last = phases.at(-1);
    if (last === undefined) return;
    const track = lanes.take(phases[0].fromPs, last.toPs);
    for (const { name: phase, fromPs, toPs } of phases) {
      events.slice(track, phase, 'replica', fromPs, toPs, args);
    }
    // What was posted before the window has no slice to come from; what is not done, none to end in.
    if (postedPs <= start || doneAt(message) === Number.POSITIVE_INFINITY) return;
    const id = ++this.flows;
    events.flow('s', this.#timeTracks[core], id, name, postedPs - 1);
    events.flow('t', link, id, name, wireFromPs);
    events.flow('f', track, id, name, last.fromPs);
    this.#addAnswer(message, track);
  }

  /** The way back of the answer that a core waits for. */
  #addAnswer({ verb, core, satisfiedPs, backPs }: Message, track: Track): void {
    if (!isAnswered(verb) || backPs > this.#row.timeline.toPs) return;
    const id = ++this.flows;
    this.events.flow('s', track, id, 'answer', satisfiedPs - 1);
    this.events.flow('f', this.#timeTracks[core], id, 'answer', backPs - 1);
  }
}

/** Tracks for slices that overlap: each takes the first track that is free. */
class Lanes {
  readonly #events: Events;
  readonly #pid: number;
  readonly #name: string;
  readonly #lanes: { readonly track: Track; freeAt: number }[] = [];

  constructor(events: Events, pid: number, name: string) {
    this.#events = events;
    this.#pid = pid;
    this.#name = name;
  }

  /** A track that is free from `fromPs` on; it is taken until `toPs`. Calls are in order of `fromPs`. */
  take(fromPs: number, toPs: number): Track {
    let lane = this.#lanes.find(({ freeAt }) => freeAt <= fromPs);
    if (lane === undefined) {
      const track = this.#events.track(this.#pid, `${this.#name} ${this.#lanes.length + 1}`);
      lane = { track, freeAt: toPs };
      this.#lanes.push(lane);
    }
    lane.freeAt = toPs;
    return lane.track;
  }
}
