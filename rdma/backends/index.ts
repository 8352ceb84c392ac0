/** The table of backends: a new one is a file beside this and a line here. */

import type { Backend } from '../backend.ts';
import { apm } from './apm.ts';
import { cxlDirect } from './cxl-direct.ts';
import { gpspm } from './gpspm.ts';
import { ibtaFlush } from './ibta-flush.ts';
import { ideal } from './ideal.ts';
import { noSm } from './no-sm.ts';
import { smAd } from './sm-ad.ts';
import { smDd } from './sm-dd.ts';
import { smOb } from './sm-ob.ts';
import { smRc } from './sm-rc.ts';
import { smSb } from './sm-sb.ts';

export const BACKENDS: readonly Backend[] = Object.freeze([
  noSm,
  smRc,
  smOb,
  smDd,
  smAd,
  apm,
  gpspm,
  ibtaFlush,
  cxlDirect,
  smSb,
  ideal,
]);

/** Mirrors nothing: what slowdowns are over. */
export const UNMIRRORED = theOne('unmirrored');

/** What speedups are over. */
export const BASELINE = theOne('baseline');

/** What no correct design can beat. */
export const BOUND = theOne('bound');

function theOne(role: Backend['role']): Backend {
  const [found, ...more] = BACKENDS.filter((backend) => backend.role === role);
  if (found === undefined || more.length > 0) throw new Error(`one backend must be ${role}`);
  return found;
}

/** Backends of users, in files of their own: known by name beside those of the table. */
const added: Backend[] = [];

/** Makes `backend` known in this process, or in this worker of it, until the end. */
export function addBackend(backend: Backend): void {
  added.push(backend);
}

/** The backend of that name or alias, if there is one. */
export function resolveBackend(nameOrAlias: string): Backend | undefined {
  return [...BACKENDS, ...added].find(
    (b) => b.name === nameOrAlias || b.aliases.includes(nameOrAlias),
  );
}

/** The backend of that name or alias. Throws RangeError if there is none. */
export function backendNamed(nameOrAlias: string): Backend {
  const found = resolveBackend(nameOrAlias);
  if (found === undefined) throw new RangeError(`no backend '${nameOrAlias}'`);
  return found;
}
