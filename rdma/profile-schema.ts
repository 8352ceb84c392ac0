/**
 * Profiles from outside: JSON files, and single values set by hand. A file has the shape of a
 * profile in this repository (groups of quantities, each `{value, unit, basis, source, range?}`),
 * whole, or only what differs from the profile it names in `extends`. What is accepted is derived
 * from a built-in profile, so that the two cannot drift apart.
 */

import { z } from 'zod';
import type { HardwareProfile, Quantity } from './profile.ts';
import { PROFILES, resolveProfile } from './profiles/index.ts';
import { compileTiming } from './timing.ts';

/** A profile or a value of it that a user gave and that cannot be. Shown without a stack trace. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

type Group = Readonly<Record<string, Quantity | string>>;

/** The shape that every profile has: any of the built-in ones. */
const TEMPLATE = PROFILES[0];

/** Names of the groups, in order. */
const GROUPS = Object.entries(TEMPLATE)
  .filter(([, group]) => typeof group === 'object')
  .map(([name]) => name as Exclude<keyof HardwareProfile, 'name' | 'summary'>);

function group(profile: HardwareProfile, name: string): Group {
  return profile[name as (typeof GROUPS)[number]] as unknown as Group;
}

/** Every quantity of a profile by its path, as in `pcie.postedNs`. */
export function quantities(profile: HardwareProfile): [path: string, quantity: Quantity][] {
  return GROUPS.flatMap((name) =>
    Object.entries(group(profile, name)).flatMap(([key, quantity]): [string, Quantity][] =>
      typeof quantity === 'string' ? [] : [[`${name}.${key}`, quantity]],
    ),
  );
}

function quantitySchema(unit: string) {
  return z.strictObject({
    value: z.number().nonnegative(),
    unit: z.literal(unit),
    basis: z.enum(['measured', 'derived', 'assumed']),
    source: z.string().min(1),
    range: z.tuple([z.number(), z.number()]).optional(),
  });
}

/** The schema of a file; `whole` asks for every group and quantity. */
function profileSchema(whole: boolean) {
  const groups = GROUPS.map((name) => {
    const shape: Record<string, z.ZodType> = {};
    for (const [key, quantity] of Object.entries(group(TEMPLATE, name))) {
      shape[key] =
        typeof quantity === 'string' ? z.enum(['adr', 'eadr']) : quantitySchema(quantity.unit);
    }
    const schema = z.strictObject(shape);
    return [name, whole ? schema : schema.partial().optional()] as const;
  });
  return z.strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'lower-case letters, digits, dots and dashes'),
    summary: z.string().min(1),
    extends: z.enum(PROFILES.map((profile) => profile.name)).optional(),
    ...Object.fromEntries(groups),
  });
}

/**
 * The profile in `json` (parsed JSON of the file `origin`). Throws ProfileError that names each
 * offending key and what is accepted there.
 */
export function parseProfile(json: unknown, origin: string): HardwareProfile {
  const base =
    typeof json === 'object' && json !== null && 'extends' in json
      ? resolveProfile(String(json.extends))
      : undefined;
  const result = profileSchema(base === undefined).safeParse(json);
  if (!result.success) {
    const issues = result.error.issues.map(
      (issue) => `  ${issue.path.join('.') || '(the whole file)'}: ${issue.message}`,
    );
    throw new ProfileError(`${origin} is not a hardware profile:\n${issues.join('\n')}`);
  }
  const { extends: _base, ...given } = result.data as Record<string, unknown>;
  const profile = { ...base, ...given } as Record<string, unknown>;
  for (const name of GROUPS) {
    profile[name] = { ...(base && group(base, name)), ...(given[name] as object | undefined) };
  }
  return checked(profile as unknown as HardwareProfile, origin);
}

/**
 * `profile` with the quantity at `path` set to `text` (a number; or adr, eadr for a persistence
 * domain). The value counts as assumed by the user. Throws ProfileError for an unknown path, with
 * the nearest ones, and for a value that cannot be.
 */
export function withValue(profile: HardwareProfile, path: string, text: string): HardwareProfile {
  const [groupName, key, ...rest] = path.replace(/\.value$/, '').split('.');
  const known = GROUPS.find((name) => name === groupName);
  const old = known && key !== undefined ? group(profile, known)[key] : undefined;
  if (known === undefined || old === undefined || rest.length > 0) {
    const paths = known
      ? Object.keys(group(profile, known)).map((name) => `${known}.${name}`)
      : GROUPS.map((name) => `${name}.*`);
    throw new ProfileError(`no profile value '${path}'; there are: ${paths.join(', ')}`);
  }
  let value: Quantity | string;
  if (typeof old === 'string') {
    if (text !== 'adr' && text !== 'eadr') {
      throw new ProfileError(`${path} = '${text}': must be adr or eadr`);
    }
    value = text;
  } else {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(number) || number < 0) {
      throw new ProfileError(`${path} = '${text}': must be a number of ${old.unit}, 0 or more`);
    }
    value = { value: number, unit: old.unit, basis: 'assumed', source: 'set by the user' };
  }
  const changed = { ...profile, [known]: { ...group(profile, known), [key]: value } };
  return checked(changed as HardwareProfile, `${path} = ${text}`);
}

/** The profile, if the model can be built from it. */
function checked(profile: HardwareProfile, origin: string): HardwareProfile {
  try {
    compileTiming(profile);
  } catch (error) {
    if (error instanceof RangeError) throw new ProfileError(`${origin}: ${error.message}`);
    throw error;
  }
  return Object.freeze(profile);
}
