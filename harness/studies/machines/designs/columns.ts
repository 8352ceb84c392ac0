/** The columns of designs.csv. */

import { type Column, column, figure } from '../../../report/index.ts';
import { MEAN } from '../results.ts';
import type { DesignCost, DesignRow } from './rows.ts';

const cost = (key: keyof DesignCost) => (row: DesignRow) =>
  row.cost === undefined ? '' : figure(row.cost[key]);

// biome-ignore format: one column a line, or two
export const DESIGN_COLUMNS: readonly Column<DesignRow>[] = [
  column('profile', '-', 'hardware profile', (row) => row.profile),
  column('backend', '-', 'mirroring design', (row) => row.backend),
  column('workload', '-', `name of the workload, or ${MEAN}: over all of them; empty where the design cannot run`,
    (row) => row.program),
  column('queuePairsUsed', '-', 'what the policy auto came to, as in whisper.csv', (row) => row.queuePairsUsed),
  column('execTimeNsPerTx', 'ns', 'core time of a transaction', (row) => row.nsPerTx === undefined ? '' : figure(row.nsPerTx)),
  column('slowdownOverNoSm', 'ratio', 'execution time over that of no-sm', cost('slowdown')),
  column('timesTheBound', 'ratio', 'execution time over that of ideal', cost('timesBound')),
  column('speedupOverSmRc', 'ratio', 'execution time of sm-rc over this', cost('speedup')),
  column('refused', '-', 'why the design cannot run on such machines; empty where it can', (row) => row.refused),
];
