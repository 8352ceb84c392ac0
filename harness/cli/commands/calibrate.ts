/** `pmirror calibrate PROFILE`: the model against measurements of real machines. */

import { join } from 'node:path';
import { FailureError, UsageError } from '../../host/index.ts';
import { writeCsv } from '../../report/index.ts';
import {
  CALIBRATION_COLUMNS,
  calibrate,
  calibrationTable,
  DDIO_COLUMNS,
  ddioSeries,
  ddioTables,
  MEASURED_PROFILE,
} from '../../studies/calibration/index.ts';
import { outputPath, writablePath } from '../choices.ts';
import { type Command, PROFILE_OPTIONS } from '../command.ts';
import { RESULTS_DIRECTORY } from '../result-files.ts';
import { chosenProfiles } from '../systems.ts';

export const calibrateCommand: Command = {
  usage: 'calibrate [profile]',
  summary:
    'compare the model with measurements of persist latency, DIMM bandwidth and RDMA; DDIO on and off',
  positionals: { profile: 'hardware profile (default: optane-cx5, which the measurements are of)' },
  options: {
    set: PROFILE_OPTIONS.set,
    output: { type: 'string', describe: 'CSV file (default: results/calibration.csv)' },
    ddio: {
      type: 'string',
      describe:
        'CSV file of DDIO on against off (default: results/ddio.csv, unless --output is given)',
    },
  },
  examples: [['$0 calibrate', 'optane-cx5 against what was measured on such a pair']],
  async run(given) {
    const [profile, ...more] = chosenProfiles(given.profile ?? MEASURED_PROFILE, given.set);
    if (more.length > 0) throw new UsageError('calibrate looks at one profile; name one');
    // The committed files are of the measured profile; others are written where asked.
    const isDefault = profile.name === MEASURED_PROFILE && given.output === undefined;
    const fileOf = (option: 'output' | 'ddio', name: string): string | undefined => {
      const path = outputPath(option, given[option]);
      if (path !== undefined || !isDefault) return path;
      return writablePath(join(RESULTS_DIRECTORY, name));
    };
    const files = { output: fileOf('output', 'calibration.csv'), ddio: fileOf('ddio', 'ddio.csv') };
    const rows = calibrate(profile);
    const points = ddioSeries(profile);
    process.stdout.write(
      `profile ${profile.name}\n\n${calibrationTable(rows)}\n\n${ddioTables(points)}\n`,
    );
    if (files.output !== undefined) writeCsv(files.output, CALIBRATION_COLUMNS, rows);
    if (files.ddio !== undefined) writeCsv(files.ddio, DDIO_COLUMNS, points);
    const written = Object.values(files).filter((file) => file !== undefined);
    if (written.length > 0) process.stdout.write(`\nwritten: ${written.join(', ')}\n`);
    const off = rows.filter((row) => row.ok === false);
    if (off.length > 0) {
      throw new FailureError(`${off.length} of ${rows.length} figures are beyond their tolerance`);
    }
  },
};
