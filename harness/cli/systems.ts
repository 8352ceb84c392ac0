/**
 * The systems under test as a user describes them: backends, hardware profiles by name or from a file
 * and with values set by hand, replicas and what is wrong with them.
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
  faultWords,
  POLICY_ALIASES,
  PUBLISHED_SPEEDUPS,
  QUEUE_PAIR_POLICIES,
  type QueuePairPolicy,
  type SystemChoice,
} from '../bench/index.ts';
import { BUGGY_DESIGNS } from '../crash/index.ts';
import { FailureError, systemReason, UsageError } from '../host/index.ts';
import {
  choices,
  distinct,
  type Given,
  pairs,
  resolveAll,
  splitWords,
  userPath,
  type Values,
  wholes,
} from './options.ts';

/** Backends of runs for which none is given: the baseline and the three designs of the paper. */
const DEFAULT_BACKENDS = [
  UNMIRRORED.name,
  BASELINE.name,
  ...Object.keys(PUBLISHED_SPEEDUPS),
].join();

/** The profile of runs for which none is given: the machines of the paper's time. */
const DEFAULT_PROFILE = 'paper-2018';

/**
 * Canonical names of the backends given by name or alias; `all` stands for every one there is.
 * Those with a seeded bug (`buggy`) have to be named.
 */
function parseBackends(texts: readonly string[], buggy: readonly string[] = []): readonly string[] {
  const names = splitWords(texts).flatMap((word) =>
    word === 'all' ? BACKENDS.map(({ name }) => name) : [word],
  );
  const known = BACKENDS.map(({ name, aliases }) => [name, ...aliases].join(' = '));
  const find = (name: string): string | undefined =>
    resolveBackend(name)?.name ?? buggy.find((one) => one === name);
  return resolveAll('backend', names, find, [...known, 'all']);
}

/** The profiles given by name or as JSON files. */
export function parseProfiles(texts: readonly string[]): readonly HardwareProfile[] {
  const known = [...PROFILES.map(({ name }) => name), 'a file whose name ends in .json'];
  const find = (name: string) =>
    name.endsWith('.json') ? profileOfFile(userPath(name)) : resolveProfile(name);
  const profiles = resolveAll('profile', splitWords(texts), find, known);
  const taken = profiles.find(({ name }, i) => profiles.findIndex((one) => one.name === name) < i);
  if (taken !== undefined) {
    throw new ProfileError(`two profiles have the name '${taken.name}'; give each its own`);
  }
  return profiles;
}

