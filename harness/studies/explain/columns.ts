/** Accounts as data, one row a design: what the tables of `explain` show. */

import { TIME_PARTS } from '../../../rdma/mirror.ts';
import { IDENTITY_COLUMNS } from '../../bench/index.ts';
import { type Column, column, figure, openColumn } from '../../report/index.ts';
import type { Account } from './account.ts';
import type { AccountedRow } from './rows.ts';

const of = (
  name: string,
  unit: string,
  meaning: string,
  value: (account: Account) => number | undefined,
): Column<AccountedRow> => column(name, unit, meaning, ({ account }) => figure(value(account)));

// biome-ignore format: one column a line, or two
export const ACCOUNT_COLUMNS: readonly Column<AccountedRow>[] = [
  ...IDENTITY_COLUMNS,
  of('timeNsPerTx', 'ns', 'core time per transaction', (one) => one.timeNsPerTx),
  ...TIME_PARTS.map((part) =>
    of(`${part}NsPerTx`, 'ns', `part of timeNsPerTx in ${part}, as in whisper.csv`, (one) => one.partNsPerTx[part])),
  of('epochsPerTx', 'count', 'epochs', (one) => one.epochsPerTx),
  of('linesPerTx', 'lines', 'lines written back', (one) => one.linesPerTx),
  of('roundTripsPerTx', 'count', 'waits for replicas', (one) => one.roundTripsPerTx),
  of('waitNsPerRoundTrip', 'ns', 'wait for replicas, each time', (one) => one.waitNsPerRoundTrip),
  of('bareTripNs', 'ns', "a line's trip to the farthest replica that a wait needs, and the answer's back", (one) => one.bareTripNs),
  openColumn('waitEndedShare.*', 'fraction', 'share of waits that the answer of the replica of that number ended; only where ' +
    'replicas differ or some are enough', ({ account }) =>
    Object.fromEntries(account.waitEndedShare.map((share, replica) => [String(replica), figure(share)]))),
  ...(['WRITE', 'RCOMMIT', 'ROFENCE', 'RDFENCE'] as const).map((verb) =>
    of(`${verb.toLowerCase()}sPerTx`, 'count', `${verb} verbs posted`, (one) => one.verbsPerTx[verb])),
  of('doorbellsPerTx', 'count', 'doorbells rung', (one) => one.doorbellsPerTx),
  of('linkBytesPerTx', 'B', "bytes on the primary's link", (one) => one.linkBytesPerTx),
  of('lineToDurableNs', 'ns', 'from sending a line to its durability at a replica, mean', (one) => one.lineToDurableNs),
  of('linesInFlight', 'lines', 'lines in flight, mean', (one) => one.linesInFlight),
  of('sendQueueEntriesMean', 'count', 'entries taken of a send queue, mean', (one) => one.sendQueue?.mean),
  of('sendQueueEntriesMax', 'count', 'entries taken of a send queue, most', (one) => one.sendQueue?.max),
  of('sendQueueFullShare', 'fraction', 'share of time in which a send queue is full', (one) => one.sendQueue?.fullShare),
  of('aboveBound', 'ratio', 'execution time over that of the bound', (one) => one.ratioToBound),
  openColumn('busy.*', 'fraction', 'share of time in which the resource of that name is at work', ({ account }) =>
    Object.fromEntries(account.utilisations.map(({ resource, share }) => [resource, figure(share)]))),
];
