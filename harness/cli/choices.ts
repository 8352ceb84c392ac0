/**
 * What a user gives on the command line, checked and turned into values. Every refusal names the
 * option, what was given, and what is accepted.
 */

import { isAbsolute, resolve } from 'node:path';
import { resolveWorkload, WORKLOADS } from '../../workloads/index.ts';
import { type AnyWorkload, type ComputeModel, SIZES, type Size } from '../../workloads/workload.ts';
import { DEFAULT_SEED, suiteWorkloads } from '../bench/index.ts';
import { requireWritable, UsageError } from '../host/index.ts';

/** A value as yargs gives it: a text, several if the option was repeated. */
export type Given = string | readonly string[] | undefined;

/** The texts of an option that may be repeated, as given. */
export function texts(given: Given): readonly string[] {
  return given === undefined ? [] : typeof given === 'string' ? [given] : given;
}

/** All words of an option that may be repeated and may hold several words with commas between. */
export function words(given: Given): string[] {
  return texts(given)
    .flatMap((text) => text.split(','))
    .map((word) => word.trim());
}

/** The one text of an option; undefined if it was not given. */
export function single(option: string, given: Given): string | undefined {
  if (given === undefined || typeof given === 'string') return given;
  throw new UsageError(`--${option} was given ${given.length} times; give it once`);
}

/** A whole number from `min` to `max`; undefined if the option was not given. */
export function wholeNumber(
  option: string,
  given: Given,
  { min, max }: { min: number; max: number },
): number | undefined {
  const text = single(option, given);
  return text === undefined ? undefined : parseWhole(option, text, { min, max });
}

function parseWhole(option: string, text: string, range: { min: number; max: number }): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw new UsageError(
    `--${option} '${text}' is not a whole number from ${range.min} to ${range.max}`,
  );
}

/** Several whole numbers; `fallback` if the option was not given. */
export function wholeNumbers(
  option: string,
  given: Given,
  range: { min: number; max: number; fallback: readonly number[] },
): readonly number[] {
  if (given === undefined) return range.fallback;
  return words(given).map((text) => parseWhole(option, text, range));
}

/** A fraction from 0 to 1; undefined if the option was not given. */
export function fraction(option: string, given: Given): number | undefined {
  const text = single(option, given);
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  throw new UsageError(`--${option} '${text}' is not a number from 0 to 1`);
}

/** `items` without repetitions. */
export function distinct<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}

/** Resolves names by `find`, or refuses them with the list of what there is. */
export function resolveAll<T>(
  what: string,
  names: readonly string[],
  find: (name: string) => T | undefined,
  known: readonly string[],
): T[] {
  return distinct(
    names.map((name) => {
      const found = find(name);
      if (found !== undefined) return found;
      throw new UsageError(`unknown ${what} '${name}'; accepted: ${known.join(', ')}`);
    }),
  );
}

/** The workloads with these names; `all` stands for every one of the suite. */
export function chosenWorkloads(given: Given): AnyWorkload[] {
  const names = words(given);
  const suite = suiteWorkloads();
  if (names.length === 0) return suite;
  const expanded = names.flatMap((name) =>
    name === 'all' ? suite.map((workload) => workload.name) : [name],
  );
  const known = [...WORKLOADS.map(({ name }) => name), 'all'];
  return resolveAll('workload', expanded, resolveWorkload, known);
}

/** Most seeds that one run takes. */
const SEEDS_MAX = 1000;

/** The seeds of `--seed A,B,..`, or of `--seeds N`: N of them from the first on. */
export function chosenSeeds(seed: Given, seeds: Given): readonly number[] {
  const max = 2 ** 32 - 1;
  const first = distinct(wholeNumbers('seed', seed, { min: 0, max, fallback: [DEFAULT_SEED] }));
  const count = wholeNumber('seeds', seeds, { min: 1, max: SEEDS_MAX });
  if (count === undefined) return first;
  if (first.length > 1) throw new UsageError('--seeds counts from one --seed; several were given');
  if (first[0] + count - 1 > max) throw new UsageError(`--seeds ${count}: beyond seed ${max}`);
  return Array.from({ length: count }, (_, i) => first[0] + i);
}

/** The size of data and run. */
export function chosenSize(given: Given): Size | undefined {
  const text = single('size', given);
  const size = SIZES.find((each) => each === text);
  if (text === undefined || size !== undefined) return size;
  throw new UsageError(`--size '${text}' is not one of ${SIZES.join(', ')}`);
}

/** Which instruction counts to charge. */
export function chosenComputeModel(given: Given): ComputeModel | undefined {
  const text = single('compute', given);
  if (text === undefined || text === 'o2' || text === 'whisper') return text;
  throw new UsageError(`--compute '${text}' is not one of o2, whisper`);
}

/** `key=value` texts as parameters of a workload. */
export function chosenParameters(given: Given): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const text of texts(given)) {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`--param '${text}' is not of the form key=value`);
    const key = text.slice(0, at);
    if (Object.hasOwn(parameters, key)) throw new UsageError(`--param ${key} was given twice`);
    parameters[key] = text.slice(at + 1);
  }
  return parameters;
}

/** A path as the user meant it: npm runs scripts in the package's own directory. */
export function userPath(path: string): string {
  const start = process.env.npm_lifecycle_event === undefined ? undefined : process.env.INIT_CWD;
  return isAbsolute(path) ? path : resolve(start ?? process.cwd(), path);
}

/**
 * The path of a file to write, undefined if the option was not given. Asked for before the work whose
 * result it is, so that a path that cannot be written costs no more than the message.
 */
export function outputPath(option: string, given: Given): string | undefined {
  const path = single(option, given);
  return path === undefined ? undefined : writablePath(userPath(path));
}

/** `path`, of a file that can be written. Throws FailureError. */
export function writablePath(path: string): string {
  requireWritable(path);
  return path;
}
