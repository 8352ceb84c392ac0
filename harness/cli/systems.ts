/**
 * The systems under test as a user describes them: backends, machines, replicas and what is wrong with
 * them.
 */

import {
  BACKENDS,
  BASELINE,
  type HardwareProfile,
  IN_FLIGHT_MAX,
  type OtherReplica,
  profileOfReplica,
  REPLICAS_MAX,
  type ReplicaFault,
  resolveBackend,
  UNMIRRORED,
} from '../../rdma/index.ts';
import {
  DEFAULT_POLICY,
  faultWords,
  isPluginFile,
  loadPlugin,
  POLICY_ALIASES,
  PUBLISHED_SPEEDUPS,
  QUEUE_PAIR_POLICIES,
  type QueuePairPolicy,
  type SystemChoice,
} from '../bench/index.ts';
import { BUGGY_DESIGNS, METHODS } from '../crash/index.ts';
import { UsageError } from '../host/index.ts';
import { parseSlow, parseStall } from './fault-options.ts';
import { readFiles, userPath } from './file-options.ts';
import { choices, distinct, resolveAll, splitWords, type Values, wholes } from './options.ts';
import { chosenProfiles, PROFILE_OPTIONS, parseProfiles, profileWords } from './profiles.ts';

/** Backends of runs for which none is given: the baseline and the three designs of the paper. */
const DEFAULT_BACKENDS = [
  UNMIRRORED.name,
  BASELINE.name,
  ...Object.keys(PUBLISHED_SPEEDUPS),
].join();

/**
 * Canonical names of the backends given by name or alias; `all` stands for every one there is.
 * Those with a seeded bug (`buggy`) have to be named.
 */
function parseBackends(texts: readonly string[], buggy: readonly string[] = []): readonly string[] {
  const names = splitWords(texts).flatMap((word) =>
    word === 'all'
      ? BACKENDS.map(({ name }) => name)
      : [isPluginFile(word) ? backendOfFile(word) : word],
  );
  const known = BACKENDS.map(({ name, aliases }) => [name, ...aliases].join(' = '));
  const find = (name: string): string | undefined =>
    resolveBackend(name)?.name ?? buggy.find((one) => one === name);
  const words = [...BACKENDS.flatMap(({ name, aliases }) => [name, ...aliases]), ...buggy, 'all'];
  const accepted = [...known, 'all', 'a .ts file with one of yours'];
  return resolveAll('backend', names, find, accepted, words);
}

/** The name of the backend in a user's file. */
export function backendOfFile(word: string): string {
  const { kind, part } = loadPlugin(userPath(word), word);
  if (kind === 'backend') return part.name;
  throw new UsageError(`${word} is a workload, ${part.name}; --backend takes backends`);
}

