/** `pmirror calibrate PROFILE`: the model against measurements of real machines. */

import { join } from 'node:path';
import { FailureError, UsageError } from '../../host/index.ts';
import {
  CALIBRATION_COLUMNS,
  calibrate,
  calibrationTable,
  DDIO_COLUMNS,
  ddioSeries,
  ddioTables,
  MEASURED_PROFILE,
  verdictOf,
} from '../../studies/calibration/index.ts';
import { command } from '../command.ts';
import { JSON_OPTION, output, WIDE_OPTION, writableCsv } from '../options.ts';
import { RESULTS_DIRECTORY } from '../result-files.ts';
import { chosenProfiles, PROFILE_OPTIONS } from '../systems.ts';

export const calibrateCommand = command(
  {
    usage: 'calibrate [profile]',
    summary:
      'compare the model with measurements of persist latency, DIMM bandwidth and RDMA; DDIO on and off',
    words: {
      profile: {
        ...PROFILE_OPTIONS.profile,
        help: 'a hardware profile; the measurements are of the default',
        default: MEASURED_PROFILE,
      },
    },
    options: {
      ...WIDE_OPTION,
      ...JSON_OPTION,
      set: PROFILE_OPTIONS.set,
      output: output({ help: 'CSV file (default: results/calibration.csv)' }),
      ddio: output({
        help: 'CSV file of DDIO on against off (default: results/ddio.csv, unless --output is given)',
      }),
    },
    examples: [['$0 calibrate', 'optane-cx5 against what was measured on such a pair']],
  },
  async ({ wide, ...values }, _given, answer) => {
    const [profile, ...more] = chosenProfiles(values);
    if (more.length > 0) throw new UsageError('calibrate looks at one profile; name one');
    // The committed files are of the measured profile; others are written where asked.
    const isDefault = profile.name === MEASURED_PROFILE && values.output === undefined;
    const committed = (name: string): string | undefined =>
      isDefault ? writableCsv(join(RESULTS_DIRECTORY, name)) : undefined;
    const files = {
      output: values.output ?? committed('calibration.csv'),
      ddio: values.ddio ?? committed('ddio.csv'),
    };
    const rows = calibrate(profile);
    const points = ddioSeries(profile);
    answer.from({ profiles: [profile] });
    answer.show(
      `profile ${profile.name}\n\n${calibrationTable(rows, wide ?? false)}\n\n${ddioTables(points)}\n`,
    );
    answer.give({ name: 'calibration', columns: CALIBRATION_COLUMNS, rows, to: files.output });
    answer.give({ name: 'ddio', columns: DDIO_COLUMNS, rows: points, to: files.ddio });
    const written = Object.values(files).filter((file) => file !== undefined);
    if (written.length > 0) answer.say(`\nwritten: ${written.join(', ')}\n`);
    const open = rows.filter((row) => verdictOf(row) === 'open');
    if (open.length > 0) {
      answer.say(
        `\n${open.length} of ${rows.length} figures are open: the column next says what is to be done\n`,
      );
    }
    const off = rows.filter((row) => verdictOf(row) === 'off');
    if (off.length > 0) {
      throw new FailureError(`${off.length} of ${rows.length} figures are beyond their tolerance`);
    }
  },
);
