/** Measures parts one after the other, each in a process of its own. */

import { pluginFiles } from '../bench/index.ts';
import { inOwnProcess } from '../host/index.ts';
import type { SpeedRow } from './columns.ts';
import { type CountRow, countPart } from './counts.ts';
import { type Part, partLabel } from './part.ts';
import type { Effort, Speed } from './speed.ts';

/** What the process that times is sent. */
export interface TimingTask {
  readonly part: Part;
  readonly effort: Effort;
  /** Files of users' own parts. */
  readonly plugins: readonly string[];
}

const SCRIPT = new URL('./timing.ts', import.meta.url);

/** Told how many parts are done, and what comes next. */
type OnProgress = (done: number, label: string) => void;

/** Rows of `parts`, in their order. Throws as the parts do. */
export async function measureSpeeds(
  parts: readonly Part[],
  effort: Effort,
  onProgress: OnProgress,
): Promise<SpeedRow[]> {
  const rows: SpeedRow[] = [];
  for (const part of parts) {
    onProgress(rows.length, partLabel(part));
    const task = { part, effort, plugins: pluginFiles() };
    const { result } = await inOwnProcess<TimingTask, Speed>({ script: SCRIPT }, task);
    rows.push({ part, speed: result });
  }
  return rows;
}

/** The same of what can be counted, of `parts` that are replays. */
export async function countReplays(
  parts: readonly Part[],
  onProgress: OnProgress,
): Promise<CountRow[]> {
  const rows: CountRow[] = [];
  for (const part of parts) {
    onProgress(rows.length, partLabel(part));
    rows.push(await countPart(part));
  }
  return rows;
}
