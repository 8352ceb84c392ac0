/**
 * Profiles from outside: JSON files, and single values set by hand. A file has the shape of a
 * profile in this repository (groups of quantities, each `{value, unit, basis, source, range?}`),
 * whole, or only what differs from the profile it names in `extends`. What is accepted is derived
 * from a built-in profile, so that the two cannot drift apart.
 */

import { z } from 'zod';
import { decimal } from '../../pm/decimal.ts';
import { nearest } from '../../pm/nearest.ts';
import { printable } from '../../pm/printable.ts';
import { aboutValue, GROUP_ABOUT } from './about.ts';
import { ATTACHED } from './cxl-attached.ts';
import { pathsOf, resolveGroup, scaledMembers, VALUE_GROUPS, type ValueGroup } from './groups.ts';
import { PROFILES, resolveProfile } from './index.ts';
import {
  COMMON_GROUPS,
  groupOf,
  type HardwareProfile,
  PROFILE_GROUPS,
  type ProfileGroup,
  type Quantity,
} from './profile.ts';
import { compileTiming } from './timing.ts';
import { isPossible, possibleNumber, possibleValues } from './units.ts';

/** A profile or a value of it that a user gave and that cannot be. Shown without a stack trace. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

/** The shape of profiles: any of the built-in ones, with what only some have. */
export const TEMPLATE: HardwareProfile = { ...PROFILES[0], cxl: ATTACHED };

const BASES = ['measured', 'derived', 'assumed'] as const;
export const DOMAINS = ['adr', 'eadr'] as const;
const NAME = /^[a-z0-9][a-z0-9.-]*$/;

const isGroup = (name: unknown): name is ProfileGroup =>
  PROFILE_GROUPS.some((group) => group === name);

function quantitySchema({ unit }: Quantity, path: string, about: string) {
  const possible = possibleNumber({ unit, path });
  return z
    .strictObject({
      value: possible.meta({ description: possibleValues({ unit, path }) }),
      unit: z.literal(unit),
      basis: z
        .enum(BASES)
        .describe(
          'seen on such a machine; computed from values so seen; or assumed, with its range',
        ),
      source: z.string().min(1).describe('where the value is from'),
      range: z
        .tuple([possible, possible])
        .meta({
          description: 'low and high between which it is plausible',
          minItems: 2,
          maxItems: 2,
        })
        .optional(),
    })
    .refine(
      ({ basis, value, range = [] }) => {
        if (range.length === 0) return basis !== 'assumed';
        // Numbers that cannot be are complained of by themselves.
        if (![value, ...range].every((number) => isPossible({ unit, path }, number))) return true;
        return range[0] <= value && value <= range[1];
      },
      { path: ['range'] },
    )
    .meta({
      description: `${about}: ${possibleValues({ unit, path })}`,
      if: { properties: { basis: { const: 'assumed' } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
      then: { required: ['range'] },
    });
}

/** The schema of a file; what `base` does not have it must have itself, but for groups that not all have. */
export function profileSchema(base: HardwareProfile | undefined) {
  const groups = PROFILE_GROUPS.map((name) => {
    const shape: Record<string, z.ZodType> = {};
    for (const [key, quantity] of Object.entries(groupOf(TEMPLATE, name))) {
      const about = aboutValue(name, key);
      shape[key] =
        typeof quantity === 'string'
          ? z.enum(DOMAINS).describe(about)
          : quantitySchema(quantity, key, about);
    }
    const schema = z.strictObject(shape);
    const isThere = base?.[name] !== undefined;
    const described = (isThere ? schema.partial() : schema).describe(GROUP_ABOUT[name]);
    const isLeft = isThere || !COMMON_GROUPS.includes(name);
    return [name, isLeft ? described.optional() : described] as const;
  });
  return z.strictObject({
    $schema: z
      .string()
      .optional()
      .describe('for editors: the file that `pmirror profile schema` writes'),
    name: z
      .string()
      .regex(NAME)
      .describe('how results call the machines; no name of a known profile'),
    summary: z.string().min(1).describe('what the machines are, in a line'),
    extends: z
      .enum(PROFILES.map((profile) => profile.name))
      .optional()
      .describe('the profile from which all values are taken over that are not given'),
    ...Object.fromEntries(groups),
  });
}

/** What is accepted at a path of a file, in words. */
function acceptedAt([top, key, field]: readonly PropertyKey[]): string {
  if (top === undefined) {
    return 'an object with name, summary and extends (a known profile), or all of its groups';
  }
  if (top === 'name') return 'a text of lower-case letters, digits, dots and dashes';
  if (top === 'extends') return PROFILES.map((profile) => profile.name).join(', ');
  if (!isGroup(top)) return 'a text that is not empty';
  const group = groupOf(TEMPLATE, top);
  if (key === undefined) return `an object with ${Object.keys(group).join(', ')}`;
  const quantity = ownValue(group, key);
  if (quantity === undefined) return `an object with ${Object.keys(group).join(', ')}`;
  if (typeof quantity === 'string') return DOMAINS.join(' or ');
  const possible = possibleValues({ unit: quantity.unit, path: String(key) });
  switch (field) {
    case undefined:
      return `{"value": ${possible}, "unit", "basis", "source", "range"?}`;
    case 'value':
      return possible;
    case 'unit':
      return JSON.stringify(quantity.unit);
    case 'basis':
      return BASES.join(', ');
    case 'range':
      return `[low, high] around the value, each ${possible}; an assumption has one`;
    default:
      return 'a text that is not empty';
  }
}

const FOUND_LENGTH_MAX = 40;

/** What an object itself has by that name, and not what every object has. */
function ownValue<T>(object: Readonly<Record<string, T>>, key: PropertyKey): T | undefined;
function ownValue(object: unknown, key: PropertyKey): unknown;
function ownValue(object: unknown, key: PropertyKey): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, key))
    return undefined;
  return (object as Record<PropertyKey, unknown>)[key];
}

