/**
 * Isolation that a trace does not show. Clients' transactions are recorded one after another and then
 * overlap in virtual time, held apart by the locks in the trace. A program that isolates its
 * transactions by other means (software transactional memory, versions) takes none; its original
 * would have made a transaction wait for, or retry after, one whose data it needs. So a transaction
 * that reads or writes what an earlier one of another client wrote, and shares no lock with
 * it, begins only when that one has ended: as a lock per transaction, taken by those that need it.
 *
 * Data is told apart by lines or by words. By words is what such programs do. But a line is the unit
 * of mirroring, and with a queue pair for each core nothing orders two cores' copies of one line: the
 * older may arrive last and take the other's words away. So with queue pairs per core the designs
 * need concurrent transactions to keep off each other's lines; with a shared one they do not.
 */

import { ATOMIC_BYTES, LINE_BYTES } from '../../../pm/line.ts';
import { isAccess, Op } from '../../../pm/op.ts';
import type { RecordedTransaction } from './recording.ts';

/** Ids of the added locks start here; programs use small numbers. */
const FIRST_LOCK = 0x8000_0000;

/** What a transaction waits for before it begins, and what others wait for it by. */
export interface Isolation {
  /** (lock id, ticket) to take and release at once, in this order. */
  readonly waits: readonly (readonly [number, number])[];
  /** Lock to hold from before the beginning to after the end, or -1. */
  readonly holds: number;
}

/** What concurrent transactions keep off each other's. */
export type Granule = 'lines' | 'words';

/** The isolation of each transaction, in the order of `transactions`. */
export function isolate(
  transactions: readonly RecordedTransaction[],
  granule: Granule,
): Isolation[] {
  const granuleBytes = granule === 'lines' ? LINE_BYTES : ATOMIC_BYTES;
  const uses = transactions.map((one) => usesOf(one, granuleBytes));
  const writers = new Map<number, number>();
  const tickets = new Map<number, number>();
  const waits: [number, number][][] = [];
  for (const [i, { client }] of transactions.entries()) {
    const needed = new Set<number>();
    for (const place of uses[i].accessed) {
      const writer = writers.get(place);
      if (writer === undefined || transactions[writer].client === client) continue;
      if (!intersects(uses[writer].locks, uses[i].locks)) needed.add(writer);
    }
    const own: [number, number][] = [];
    for (const writer of [...needed].sort((x, y) => x - y)) {
      const ticket = (tickets.get(writer) ?? 0) + 1;
      tickets.set(writer, ticket);
      own.push([FIRST_LOCK + writer, ticket]);
    }
    waits.push(own);
    for (const place of uses[i].written) writers.set(place, i);
  }
  return waits.map((own, i) => ({ waits: own, holds: tickets.has(i) ? FIRST_LOCK + i : -1 }));
}

interface Uses {
  readonly accessed: ReadonlySet<number>;
  readonly written: ReadonlySet<number>;
  readonly locks: ReadonlySet<number>;
}

function usesOf({ ops }: RecordedTransaction, granuleBytes: number): Uses {
  const accessed = new Set<number>();
  const written = new Set<number>();
  const locks = new Set<number>();
  for (const { op, a, b } of ops) {
    if (op === Op.LOCK) locks.add(a);
    if (!isAccess(op) || b === 0) continue;
    const last = Math.floor((a + b - 1) / granuleBytes);
    for (let place = Math.floor(a / granuleBytes); place <= last; place++) {
      accessed.add(place);
      if (op !== Op.LOAD) written.add(place);
    }
  }
  return { accessed, written, locks };
}

function intersects(one: ReadonlySet<number>, other: ReadonlySet<number>): boolean {
  for (const item of one) if (other.has(item)) return true;
  return false;
}
