/** `pmirror calibrate PROFILE`: the model against measurements of real machines. */

import { join } from 'node:path';
import { printable } from '../../../pm/printable.ts';
import type { HardwareProfile } from '../../../rdma/index.ts';
import { FailureError, UsageError, withProgress } from '../../host/index.ts';
import {
  CALIBRATION_COLUMNS,
  calibrate,
  calibrationTable,
  DDIO_COLUMNS,
  ddioSeries,
  ddioTables,
  MEASURED_PROFILE,
  MEASUREMENTS,
  verdictOf,
} from '../../studies/calibration/index.ts';
import { fittedTo } from '../../studies/fit/index.ts';
import { measurementsOf } from '../../studies/measured/index.ts';
import type { Answer } from '../answer.ts';
import { command } from '../command.ts';
import { output, readFiles, writableCsv } from '../file-options.ts';
import { MEASURED_HELP, readMeasuredFiles } from '../measured-files.ts';
import { JSON_OPTION, splitWords, type Values, WIDE_OPTION, words } from '../options.ts';
import { chosenProfiles, PROFILE_OPTIONS } from '../profiles.ts';
import { RESULTS_DIRECTORY, refuseSameOutputs } from '../result-files.ts';

const OPTIONS = {
  ...WIDE_OPTION,
  ...JSON_OPTION,
  set: PROFILE_OPTIONS.set,
  measured: {
    ...words({
      help: `instead of the public ones, ${MEASURED_HELP} (pmirror profile quantities lists them)`,
    }),
    files: (texts: readonly string[]) => readFiles(splitWords(texts)),
  },
  output: output({ help: 'CSV file (default: results/calibration.csv)' }),
  ddio: output({
    help: 'CSV file of DDIO on against off (default: results/ddio.csv, unless --output is given)',
  }),
};

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
    options: OPTIONS,
    examples: [
      ['$0 calibrate', 'optane-cx5 against what was measured on such a pair'],
      ['$0 calibrate mine.json --measured mine.csv', 'a profile against measurements of yours'],
    ],
  },
  async ({ wide = false, ...values }, _given, answer) => {
    const [profile, ...more] = chosenProfiles(values);
    if (more.length > 0) throw new UsageError('calibrate looks at one profile; name one');
    if (values.measured === undefined) await calibratePublic(answer, profile, wide, values);
    else calibrateOwn(answer, profile, wide, { ...values, measured: values.measured });
  },
);

/** Against the measurements that come along. */
async function calibratePublic(
  answer: Answer,
  profile: HardwareProfile,
  wide: boolean,
  given: Pick<Values<typeof OPTIONS>, 'output' | 'ddio'>,
): Promise<void> {
  // The committed files are of the measured profile; others are written where asked.
  const isDefault = profile.name === MEASURED_PROFILE && given.output === undefined;
  const committed = (name: string): string | undefined =>
    isDefault ? writableCsv(join(RESULTS_DIRECTORY, name)) : undefined;
  const files = {
    output: given.output ?? committed('calibration.csv'),
    ddio: given.ddio ?? committed('ddio.csv'),
  };
  refuseSameOutputs(files);
  const { rows, points } = await withProgress(2, { unit: '%', count: 100 }, (update) => ({
    rows: calibrate(profile, MEASUREMENTS, {
      onProgress: (share) => update(share, 'measurements'),
    }),
    points: ddioSeries(profile, (share) => update(1 + share, 'DDIO on against off')),
  }));
  answer.from({ profiles: [profile] });
  answer.show(
    `profile ${profile.name}\n\n${calibrationTable(rows, wide)}\n\n${ddioTables(points)}\n`,
  );
  answer.give({ name: 'calibration', columns: CALIBRATION_COLUMNS, rows, to: files.output });
  answer.give({ name: 'ddio', columns: DDIO_COLUMNS, rows: points, to: files.ddio });
  const written = Object.values(files).filter((file) => file !== undefined);
  answer.write(written.length === 0 ? '' : `\nwritten: ${printable(written.join(', '))}\n`);
  const open = rows.filter((row) => verdictOf(row) === 'open');
  if (open.length > 0) {
    answer.say(
      `\n${open.length} of ${rows.length} figures are open: the column next says what is to be done\n`,
    );
  }
  refuseOff(rows);
}

/** Against a user's own, all of which are judged. */
function calibrateOwn(
  answer: Answer,
  profile: HardwareProfile,
  wide: boolean,
  {
    measured,
    output: file,
    ddio,
  }: { measured: readonly string[] } & Pick<Values<typeof OPTIONS>, 'output' | 'ddio'>,
): void {
  if (ddio !== undefined) {
    throw new UsageError('--ddio is of the public measurements; it cannot be had with --measured');
  }
  const found = readMeasuredFiles(measured, profile.memory.dimmCount.value);
  const rows = calibrate(profile, measurementsOf(found.rows), {
    judged: true,
    derived: fittedTo(profile, measured),
  });
  const within = rows.filter((row) => verdictOf(row) === 'ok').length;
  const skipped = found.skipped.map((line) => `not used: ${printable(line)}\n`).join('');
  answer.from({ profiles: [profile] });
  answer.show(
    `${within} of ${rows.length} figures of ${measured.map(printable).join(', ')} are within tolerance on ` +
      `${profile.name}\n${skipped}\n${calibrationTable(rows, wide)}\n`,
  );
  answer.give({ name: 'calibration', columns: CALIBRATION_COLUMNS, rows, to: file });
  answer.write();
  refuseOff(rows);
}

/** Throws FailureError if a figure is beyond its tolerance. */
function refuseOff(rows: ReturnType<typeof calibrate>): void {
  const off = rows.filter((row) => verdictOf(row) === 'off');
  if (off.length === 0) return;
  throw new FailureError(`${off.length} of ${rows.length} figures are beyond their tolerance`);
}
