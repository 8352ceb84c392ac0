/** The validation as a whole: every port against its original, the suite, and what ports predict. */

import { setImmediate as letOthersGo } from 'node:timers/promises';
import { judge, type ValidationRow } from './judge.ts';
import { measure } from './measure.ts';
import { METRICS, type Metric } from './metrics.ts';
import { PAIRS, SUBJECTS } from './plan.ts';
import { predict } from './prediction.ts';
import { type Pair, type PortRun, runText } from './reference.ts';
import { type MeasuredProgram, suiteRows } from './suite-facts.ts';

/** What to validate; everything by default, and tests less. */
export interface ValidationOptions {
  readonly subjects?: readonly PortRun[];
  readonly pairs?: readonly Pair[];
  /** For what does not fit into memory. The caller removes it. */
  readonly directory: string;
  /** Told how many runs are done, and which is next. */
  readonly onProgress?: ((done: number, label: string) => void) | undefined;
}

/** All rows, in a fixed order. Deterministic. Throws VerifyError if a port's own check fails. */
export async function validate(options: ValidationOptions): Promise<ValidationRow[]> {
  const { subjects = SUBJECTS, pairs = PAIRS, directory } = options;
  const rows: ValidationRow[] = [];
  const programs: MeasuredProgram[] = [];
  let done = 0;
  const next = async (label: string): Promise<void> => {
    options.onProgress?.(done++, label);
    // A signal is handled here: what runs in between keeps the processor to itself.
    await letOthersGo();
  };
  for (const subject of subjects) {
    await next(subject.workload);
    const summary = measure(subject);
    rows.push(...subjectRows(subject, (metric) => metric.of(summary)));
    if (subject.inSuite) programs.push({ workload: subject.workload, summary });
  }
  if (programs.length > 0) rows.push(...suiteRows(programs));
  for (const pair of pairs) {
    await next(`trace:${pair.trace}`);
    rows.push(...(await predict(pair, directory)));
  }
  return rows;
}

/** The rows of one run of a port. */
export function subjectRows(subject: PortRun, ours: (metric: Metric) => number): ValidationRow[] {
  const conditions = conditionsText(subject);
  return subject.references.map(({ metric, original, reason, note }) => {
    const { unit, tolerance } = METRICS[metric];
    const source = metric === 'publishedEpochsPerTx' ? PUBLISHED : subject.source;
    const figure = { metric, unit, original, ours: ours(METRICS[metric]), tolerance };
    const row = { program: subject.workload, conditions, ...figure, reason, note, source };
    return judge({ section: 'program', ...row });
  });
}

/** Where the published medians are from. */
const PUBLISHED =
  'figure 3 of Nalli et al., ASPLOS 2017, as remembered and not read again: not judged';

/** What is counted, for readers. */
const COUNTED: Readonly<Record<PortRun['counted'], string>> = {
  stores: 'all stores',
  instrumented: "stores that WHISPER's instrumentation sees",
  library: "stores in the library that WHISPER's instrumentation sees",
};

function conditionsText(subject: PortRun): string {
  const counted = `${subject.transactions} tx, ${COUNTED[subject.counted]}`;
  return `${runText(subject)}, ${counted}`;
}
