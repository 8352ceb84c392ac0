/** Runs one execution under several designs, and records each in the window of the chosen transactions. */

import {
  type CellGroup,
  type CellResult,
  executionLabel,
  observing,
  REGISTRY,
  type RunOptions,
  runGroup,
} from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import { Recorder } from './recorder.ts';
import type { Choice, Timeline } from './timeline.ts';

/** One design with what happened in it. */
export interface RecordedRow {
  readonly result: CellResult;
  readonly timeline: Timeline;
}

/** The rows of `group`, in the order of its systems. Throws UsageError for what has not been run. */
export async function recordedRows(
  group: CellGroup,
  choice: Choice,
  options: RunOptions,
): Promise<RecordedRow[]> {
  const { registry, watchOf } = observing(REGISTRY, ({ replicas, backend }, { cores }) => {
    const recorder = new Recorder(cores, backend.ddio === 'none' ? 0 : replicas, choice);
    return { recorder, observers: [recorder] };
  });
  const results = await runGroup(group, registry, options);
  return results.map((result) => {
    const { recorder } = watchOf(result);
    const timeline = recorder.timeline(result.report);
    if (timeline === undefined) throw notRun(result, choice, recorder);
    return { result, timeline };
  });
}

/** Says what there is, where what was chosen is not. */
function notRun(
  { execution, threads }: CellResult,
  { thread, first, last }: Choice,
  recorder: Recorder,
): UsageError {
  const program = executionLabel(execution);
  if (thread >= threads) {
    const there = threads === 1 ? 'one thread, 0' : `${threads} threads, 0 to ${threads - 1}`;
    return new UsageError(`--thread ${thread}: ${program} is measured on ${there}`);
  }
  const ended = recorder.endedBy(thread);
  const [text, where] = [`${program} runs`, `on thread ${thread} in the measured part`];
  if (ended === 0) return new UsageError(`--thread ${thread}: ${text} no transaction ${where}`);
  const chosen = last === first ? `${first}` : `${first}..${last}`;
  return new UsageError(
    `--transactions ${chosen}: ${text} ${ended} ${where}; accepted: 1 to ${ended}`,
  );
}
