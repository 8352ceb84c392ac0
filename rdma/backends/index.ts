/** The table of backends: a new one is a file beside this and a line here. */

import type { Backend } from '../backend.ts';
import { ideal } from './ideal.ts';
import { noSm } from './no-sm.ts';
import { smDd } from './sm-dd.ts';
import { smOb } from './sm-ob.ts';
import { smRc } from './sm-rc.ts';

export const BACKENDS: readonly Backend[] = Object.freeze([noSm, smRc, smOb, smDd, ideal]);

/** The backend of that name or alias, if there is one. */
export function resolveBackend(nameOrAlias: string): Backend | undefined {
  return BACKENDS.find((b) => b.name === nameOrAlias || b.aliases.includes(nameOrAlias));
}

/** The backend of that name or alias. Throws RangeError if there is none. */
export function backendNamed(nameOrAlias: string): Backend {
  const found = resolveBackend(nameOrAlias);
  if (found === undefined) throw new RangeError(`no backend '${nameOrAlias}'`);
  return found;
}