/** What a file has at a path, cut short. */
function foundAt(json: unknown, path: readonly PropertyKey[]): string {
  let found: unknown = json;
  for (const key of path) found = ownValue(found, key);
  if (found === undefined) return 'missing';
  const text = JSON.stringify(found);
  return `is ${text.length > FOUND_LENGTH_MAX ? `${text.slice(0, FOUND_LENGTH_MAX)}...` : text}`;
}

/** One line for each thing that is wrong: where, what is there, what is accepted. */
function complaints(json: unknown, { path, ...issue }: z.core.$ZodIssue): string[] {
  // Within a range the ends have no names of their own.
  const place = path.slice(0, 3);
  if (issue.code === 'unrecognized_keys') {
    const known = place.length === 2 ? 'value, unit, basis, source, range' : undefined;
    const accepted = known ?? acceptedAt(place).replace(/^an object with /, '');
    return issue.keys.map(
      (key) =>
        `  ${printable([...place, key].join('.'))}: there is no such key; accepted: ${accepted}`,
    );
  }
  const at = place.join('.') || '(the whole file)';
  return [`  ${at}: ${foundAt(json, place)}; accepted: ${acceptedAt(place)}`];
}

const profileOf = (name: unknown): HardwareProfile | undefined =>
  typeof name === 'string' ? resolveProfile(name) : undefined;

/**
 * The profile in `json` (parsed JSON of the file `origin`). Throws ProfileError that names each
 * offending key, what is there and what is accepted.
 */
export function parseProfile(json: unknown, origin: string): HardwareProfile {
  const base =
    typeof json === 'object' && json !== null && 'extends' in json
      ? profileOf(json.extends)
      : undefined;
  const result = profileSchema(base).safeParse(json);
  if (!result.success) {
    const { issues } = result.error;
    // A number may break two rules of its unit at once.
    const lines = [...new Set(issues.flatMap((issue) => complaints(json, issue)))];
    const lacksGroup = issues.some(
      ({ path }) => path.length === 1 && isGroup(path[0]) && foundAt(json, path) === 'missing',
    );
    if (lacksGroup) lines.push(`  ("extends": "${TEMPLATE.name}" takes over what is not given)`);
    throw new ProfileError(`${origin} is not a hardware profile:\n${lines.join('\n')}`);
  }
  const { extends: _base, $schema: _schema, ...given } = result.data as Record<string, unknown>;
  const profile = { ...base, ...given } as Record<string, unknown>;
  for (const name of PROFILE_GROUPS) {
    if (given[name] === undefined && base?.[name] === undefined) continue;
    profile[name] = { ...(base && groupOf(base, name)), ...(given[name] as object | undefined) };
  }
  try {
    return checked(profile as unknown as HardwareProfile);
  } catch (error) {
    if (error instanceof RangeError) throw new ProfileError(`${origin}: ${error.message}`);
    throw error;
  }
}

/** As {@link setValues}, of one value. */
export function withValue(
  profile: HardwareProfile,
  path: string,
  value: string | number,
): HardwareProfile {
  return setValues(profile, [[path, value]]);
}

/**
 * `profile` with the quantity at each path, or the group of that name, set to a value (a number, or its
 * text; or adr, eadr for a persistence domain). The values count as assumed by the user. Throws
 * ProfileError for an unknown path, with those that there are, and for values that cannot be, alone or
 * together.
 */
export function setValues(
  profile: HardwareProfile,
  values: readonly (readonly [path: string, value: string | number])[],
): HardwareProfile {
  const changed = values.reduce((one, [path, value]) => changedAt(one, path, `${value}`), profile);
  try {
    return checked(changed);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // What is wrong may be a value that was not set, beside one that was.
    const isNamed = values.some(([path]) => error.message.startsWith(`${path} `));
    const cause = values.map(([path, value]) => `${path}=${value}`).join(', ');
    throw new ProfileError(isNamed ? error.message : `with ${cause}: ${error.message}`);
  }
}

