/**
 * Which users' parts have passed `pmirror conform`: hashes of their files, in the user's directory for
 * state (XDG_STATE_HOME). A file that is changed has not passed.
 */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type CellRow, type Execution, type Plugin, pluginOf, plugins } from '../bench/index.ts';
import { writeWhole } from '../host/index.ts';
import { type Column, column } from '../report/index.ts';

/** Where it is kept. Only absolute paths count, as the XDG specification has it. */
function statePath(): string {
  const given = process.env.XDG_STATE_HOME ?? '';
  const directory = isAbsolute(given) ? given : join(homedir(), '.local', 'state');
  return join(directory, 'pmirror', 'conformed.json');
}

/** Names of parts by the hashes of their files; empty where nothing is kept or it cannot be read. */
function conformed(): Readonly<Record<string, string>> {
  try {
    const json: unknown = JSON.parse(readFileSync(statePath(), 'utf8'));
    return typeof json === 'object' && json !== null ? (json as Record<string, string>) : {};
  } catch {
    return {};
  }
}

/** Keeps that `plugin`, as it is now, has passed, or that it has not. Throws FailureError. */
export function keepVerdict({ sha256, part }: Plugin, hasPassed: boolean): void {
  const { [sha256]: before, ...others } = conformed();
  if (!hasPassed && before === undefined) return;
  const now = hasPassed ? { ...others, [sha256]: part.name } : others;
  writeWhole(statePath(), `${JSON.stringify(now, null, 2)}\n`);
}

/** Whether a part is a user's whose file, as it is now, has not passed. */
function isUnchecked(name: string): boolean {
  const plugin = pluginOf(name);
  return plugin !== undefined && !Object.hasOwn(conformed(), plugin.sha256);
}

/** What stands behind the name of a part that has not passed. */
const MARK = '*';

const marked = (name: string): string => (isUnchecked(name) ? name + MARK : name);

/** `rows` for a table: names of parts that have not passed are marked. */
export function markedRows(rows: readonly CellRow[]): readonly CellRow[] {
  if (plugins().length === 0) return rows;
  // Rows of one execution have one object for it, by which tables group them.
  const shown = new Map<Execution, Execution>();
  const shownOf = (execution: Execution): Execution => {
    if (execution.kind !== 'workload' || !isUnchecked(execution.workload)) return execution;
    const known = shown.get(execution) ?? {
      ...execution,
      workload: marked(execution.workload),
    };
    shown.set(execution, known);
    return known;
  };
  return rows.map((row) => {
    const { system, execution } = row.result;
    const result = {
      ...row.result,
      system: { ...system, backend: marked(system.backend) },
      execution: shownOf(execution),
    };
    return { ...row, result };
  });
}

/** The column of a run with users' parts in it. */
export const CONFORMED_COLUMN: Column<CellRow> = column(
  'conformed',
  '-',
  'whether the backend and the workload passed pmirror conform, as they are now: yes or no',
  ({ result: { system, execution } }) => {
    const names = [system.backend, execution.kind === 'workload' ? execution.workload : ''];
    return names.some(isUnchecked) ? 'no' : 'yes';
  },
);

/** Whether parts of users are in this run. */
export const hasPlugins = (): boolean => plugins().length > 0;

/** What is to be said of parts that were used and have not passed; empty if there are none. */
export function uncheckedNote(): string {
  const lines = plugins()
    .filter(({ part }) => isUnchecked(part.name))
    .map(
      ({ part, word, kind }) =>
        `${MARK} ${part.name} has not passed: pmirror conform ${word} ` +
        `(nothing says that this ${kind} is right)\n`,
    );
  return lines.join('');
}