/** The systems under test. */
export const SYSTEM_OPTIONS = {
  backend: {
    alias: 'backends',
    help: 'mirroring designs, by name or alias, or all; comma-separated or repeated',
    default: DEFAULT_BACKENDS,
    parse: (texts: readonly string[]) => parseBackends(texts),
    files: (texts: readonly string[]) => readFiles(splitWords(texts).filter(isPluginFile)),
  },
  ...PROFILE_OPTIONS,
  replicas: wholes({
    min: 1,
    max: REPLICAS_MAX,
    default: 1,
    help: 'machines that hold a mirror; several values',
  }),
  quorum: wholes({
    min: 1,
    max: REPLICAS_MAX,
    help: 'replicas that a wait is for, whichever answer first; by default all; several values',
  }),
  inflight: wholes({
    min: 1,
    max: IN_FLIGHT_MAX,
    default: 1,
    help: 'transactions of a client that may be unacknowledged at once; several values',
  }),
  group: wholes({
    min: 1,
    max: IN_FLIGHT_MAX,
    default: 1,
    help: 'group commit: transactions of a client that wait for durability once; several values',
  }),
  replica: {
    help:
      'INDEX, with --profile and --set of that replica directly behind it, a replica that is another ' +
      'machine; or INDEX:PROFILE and INDEX:path.to.value=number in one word, as in 1:ddio.enabled=0, ' +
      'with commas between what it has; repeatable',
    owns: ['profile', 'set'],
    parse: parseOthers,
    files: (texts: readonly string[]) =>
      readFiles(profileWords(texts).map((word) => word.replace(/^\d+:/, ''))),
  },
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

const OTHER_FORM = 'INDEX:PROFILE or INDEX:path.to.value=number';

/** Replicas that are other machines, by their number. */
function parseOthers(texts: readonly string[], name: string): readonly OtherReplica[] {
  const others = new Map<number, OtherReplica>();
  for (const text of texts) {
    let index: number | undefined;
    for (const word of text.split(',').map((one) => one.trim())) {
      const found = /^(\d+):(.+)$/.exec(word);
      if (found !== null) index = Number(found[1]);
      if (index === undefined || index >= REPLICAS_MAX) throw otherError(word, name);
      const known = others.get(index) ?? { replica: index, values: [] };
      others.set(index, withWord(known, found === null ? word : found[2], `${name} ${word}`));
    }
  }
  return [...others.values()].sort((a, b) => a.replica - b.replica);
}

/** `other` with one thing more that is different about it. */
function withWord(other: OtherReplica, word: string, name: string): OtherReplica {
  const at = word.indexOf('=');
  if (at >= 0) {
    const path = word.slice(0, at).replace(/\.value$/, '');
    if (at < 1 || other.values.some(([known]) => known === path)) {
      throw new UsageError(
        at < 1 ? `${name} is not ${OTHER_FORM}` : `${name}: ${path} was given twice`,
      );
    }
    return { ...other, values: [...other.values, [path, word.slice(at + 1)]] };
  }
  if (other.like !== undefined) throw new UsageError(`${name}: a replica is like one profile`);
  return { ...other, like: parseProfiles([word])[0] };
}

function otherError(word: string, name: string): UsageError {
  const index = /^\d$/.test(word) ? word : '1';
  return new UsageError(
    `${name} '${word}' is not INDEX (below ${REPLICAS_MAX}) with what is different about that replica: ` +
      `--replica ${index} --profile optane-cx5 or --replica ${index} --set ddio.enabled=0, with ` +
      '--profile and --set directly behind it (elsewhere they are of all machines); in one word, ' +
      `--replica ${index}:ddio.enabled=0`,
  );
}

/** `profile` with replicas that are other machines, told by its name. Throws ProfileError. */
function withOthers(profile: HardwareProfile, others: readonly OtherReplica[]): HardwareProfile {
  if (others.length === 0) return profile;
  const words = others.flatMap(({ replica, like, values }) => [
    ...(like === undefined ? [] : [`${replica}:${like.name}`]),
    ...values.map(([path, value]) => `${replica}:${path}=${value}`),
  ]);
  const changed = { ...profile, name: [profile.name, ...words].join('+'), others };
  for (const { replica } of others) profileOfReplica(changed, replica);
  return changed;
}

/** Refuses numbers of replicas that there are not. */
function refuseNumbers(others: readonly OtherReplica[], replicas: number): void {
  const beyond = others.find(({ replica }) => replica >= replicas);
  if (beyond === undefined) return;
  throw new UsageError(
    `--replica ${beyond.replica}: replicas are numbered from 0, and there are ${replicas} (--replicas)`,
  );
}

/** Backends, those with a seeded bug too. */
export const ANY_BACKEND_OPTION = {
  ...SYSTEM_OPTIONS.backend,
  help: 'mirroring designs, those with a seeded bug (canary-...), or methods of the taxonomy',
  parse: (texts: readonly string[]) =>
    parseBackends(
      texts,
      [...BUGGY_DESIGNS, ...METHODS].map(({ backend }) => backend.name),
    ),
};

/** The systems under test that are asked for. */
export function chosenSystems(
  values: Values<typeof SYSTEM_OPTIONS>,
): SystemChoice & { readonly queuePairs: readonly QueuePairPolicy[] } {
  const replicas = distinct(values.replicas);
  const others = values.replica ?? [];
  refuseNumbers(others, Math.min(...replicas));
  return {
    backends: values.backend,
    // All that there are stand for all that the machines can run.
    whereTheyRun: BACKENDS.every(({ name }) => values.backend.includes(name)),
    profiles: chosenProfiles(values).map((profile) => withOthers(profile, others)),
    replicas,
    quorums: values.quorum && distinct(values.quorum),
    inflights: distinct(values.inflight),
    groups: distinct(values.group),
    queuePairs: distinct(values['queue-pairs']),
    faults: joinedFaults(
      [...(values['slow-replica'] ?? []), ...(values['stall-replica'] ?? [])],
      Math.min(...replicas),
    ),
  };
}

/** Refuses all but one machine and one way to use it, for `command`. */
export function refuseSeveral(command: string, choice: SystemChoice): void {
  const several = {
    profile: choice.profiles,
    replicas: choice.replicas,
    quorum: choice.quorums ?? [],
    'queue-pairs': choice.queuePairs ?? [],
    inflight: choice.inflights ?? [],
    group: choice.groups ?? [],
  };
  for (const [option, { length }] of Object.entries(several)) {
    if (length > 1) {
      throw new UsageError(
        `${command} looks at one machine: give one --${option}, instead of ${length}`,
      );
    }
  }
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
