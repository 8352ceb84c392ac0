/** The table of hardware profiles: a new one is a file beside this (or, where it
 * differs from another in one respect, an entry in `variants.ts`) and a line here. */

import { cxlAttached } from './cxl-attached.ts';
import { cxlSwitched } from './cxl-switched.ts';
import { optaneCx5 } from './optane-cx5.ts';
import { paper2018 } from './paper-2018.ts';
import type { HardwareProfile } from './profile.ts';
import { cxl, eadr, nvdimm, optaneCx6, slowPm } from './variants.ts';

export const PROFILES: readonly HardwareProfile[] = Object.freeze([
  paper2018,
  optaneCx5,
  optaneCx6,
  eadr,
  nvdimm,
  cxl,
  slowPm,
  cxlAttached,
  cxlSwitched,
]);

/** The profile of that name, if there is one. */
export function resolveProfile(name: string): HardwareProfile | undefined {
  return PROFILES.find((profile) => profile.name === name);
}

/** The profile of that name. Throws RangeError if there is none. */
export function profileNamed(name: string): HardwareProfile {
  const found = resolveProfile(name);
  if (found === undefined) throw new RangeError(`no profile '${name}'`);
  return found;
}
