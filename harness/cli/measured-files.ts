/** Files of measurements that a user names, read. */

import { readFileSync } from 'node:fs';
import { FailureError, systemReason, UsageError } from '../host/index.ts';
import { MEASURED_FORMATS, type MeasuredFile, readMeasured } from '../studies/measured/index.ts';
import { userPath } from './file-options.ts';

/** For --help. */
export const MEASURED_HELP = `measurements of yours: ${MEASURED_FORMATS}`;

/**
 * What the files at `paths` hold, together. `dimms`: DIMMs of the machine, where a format does not say.
 * `refuse` may throw for a file that holds something else than is wanted.
 * Throws FailureError for files that cannot be read, UsageError for what is in them.
 */
export function readMeasuredFiles(
  paths: readonly string[],
  dimms: number,
  refuse: (file: MeasuredFile, path: string) => void = () => {},
): Pick<MeasuredFile, 'rows' | 'skipped'> {
  const files = paths.map((path) => readMeasured(textOf(path), path, dimms));
  for (const [i, file] of files.entries()) refuse(file, paths[i]);
  const [rows, skipped] = [files.flatMap((one) => one.rows), files.flatMap((one) => one.skipped)];
  if (rows.length === 0) {
    const why = skipped.length === 0 ? ['no row has a value'] : skipped;
    throw new UsageError(
      `${paths.join(', ')}: no figure that the model has:\n  ${why.join('\n  ')}`,
    );
  }
  return { rows, skipped };
}

function textOf(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : userPath(path), 'utf8');
  } catch (error) {
    throw new FailureError(`cannot read the measurements ${path}: ${systemReason(error)}`);
  }
}