/** Of profiles that were given as files: their paths, by name. */
export function profileFiles(given: Given): ReadonlyMap<string, string> {
  const files = splitWords(given.get('profile') ?? []).filter((word) => word.endsWith('.json'));
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

/** `profile` with `values` set in turn, all of them in its name: `paper-2018+link.rateGbps=40`. */
export function withValues(
  profile: HardwareProfile,
  values: readonly (readonly [path: string, text: string])[],
): HardwareProfile {
  const names = values.map(([path, text]) => `${path}=${text.trim()}`);
  return { ...setValues(profile, values), name: [profile.name, ...names].join('+') };
}

/** The numbers of words `INDEX:A:B`, each of `form`, and the word. */
function parseNumbers(
  texts: readonly string[],
  name: string,
  form: string,
): { readonly word: string; readonly numbers: readonly number[] }[] {
  return splitWords(texts).map((word) => {
    const parts = word.split(':');
    const numbers = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    const isWrong = numbers.some((number) => !(number >= 0 && number < 1e15));
    if (parts.length !== form.split(':').length || isWrong || !Number.isInteger(numbers[0])) {
      throw new UsageError(`${name} '${word}' is not ${form}`);
    }
    return { word, numbers };
  });
}

const SLOW_FORM = 'INDEX:FACTOR, factor at least 1';
const STALL_FORM = 'INDEX:FROM_NS:FOR_NS';

function parseSlow(texts: readonly string[], name: string): readonly ReplicaFault[] {
  return parseNumbers(texts, name, SLOW_FORM).map(({ word, numbers: [replica, slowdown] }) => {
    if (slowdown < 1) throw new UsageError(`${name} '${word}' is not ${SLOW_FORM}`);
    return { replica, slowdown };
  });
}

function parseStall(texts: readonly string[], name: string): readonly ReplicaFault[] {
  return parseNumbers(texts, name, STALL_FORM).map(({ numbers: [replica, from, length] }) => {
    return { replica, stallFromNs: from, stallForNs: length };
  });
}

/** The machines. */
export const PROFILE_OPTIONS = {
  profile: {
    help: 'hardware profiles, by name or as JSON files; comma-separated or repeated',
    default: DEFAULT_PROFILE,
    parse: parseProfiles,
  },
  set: pairs(
    'path.to.value=number',
    { help: 'path.to.value=number, a value of the profiles, or a group of them; repeatable' },
    (path) => path.replace(/\.value$/, ''),
  ),
};

/** The systems under test. */
export const SYSTEM_OPTIONS = {
  backend: {
    alias: 'backends',
    help: 'mirroring designs, by name or alias, or all; comma-separated or repeated',
    default: DEFAULT_BACKENDS,
    parse: (texts: readonly string[]) => parseBackends(texts),
  },
  ...PROFILE_OPTIONS,
  replicas: wholes({
    min: 1,
    max: REPLICAS_MAX,
    default: 1,
    help: 'machines that hold a mirror; several values',
  }),
  'queue-pairs': choices(
    QUEUE_PAIR_POLICIES,
    POLICY_ALIASES,
  )({
    help:
      'auto (or sound): the fastest that keep the order between clients that the program needs, of a ' +
      'trace file any; any: that any program may need; per-core; words: per core, posting stored ' +
      'words; release: and waiting at each release of a lock; shared by all cores; several values',
    default: DEFAULT_POLICY,
  }),
  'slow-replica': {
    help: 'INDEX:FACTOR, a replica that takes so many times as long; repeatable',
    parse: parseSlow,
  },
  'stall-replica': {
    help: 'INDEX:FROM_NS:FOR_NS, a replica that takes nothing for a while; repeatable',
    parse: parseStall,
  },
};

/** Backends, those with a seeded bug too. */
export const ANY_BACKEND_OPTION = {
  ...SYSTEM_OPTIONS.backend,
  help: 'mirroring designs, or those with a seeded bug (canary-...)',
  parse: (texts: readonly string[]) =>
    parseBackends(
      texts,
      BUGGY_DESIGNS.map(({ backend }) => backend.name),
    ),
};

/** The profiles that are asked for, with the values set by hand. */
export function chosenProfiles({
  profile,
  set = new Map(),
}: Values<typeof PROFILE_OPTIONS>): readonly HardwareProfile[] {
  return profile.map((one) => withValues(one, [...set]));
}

/** The systems under test that are asked for. */
export function chosenSystems(
  values: Values<typeof SYSTEM_OPTIONS>,
): SystemChoice & { readonly queuePairs: readonly QueuePairPolicy[] } {
  const replicas = distinct(values.replicas);
  return {
    backends: values.backend,
    profiles: chosenProfiles(values),
    replicas,
    queuePairs: distinct(values['queue-pairs']),
    faults: joinedFaults(
      [...(values['slow-replica'] ?? []), ...(values['stall-replica'] ?? [])],
      Math.min(...replicas),
    ),
  };
}

/** `faults` by replica, one of each kind at most. `replicas`: the smallest number that is to be run. */
function joinedFaults(faults: readonly ReplicaFault[], replicas: number): ReplicaFault[] {
  const joined = new Map<number, ReplicaFault>();
  for (const fault of faults) {
    const [[kind, words]] = faultWords([fault]);
    const { replica } = fault;
    if (replica >= replicas) {
      throw new UsageError(
        `--${kind}-replica '${words}': replicas are numbered from 0, and there are ${replicas}`,
      );
    }
    const known = joined.get(replica);
    if (known !== undefined && faultWords([known]).some(([one]) => one === kind)) {
      throw new UsageError(`--${kind}-replica ${replica} was given twice`);
    }
    joined.set(replica, { ...known, ...fault });
  }
  return [...joined.values()].sort((a, b) => a.replica - b.replica);
}
