/** The columns of ablation.csv. */

import { type Column, column, figure } from '../../../report/index.ts';
import { MEAN } from '../results.ts';
import type { AblationRow } from './rows.ts';

// biome-ignore format: one column a line, or two
export const ABLATION_COLUMNS: readonly Column<AblationRow>[] = [
  column('profile', '-', 'hardware profile', (row) => row.profile),
  column('variant', '-', 'which ideas of sm-sb are there: push (nic.pushStores), pack (nic.packLines), stage ' +
    '(nic.stagingLines), acknowledge (nic.ackAnswers); one queue pair: all of them, and all cores share it',
    (row) => row.variant),
  column('workload', '-', `name of the workload, or ${MEAN}: over all of them`, (row) => row.program),
  column('execTimeNsPerTx', 'ns', 'core time of a transaction', (row) => row.nsPerTx === undefined ? '' : figure(row.nsPerTx)),
  column('slowdownOverNoSm', 'ratio', 'execution time over that of no-sm', (row) => figure(row.slowdown)),
  column('timesTheBound', 'ratio', 'execution time over that of ideal', (row) => figure(row.timesBound)),
  column('timesTheBoundPushing', 'ratio', 'execution time over that of ideal if each line that leaves takes its ' +
    'core nic.pushNs (nic.boundPushes=1)', (row) => figure(row.timesBoundPushing)),
];
