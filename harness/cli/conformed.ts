/**
 * Which users' parts have passed `pmirror conform`: hashes of their files, in the user's directory for
 * state (XDG_STATE_HOME). A file that is changed has not passed.
 */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Plugin, pluginOf } from '../bench/index.ts';
import { writeWhole } from '../host/index.ts';

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
export function isUnchecked(name: string): boolean {
  const plugin = pluginOf(name);
  return plugin !== undefined && !Object.hasOwn(conformed(), plugin.sha256);
}
