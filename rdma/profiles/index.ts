/** The table of hardware profiles: a new one is a file beside this and a line here. */

import type { HardwareProfile } from '../profile.ts';
import { optaneCx5 } from './optane-cx5.ts';
import { paper2018 } from './paper-2018.ts';

export const PROFILES: readonly HardwareProfile[] = Object.freeze([paper2018, optaneCx5]);

/** The profile of that name, if there is one. */
export function resolveProfile(name: string): HardwareProfile | undefined {
  return PROFILES.find((profile) => profile.name === name);
}
