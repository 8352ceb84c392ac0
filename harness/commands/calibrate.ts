/** `pmirror calibrate PROFILE`: the model against measurements of real machines. */

import { join } from 'node:path';
import {
  CALIBRATION_COLUMNS,
  calibrate,
  calibrationCells,
  MEASURED_PROFILE,
} from '../calibrate/calibrate.ts';
import { writeCsv } from '../csv.ts';
import { FailureError } from '../errors.ts';
import { plainTable } from '../tables.ts';
import { RESULTS_DIRECTORY } from './bench-whisper.ts';
import { single, userPath } from './choices.ts';
import type { Command } from './command.ts';
import { chosenProfiles } from './far-side.ts';

export const calibrateCommand: Command = {
  usage: 'calibrate [profile]',
  summary: 'compare the model with measurements of persist latency, DIMM bandwidth and RDMA',
  positionals: { profile: 'hardware profile (default: optane-cx5, which the measurements are of)' },
  options: { output: { type: 'string', describe: 'CSV file (default: results/calibration.csv)' } },
  examples: [['$0 calibrate', 'optane-cx5 against what was measured on such a pair']],
  async run(given) {
    const [profile] = chosenProfiles(given.profile ?? MEASURED_PROFILE, undefined);
    const output = single('output', given.output);
    // The committed file is of the measured profile; others are written where asked.
    const isMeasured = profile.name === MEASURED_PROFILE;
    const file =
      output !== undefined
        ? userPath(output)
        : isMeasured
          ? join(RESULTS_DIRECTORY, 'calibration.csv')
          : undefined;
    const rows = calibrate(profile);
    const table = plainTable(
      ['quantity', 'unit', 'model', 'measured', 'deviation', 'verdict'],
      calibrationCells(rows),
    );
    process.stdout.write(`profile ${profile.name}\n\n${table}\n`);
    if (file !== undefined) {
      writeCsv(file, CALIBRATION_COLUMNS, rows);
      process.stdout.write(`\nwritten: ${file}\n`);
    }
    const off = rows.filter((row) => row.ok === false);
    if (off.length > 0) {
      throw new FailureError(`${off.length} of ${rows.length} figures are beyond their tolerance`);
    }
  },
};
