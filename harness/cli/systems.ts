/**
 * Systems under test as a user describes them: backends, hardware profiles by name or from a file and with
 * values set by hand, replicas and what is wrong with them.
 */

import { readFileSync } from 'node:fs';
import {
  BACKENDS,
  BASELINE,
  type HardwareProfile,
  PROFILES,
  ProfileError,
  parseProfile,
  REPLICAS_MAX,
  type ReplicaFault,
  resolveBackend,
  resolveProfile,
  setValues,
  UNMIRRORED,
} from '../../rdma/index.ts';
import {
  DEFAULT_POLICY,
  PUBLISHED_SPEEDUPS,
  QUEUE_PAIR_POLICIES,
  type QueuePairPolicy,
  type SystemChoice,
} from '../bench/index.ts';
import { FailureError, systemReason, UsageError } from '../host/index.ts';
import {
  distinct,
  type Given,
  resolveAll,
  texts,
  userPath,
  wholeNumbers,
  words,
} from './choices.ts';

/** Backends of runs for which none is given: the baseline and the three designs of the paper. */
export const DEFAULT_BACKENDS: readonly string[] = [
  UNMIRRORED.name,
  BASELINE.name,
  ...Object.keys(PUBLISHED_SPEEDUPS),
];

/** The profile of runs for which none is given: the machines of the paper's time. */
export const DEFAULT_PROFILE = 'paper-2018';

/** The systems that a user asks for with the options of `SYSTEM_OPTIONS`. */
export function chosenSystems(given: {
  readonly backend?: Given;
  readonly profile?: Given;
  readonly set?: Given;
  readonly replicas?: Given;
  readonly 'queue-pairs'?: Given;
  readonly 'slow-replica'?: Given;
  readonly 'stall-replica'?: Given;
}): SystemChoice & { readonly queuePairs: readonly QueuePairPolicy[] } {
  const replicas = distinct(
    wholeNumbers('replicas', given.replicas, { min: 1, max: REPLICAS_MAX, fallback: [1] }),
  );
  return {
    backends: chosenBackends(given.backend),
    profiles: chosenProfiles(given.profile, given.set),
    replicas,
    queuePairs: chosenQueuePairs(given['queue-pairs']),
    faults: chosenFaults(given['slow-replica'], given['stall-replica'], Math.min(...replicas)),
  };
}

/** Canonical names of the backends given by name or alias; `all` stands for every one there is. */
export function chosenBackends(given: Given): readonly string[] {
  if (given === undefined) return DEFAULT_BACKENDS;
  const names = words(given).flatMap((word) =>
    word === 'all' ? BACKENDS.map(({ name }) => name) : [word],
  );
  const known = BACKENDS.map(({ name, aliases }) => [name, ...aliases].join(' = '));
  const found = resolveAll('backend', names, resolveBackend, [...known, 'all']);
  return found.map(({ name }) => name);
}

/** The profiles of `--profile` (names, or JSON files), each with the values of `--set`. */
export function chosenProfiles(given: Given, set: Given): readonly HardwareProfile[] {
  const names = given === undefined ? [DEFAULT_PROFILE] : words(given);
  const known = [...PROFILES.map(({ name }) => name), 'a file whose name ends in .json'];
  const find = (name: string) =>
    name.endsWith('.json') ? profileOfFile(userPath(name)) : resolveProfile(name);
  const values = chosenValues(set);
  const chosen = resolveAll('profile', names, find, known);
  const taken = chosen.find(({ name }, i) => chosen.findIndex((one) => one.name === name) < i);
  if (taken !== undefined) {
    throw new ProfileError(`two profiles have the name '${taken.name}'; give each its own`);
  }
  return chosen.map((profile) => withValues(profile, values));
}

/** Of the profiles of `--profile` that are files: their paths, by name. */
export function profileFiles(given: Given): ReadonlyMap<string, string> {
  const files = words(given).filter((word) => word.endsWith('.json'));
  return new Map(files.map(userPath).map((path) => [profileOfFile(path).name, path]));
}

