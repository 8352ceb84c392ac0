/** Hardware profiles as a user names them: by name, from a file, and with values set by hand. */

import { readFileSync, statSync } from 'node:fs';
import JSON5 from 'json5';
import { printable } from '../../pm/printable.ts';
import {
  type HardwareProfile,
  PROFILES,
  ProfileError,
  parseProfile,
  resolveProfile,
  setValues,
} from '../../rdma/index.ts';
import { duplicateKey, FailureError, systemReason } from '../host/index.ts';
import { readFiles, userPath } from './file-options.ts';
import { type Given, pairs, resolveAll, splitWords, type Values } from './options.ts';

/** The profile of runs for which none is given: the machines of the paper's time. */
const DEFAULT_PROFILE = 'paper-2018';

/** What the name of a profile's file ends in. */
const PROFILE_FILE = /\.(json|jsonc|json5)$/i;

/** What a shell calls a pipe that it has made, as for `<(...)`. */
const SHELL_PIPE = /^\/(dev\/stdin$|dev\/fd\/\d|proc\/self\/fd\/\d)/;

/** Whether a word for a profile is the path of a file or pipe, and not the name of one that is known. */
export const isProfileFile = (word: string): boolean =>
  PROFILE_FILE.test(word) || SHELL_PIPE.test(word) || isPipe(userPath(word));

function isPipe(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false;
  } catch {
    return false;
  }
}

/** The profiles given by name or as JSON files. */
export function parseProfiles(texts: readonly string[]): readonly HardwareProfile[] {
  const known = [
    ...PROFILES.map(({ name }) => name),
    'a file whose name ends in .json or .jsonc, or a pipe',
  ];
  const find = (name: string) =>
    isProfileFile(name) ? profileOfFile(userPath(name)) : resolveProfile(name);
  const profiles = resolveAll('profile', splitWords(texts), find, known);
  const taken = profiles.find(({ name }, i) => profiles.findIndex((one) => one.name === name) < i);
  if (taken !== undefined) {
    throw new ProfileError(`two profiles have the name '${taken.name}'; give each its own`);
  }
  return profiles;
}

/** The words that name a file. */
export const profileWords = (texts: readonly string[]): string[] =>
  splitWords(texts).filter(isProfileFile);

/** Of profiles that were given as files: their paths, by name. */
export function profileFiles(given: Given): ReadonlyMap<string, string> {
  return new Map(
    profileWords(given.get('profile') ?? [])
      .map(userPath)
      .map((path) => [profileOfFile(path).name, path]),
  );
}

/** What came out of pipes, which can be read once only. */
const readBefore = new Map<string, string>();

function textOf(path: string): string {
  const before = readBefore.get(path);
  if (before !== undefined) return before;
  try {
    const text = readFileSync(path, 'utf8');
    if (!statSync(path).isFile()) readBefore.set(path, text);
    return text;
  } catch (error) {
    throw new FailureError(`cannot read the profile ${path}: ${systemReason(error)}`);
  }
}

/** The profile in the file at `path`: JSON, in which comments and trailing commas may stand. Its name must not be that of another. */
function profileOfFile(path: string): HardwareProfile {
  const text = textOf(path);
  let json: unknown;
  try {
    // Comments are what a profile for people needs; a mark of the encoding may stand before all.
    json = JSON5.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const place = reason
      .replace(/^JSON5: /, '')
      .replace(/ at (\d+):(\d+)$/, ' at line $1, column $2');
    throw new ProfileError(`${path} is not JSON (comments are accepted): ${printable(place)}`);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    const key = `the key ${printable(twice.path)}`;
    throw new ProfileError(`${path}, line ${twice.line}: ${key} is there twice; give it once`);
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

/** The machines. */
export const PROFILE_OPTIONS = {
  profile: {
    help: 'hardware profiles, by name or as JSON files; comma-separated or repeated',
    default: DEFAULT_PROFILE,
    parse: parseProfiles,
    files: (texts: readonly string[]) => readFiles(profileWords(texts)),
  },
  set: pairs(
    'path.to.value=number',
    { help: 'path.to.value=number, a value of the profiles, or a group of them; repeatable' },
    (path) => path.replace(/\.value$/, ''),
  ),
};

/** The profiles that are asked for, with the values set by hand. */
export function chosenProfiles({
  profile,
  set = new Map(),
}: Values<typeof PROFILE_OPTIONS>): readonly HardwareProfile[] {
  return profile.map((one) => withValues(one, [...set]));
}
