/**
 * `pmirror bench-growth`: how time and memory of commands grow with operations, cores and the length of an
 * imported log. Figures are of the machine that measures; a file is written only where `--output` says.
 */

import {
  GROWING,
  GROWTH_COLUMNS,
  growthPoints,
  growthTable,
  measureGrowth,
} from '../../emulator/index.ts';
import { machineText, UsageError, withProgress } from '../../host/index.ts';
import { command } from '../command.ts';
import { output } from '../file-options.ts';
import { choices, JSON_OPTION, WIDE_OPTION, wholes } from '../options.ts';
import { SYSTEM_OPTIONS } from '../systems.ts';

/** Of logs, and of runs: some hours. */
const MEGABYTES_MAX = 1_000_000;
const OPERATIONS_MAX = 1e10;

export const benchGrowthCommand = command(
  {
    usage: 'bench-growth [growing..]',
    summary: 'measure how time and memory of commands grow on this machine',
    words: {
      growing: choices(GROWING)({ help: 'what grows', default: GROWING.join() }),
    },
    options: {
      operations: wholes({
        min: 1,
        max: OPERATIONS_MAX,
        help: 'of runs on one core; several values',
        default: '100000,1000000,10000000',
      }),
      threads: wholes({
        min: 1,
        max: 64,
        help: 'cores of runs of four million operations; several values',
        default: '1,2,4,8,16,32,64',
      }),
      megabytes: wholes({
        min: 1,
        max: MEGABYTES_MAX,
        help: 'sizes of logs, which are written to the temporary directory; several values',
        default: '2,20,200',
      }),
      backend: { ...SYSTEM_OPTIONS.backend, help: 'one mirroring design', default: 'sm-ob' },
      ...WIDE_OPTION,
      ...JSON_OPTION,
      output: output({ help: 'CSV file to write' }),
    },
    examples: [
      ['$0 bench-growth log --megabytes 2000', 'an imported log of 2 GB'],
      [
        '$0 bench-growth --operations 100000,1000000,10000000,100000000 --megabytes 2,20,200,2000 --output a.csv',
        'as results/emulator-growth.csv was made',
      ],
    ],
  },
  async (
    { growing, operations, threads, megabytes, backend: backends, output: to, wide = false },
    _given,
    answer,
  ) => {
    const [backend, ...more] = backends;
    if (more.length > 0) throw new UsageError('--backend takes one design here');
    answer.from({ measuredOn: machineText() });
    const points = growthPoints({ growing, operations, threads, megabytes, backend });
    const rows = await withProgress(points.length, { unit: 'runs' }, (update) =>
      measureGrowth(points, update),
    );
    answer.show(`${growthTable(rows, wide)}\n`);
    answer.give({ name: 'growth', columns: GROWTH_COLUMNS, rows, to });
  },
);
