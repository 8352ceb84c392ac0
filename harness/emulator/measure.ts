/** Measures parts one after the other, each in a process of its own. */

import { pluginFiles } from '../bench/index.ts';
import { inOwnProcess } from '../host/index.ts';
import type { SpeedRow } from './columns.ts';
import { type Part, partLabel } from './part.ts';
import type { Effort, Speed, Task } from './speed.ts';

const SCRIPT = new URL('./speed.ts', import.meta.url);

/** Rows of `parts`, in their order. Throws as the parts do. */
export async function measureSpeeds(
  parts: readonly Part[],
  effort: Effort,
  onProgress: (done: number, label: string) => void,
): Promise<SpeedRow[]> {
  const rows: SpeedRow[] = [];
  for (const part of parts) {
    onProgress(rows.length, partLabel(part));
    const task = { part, effort, plugins: pluginFiles() };
    const { result } = await inOwnProcess<Task, Speed>({ script: SCRIPT }, task);
    rows.push({ part, speed: result });
  }
  return rows;
}