/** Quantities of a profile that are a replica's own; all others are the primary's, or of both. */
function isOfReplica(path: string): boolean {
  return /^(pcie|ddio|replicaLlc|replicaMemory|replicaCpu|cxl)\.|^nic\.(nicRateMps|pipelineNs|stagingLines)$|^link\.propagationNs$/.test(
    path,
  );
}

const REPLICA_PATHS =
  'pcie.*, ddio.*, replicaLlc.*, replicaMemory.*, replicaCpu.*, cxl.*, nic.nicRateMps, nic.pipelineNs, nic.stagingLines, link.propagationNs, and the ' +
  'groups of them, rtt and pcie.latency';

/**
 * The machines of replica `index` of `profile`: the profile itself, unless that replica is another one. Throws
 * ProfileError for values that cannot be, or that are not of a replica.
 */
export function profileOfReplica(profile: HardwareProfile, index: number): HardwareProfile {
  const other = profile.others?.find(({ replica }) => replica === index);
  if (other === undefined) return profile;
  for (const [path] of other.values) {
    // Of a path that is none the next step says which there are.
    const primarys = pathsOf(path).find((one) => !isOfReplica(one));
    const isKnown = resolveGroup(path) !== undefined || isPath(profile, path);
    if (primarys !== undefined && isKnown) {
      throw new ProfileError(
        `replica ${index}: ${path} is not of a replica alone; accepted: ${REPLICA_PATHS}`,
      );
    }
  }
  return setValues(other.like ?? { ...profile, others: undefined }, other.values);
}

function isPath(profile: HardwareProfile, path: string): boolean {
  const [name, key] = path.split('.');
  return isGroup(name) && key !== undefined && Object.hasOwn(groupOf(profile, name), key);
}

function changedAt(profile: HardwareProfile, path: string, text: string): HardwareProfile {
  const together = resolveGroup(path);
  if (together !== undefined) return changedGroup(profile, together, text);
  const [name, key, ...rest] = path.replace(/\.value$/, '').split('.');
  const group = isGroup(name) ? groupOf(profile, name) : undefined;
  const old = group !== undefined && Object.hasOwn(group, key ?? '') ? group[key] : undefined;
  if (group === undefined || old === undefined || rest.length > 0) {
    throw new ProfileError(`no profile value '${path}'; ${nearPaths(profile, path)}`);
  }
  const set = (value: Quantity | string) =>
    ({ ...profile, [name]: { ...group, [key]: value } }) as HardwareProfile;
  if (typeof old === 'string') {
    if (DOMAINS.some((domain) => domain === text)) return set(text);
    throw new ProfileError(`${path} = '${text}': must be ${DOMAINS.join(' or ')}`);
  }
  const value = decimal(text.trim());
  const { unit } = old;
  const kind = { unit, path: key };
  if (!isPossible(kind, value)) {
    throw new ProfileError(`${path} = '${text}': must be ${possibleValues(kind)}`);
  }
  return set({ value, unit, basis: 'assumed', source: 'set by the user', range: [value, value] });
}

/** `profile` with the value of a group of quantities set, the rest of the group in proportion. */
function changedGroup(profile: HardwareProfile, group: ValueGroup, text: string): HardwareProfile {
  const { name, unit } = group;
  const value = decimal(text.trim());
  if (!isPossible({ unit }, value)) {
    throw new ProfileError(`${name} = '${text}': must be ${possibleValues({ unit })}`);
  }
  const members = scaledMembers(profile, group, value);
  if (members === undefined) {
    throw new ProfileError(
      `${name} is 0 on ${profile.name}, so that nothing keeps its proportion to it; set ` +
        `${group.members.map(({ path }) => path).join(', ')} one by one`,
    );
  }
  try {
    return members.reduce((one, [path, own]) => changedAt(one, path, `${own}`), profile);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    throw new ProfileError(`with ${name}=${text.trim()}: ${error.message}`);
  }
}

/** The paths that one may have meant by `path`. */
function nearPaths(profile: HardwareProfile, path: string): string {
  const [name] = path.split('.');
  const last = path.replace(/^.*\./, '').toLowerCase();
  const all = PROFILE_GROUPS.flatMap((group) =>
    Object.keys(groupOf(profile, group)).map((key) => `${group}.${key}`),
  );
  const sameKey = all.filter((known) => known.toLowerCase().endsWith(`.${last}`));
  const meant = sameKey.length > 0 ? sameKey : nearest(path, all);
  if (meant.length > 0) return `did you mean ${meant.join(' or ')}?`;
  const near = isGroup(name) ? all.filter((known) => known.startsWith(`${name}.`)) : [];
  if (near.length > 0) return `there are: ${near.join(', ')}`;
  const groups = PROFILE_GROUPS.map((group) => `${group}.*`).join(', ');
  const together = VALUE_GROUPS.map((group) => group.name).join(', ');
  return `there are: ${groups}, and groups ${together}; pmirror list ${profile.name} shows all`;
}

/** The profile, if the model can be built from it; throws RangeError otherwise. */
function checked(profile: HardwareProfile): HardwareProfile {
  compileTiming(profile);
  return Object.freeze(profile);
}