/** The profile in the JSON file at `path`. Its name must not be that of another. */
function profileOfFile(path: string): HardwareProfile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new FailureError(`cannot read the profile ${path}: ${systemReason(error)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProfileError(`${path} is not JSON: ${reason}`);
  }
  const profile = parseProfile(json, path);
  if (resolveProfile(profile.name) !== undefined) {
    throw new ProfileError(`${path}: the name '${profile.name}' is taken; give it another`);
  }
  return profile;
}

/** `path=value` texts of `--set`, paths without the `.value` that they may end in. */
function chosenValues(given: Given): [path: string, text: string][] {
  const values = texts(given).map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at < 1) throw new ProfileError(`--set '${text}' is not of the form path.to.value=number`);
    return [text.slice(0, at).replace(/\.value$/, ''), text.slice(at + 1)];
  });
  const paths = values.map(([path]) => path);
  const twice = paths.find((path, i) => paths.indexOf(path) < i);
  if (twice !== undefined) throw new ProfileError(`--set ${twice} was given twice`);
  return values;
}

/** `profile` with `values` set in turn, all of them in its name: `paper-2018+link.rateGbps=40`. */
export function withValues(
  profile: HardwareProfile,
  values: readonly (readonly [path: string, text: string])[],
): HardwareProfile {
  const names = values.map(([path, text]) => `${path}=${text.trim()}`);
  return { ...setValues(profile, values), name: [profile.name, ...names].join('+') };
}

/** The policies of `--queue-pairs`. */
export function chosenQueuePairs(given: Given): readonly QueuePairPolicy[] {
  if (given === undefined) return [DEFAULT_POLICY];
  const policies = words(given).map((word) => {
    const policy = QUEUE_PAIR_POLICIES.find((each) => each === word);
    if (policy !== undefined) return policy;
    const accepted = QUEUE_PAIR_POLICIES.join(', ');
    throw new UsageError(`--queue-pairs '${word}' is not one of ${accepted}`);
  });
  return distinct(policies);
}

/**
 * `--slow-replica INDEX:FACTOR` and `--stall-replica INDEX:FROM_NS:FOR_NS`, one fault a replica at
 * most of each kind. `replicas` is the smallest number of them that is to be run.
 */
function chosenFaults(slow: Given, stall: Given, replicas: number): ReplicaFault[] {
  const faults = new Map<number, ReplicaFault>();
  for (const text of words(slow)) {
    const form = 'INDEX:FACTOR, factor at least 1';
    const [replica, slowdown] = numbersOf('slow-replica', text, 2, form, replicas);
    if (slowdown < 1) throw new UsageError(`--slow-replica '${text}' is not ${form}`);
    if (faults.has(replica)) throw new UsageError(`--slow-replica ${replica} was given twice`);
    faults.set(replica, { replica, slowdown });
  }
  for (const text of words(stall)) {
    const form = 'INDEX:FROM_NS:FOR_NS';
    const [replica, from, length] = numbersOf('stall-replica', text, 3, form, replicas);
    const fault = faults.get(replica);
    if (fault?.stallForNs !== undefined) {
      throw new UsageError(`--stall-replica ${replica} was given twice`);
    }
    faults.set(replica, { replica, ...fault, stallFromNs: from, stallForNs: length });
  }
  return [...faults.values()].sort((a, b) => a.replica - b.replica);
}

function numbersOf(
  option: string,
  text: string,
  count: number,
  form: string,
  replicas: number,
): number[] {
  const parts = text.split(':');
  const numbers = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (parts.length !== count || numbers.some((number) => !(number >= 0 && number < 1e15))) {
    throw new UsageError(`--${option} '${text}' is not ${form}`);
  }
  if (!Number.isInteger(numbers[0]) || numbers[0] >= replicas) {
    throw new UsageError(
      `--${option} '${text}': replicas are numbered from 0, and there are ${replicas}`,
    );
  }
  return numbers;
}
