/** `pmirror crash-check --taxonomy`: which method makes remote updates durable on which machine. */

import type { WorkOptions } from '../bench/index.ts';
import {
  failuresText,
  isConfirmed,
  runCrashJobs,
  TAXONOMY_COLUMNS,
  type ThoroughnessChoice,
  taxonomyJob,
  taxonomyRows,
  taxonomyTable,
} from '../crash/index.ts';
import { FailureError } from '../host/index.ts';
import type { Answer } from './answer.ts';
import { distinct } from './options.ts';

/** Checks the taxonomy, shows it, and gives its rows to the file `to`. A row that is not as stated is a failure. */
export async function reportTaxonomy(
  choice: ThoroughnessChoice,
  answer: Answer,
  {
    wide,
    to,
    work,
  }: {
    readonly wide: boolean | undefined;
    readonly to: string | undefined;
    readonly work: WorkOptions;
  },
): Promise<void> {
  const job = taxonomyJob(choice);
  const { results } = await runCrashJobs([job], work);
  const rows = taxonomyRows(results[0]);
  answer.say(
    failuresText(
      results[0].map((result) => ({ job, result })),
      new Map(),
    ),
  );
  answer.show(`${taxonomyTable(rows, wide)}\n`);
  answer.from({
    profiles: distinct(job.systems.map(({ profile }) => profile)),
    seeds: [job.subject.seed],
  });
  answer.give({ name: 'taxonomy', columns: TAXONOMY_COLUMNS, rows, to });
  answer.write();
  const wrong = rows.filter((row) => !isConfirmed(row));
  if (wrong.length > 0) {
    throw new FailureError(`${wrong.length} of ${rows.length} rows are not as stated`);
  }
}
