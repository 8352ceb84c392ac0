/**
 * The order between cores that a design is stated to keep is the one that its timing keeps: derived here
 * from the event log of two cores, over many distances in time between them.
 */

import assert from 'node:assert';
import { Op, type PersistSink } from '../../pm/op.ts';
import type { OrderBetween } from '../../pm/order.ts';
import type { Backend } from '../backend.ts';
import { orderKept } from '../backends/semantics.ts';
import type { MirrorObserver, QueuePairs } from '../mirror.ts';
import { ROUND_CXL } from '../testing/round-profile.ts';
import { run, traceOf, writeLine } from '../testing/runs.ts';
import type { BackendRule } from './rule.ts';

/** Lines that the first core sends before the one that matters, so that it waits behind them. */
const BACKLOG = 48;
const SHARED = 1000;
const HEAP_BYTES = 1 << 17;
const FIRST = 1001;
const SECOND = 1002;
/** When the second core begins: from before the first has stored anything to after all is over. */
const STARTS_NS = Array.from({ length: 40 }, (_, i) => i * 250);

export const QUEUE_PAIRS: readonly QueuePairs[] = ['per-core', 'words', 'release', 'shared'];

function backlog(sink: PersistSink): void {
  for (let line = 0; line < BACKLOG; line++) writeLine(sink, line);
}

/** A WRITE of the shared line: whose, and which words. */
interface Copy {
  readonly core: number;
  readonly words: number;
}

/** What a replica and the primary saw of two programs. */
interface Log {
  /** WRITEs of the shared line, as they were posted and as they arrived. */
  readonly posted: readonly Copy[];
  readonly arrived: readonly Copy[];
  readonly durablePs: ReadonlyMap<number, number>;
  /** When the first core's first fence was over, and when the second core stored to its line. */
  readonly fencedPs: number;
  readonly storedPs: number;
}

function logOf(
  backend: Backend,
  queuePairs: QueuePairs,
  programs: readonly ((sink: PersistSink) => void)[],
): Log {
  const posted: Copy[] = [];
  const arrived: Copy[] = [];
  const durablePs = new Map<number, number>();
  let fencedPs = Number.POSITIVE_INFINITY;
  let storedPs = Number.POSITIVE_INFINITY;
  const observer: MirrorObserver = {
    onWrite: (core, _verb, line, words) => {
      if (line === SHARED) posted.push({ core, words });
    },
    onReplicaVisible: (_replica, core, line, words) => {
      if (line === SHARED) arrived.push({ core, words });
    },
    onReplicaDurable: (_replica, _core, line, atPs) => durablePs.set(line, atPs),
    onFenceDone: (core, _durability, atPs) => {
      if (core === 0) fencedPs = Math.min(fencedPs, atPs);
    },
    onSend: (_core, line, atPs) => {
      if (line === SECOND) storedPs = atPs;
    },
  };
  run(traceOf(programs, HEAP_BYTES), { backend, profile: ROUND_CXL, queuePairs, observer });
  return { posted, arrived, durablePs, fencedPs, storedPs };
}

/**
 * Whether each core's words of one line are there in the end, at all distances: the copies of two cores
 * have no word in common, or arrive as they were posted. Two words each, since a design may send a single
 * one otherwise.
 */
function keepsWords(backend: Backend, queuePairs: QueuePairs): boolean {
  const store = (sink: PersistSink, word: number): void => {
    sink.op(Op.STORE, SHARED * 64 + 16 * word, 16);
    sink.op(Op.WRITE_BACK, SHARED * 64, 64);
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  };
  return STARTS_NS.every((startNs) => {
    const { posted, arrived } = logOf(backend, queuePairs, [
      (sink) => {
        backlog(sink);
        store(sink, 0);
      },
      (sink) => {
        sink.op(Op.COMPUTE, startNs, 0);
        store(sink, 1);
      },
    ]);
    const [one, other] = posted;
    // A line that was not posted is not there.
    if (one === undefined || other === undefined) return false;
    const areApart = (one.words & other.words) === 0;
    return areApart || arrived.every(({ core }, i) => core === posted[i].core);
  });
}

/** Whether what is stored later, after the first core's fence, is durable later: under a lock, or not. */
function keepsLater(backend: Backend, queuePairs: QueuePairs, locked: boolean): boolean {
  const lock = (sink: PersistSink, ticket: number): void => {
    if (locked) sink.op(Op.LOCK, 0, ticket);
  };
  const unlock = (sink: PersistSink): void => {
    if (locked) sink.op(Op.UNLOCK, 0, 0);
  };
  let applied = 0;
  const isKept = STARTS_NS.every((startNs) => {
    const { durablePs, fencedPs, storedPs } = logOf(backend, queuePairs, [
      (sink) => {
        lock(sink, 0);
        backlog(sink);
        writeLine(sink, FIRST);
        sink.op(Op.ORDERING_FENCE, 0, 0);
        unlock(sink);
        sink.op(Op.DURABILITY_FENCE, 0, 0);
      },
      (sink) => {
        sink.op(Op.COMPUTE, startNs, 0);
        lock(sink, 1);
        writeLine(sink, SECOND);
        unlock(sink);
        sink.op(Op.DURABILITY_FENCE, 0, 0);
      },
    ]);
    if (storedPs < fencedPs) return true;
    applied++;
    const at = (line: number): number => durablePs.get(line) ?? Number.NaN;
    return at(FIRST) <= at(SECOND);
  });
  assert(applied > 0, 'the second core stored after the first one’s fence');
  return isKept;
}

/**
 * Whether the last value of a word that both cores store to is there in the end. The first writes it back
 * and hands it on, under a lock or not, before its fence.
 */
function keepsLast(backend: Backend, queuePairs: QueuePairs, locked: boolean): boolean {
  const store = (sink: PersistSink, ticket: number): void => {
    if (locked) sink.op(Op.LOCK, 0, ticket);
    if (ticket === 0) backlog(sink);
    writeLine(sink, SHARED);
    if (locked) sink.op(Op.UNLOCK, 0, 0);
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  };
  return STARTS_NS.every((startNs) => {
    const { posted, arrived } = logOf(backend, queuePairs, [
      (sink) => store(sink, 0),
      (sink) => {
        sink.op(Op.COMPUTE, startNs, 0);
        store(sink, 1);
      },
    ]);
    return arrived.every(({ core }, i) => core === posted[i].core);
  });
}

export function derivedOrder(backend: Backend, queuePairs: QueuePairs): OrderBetween {
  const keeps = (locked: boolean): boolean =>
    keepsLater(backend, queuePairs, locked) && keepsLast(backend, queuePairs, locked);
  if (!keepsWords(backend, queuePairs)) return 'none';
  if (!keeps(true)) return 'words';
  return keeps(false) ? 'any' : 'locks';
}

export const statedOrder: BackendRule = {
  name: 'core-order',
  about:
    'the order between cores that follows from what it states is the one that its timing keeps',
  broken(backend) {
    if (backend.durability === null) return undefined;
    for (const queuePairs of QUEUE_PAIRS) {
      const [stated, derived] = [orderKept(backend, queuePairs), derivedOrder(backend, queuePairs)];
      if (stated !== derived) return `queue pairs ${queuePairs}: stated ${stated}, kept ${derived}`;
    }
    return undefined;
  },
};
