/**
 * Options of the command line, and positional words: each is declared once, with what --help says of
 * it, its default, its range and the parser of its value. A command lists those that it takes and
 * gets their values. Every refusal names the option, what was given, and what is accepted.
 */

import { decimal } from '../../pm/decimal.ts';
import { suggestion } from '../../pm/nearest.ts';
import { DEFAULT_SEED } from '../bench/index.ts';
import { type NamedFile, UsageError } from '../host/index.ts';
import { ENOUGH_VALUES } from '../report/index.ts';

/** The texts that were given for each option and word, by name: several where it was repeated. */
export type Given = ReadonlyMap<string, readonly string[]>;

/** What is said of an option beside how its texts are parsed. */
export interface About {
  /** For --help, which adds range and default. */
  readonly help: string;
  /** Stands for it where it is not given, as one would type it. Without it the value is undefined. */
  readonly default?: string | number | undefined;
  /** It must be given: what is said where it is not. */
  readonly required?: string;
  readonly alias?: string;
  /** Programs of one kind only have it. */
  readonly of?: 'workload' | 'trace';
  /**
   * Options that are about its value, a bare number, where they stand directly behind it:
   * `--replica 1 --set a=b` is `--replica 1:a=b`. Elsewhere they are about all.
   */
  readonly owns?: readonly string[];
  /** Its value may begin with a dash, as options of another program do. */
  readonly dashed?: true;
  /** It changes no result, only how fast one comes, how it is shown and where it goes. */
  readonly changesNothing?: true;
}

/** What a number may be. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** An option, or a positional word. */
export interface Option<T = unknown> extends About, Partial<Range> {
  /** It has no value: to be given is all it can be. */
  readonly flag?: true;
  /** The value of `texts`. Throws an error for the user, who knows the option as `name`. */
  parse(texts: readonly string[], name: string): T;
  /** What to use in the place of the value, where something must be waited for before. */
  ready?(value: T): Promise<T>;
  /** The files that texts as they were given name, before any is read or written. */
  files?(texts: readonly string[]): readonly OptionFile[];
}

/** A file that an option names; `part` says which, if it names several. */
export interface OptionFile extends Omit<NamedFile, 'called'> {
  readonly part?: string;
}

/** Options by name. */
export type OptionTable = Readonly<Record<string, Option>>;

/** The value of an option: undefined where it was not given and has no default. */
type Value<O extends Option> = O extends
  | { readonly default: string | number }
  | { readonly required: string }
  ? ReturnType<O['parse']>
  : ReturnType<O['parse']> | undefined;

/** The values of options, by name. */
export type Values<T extends OptionTable> = { readonly [N in keyof T]: Value<T[N]> };

/** The values of the options of `table` as given. `prefix`: what a user types before their names. */
export function valuesOf<T extends OptionTable>(table: T, given: Given, prefix: string): Values<T> {
  const values = Object.entries(table).map(([name, option]) => {
    const usual = option.default === undefined ? undefined : [String(option.default)];
    const texts = given.get(name) ?? usual;
    if (texts !== undefined) return [name, option.parse(texts, prefix + name)];
    if (option.required !== undefined) throw new UsageError(option.required);
    return [name, undefined];
  });
  return Object.fromEntries(values) as Values<T>;
}

/** `values` of the options of `table`, when all that must be waited for is there. */
export async function readyValues<V extends object>(table: OptionTable, values: V): Promise<V> {
  const ready: [string, unknown][] = [];
  for (const [name, value] of Object.entries(values)) {
    const wait = value === undefined ? undefined : table[name].ready;
    ready.push([name, wait === undefined ? value : await wait(value)]);
  }
  return Object.fromEntries(ready) as V;
}

/** The files that the options of `table` name as given. `prefix`: as in {@link valuesOf}. */
export function filesOf(table: OptionTable, given: Given, prefix: string): NamedFile[] {
  return Object.entries(table).flatMap(([name, { files = () => [] }]) =>
    (given.get(name) ?? []).flatMap((text) =>
      files([text]).map(({ part, ...file }) => {
        const called = `${prefix}${name} ${text}`;
        return { ...file, called: part === undefined ? called : `${called} (${part})` };
      }),
    ),
  );
}

/** Ranges that end above this are no news to anybody. */
const TOLD_MAX = 100_000;

/** What --help says of an option. */
export function helpOf({ help, min, max = TOLD_MAX, default: usual }: Option): string {
  const more = [
    ...(min !== undefined && max < TOLD_MAX ? [`${min} to ${max}`] : []),
    ...(usual === undefined ? [] : [`default: ${usual}`]),
  ];
  return more.length === 0 ? help : `${help} (${more.join('; ')})`;
}

/** Makes options that are given once, of how their word is parsed. */
export function one<T, B extends About = About>(
  parse: (word: string, name: string, about: B) => T,
) {
  return <const A extends B>(about: A): A & Option<T> => ({
    ...about,
    parse: (given, name) => parse(single(given, name), name, about),
  });
}

/** Makes options that may be repeated, and hold several words with commas between. */
function several<T, B extends About = About>(parse: (word: string, name: string, about: B) => T) {
  return <const A extends B>(about: A): A & Option<readonly T[]> => ({
    ...about,
    parse: (given, name) => splitWords(given).map((word) => parse(word, name, about)),
  });
}

/** One text; several words. */
export const text = one(parseText);
export const words = several(parseText);

function parseText(word: string, name: string): string {
  if (word !== '') return word;
  throw new UsageError(`${name} is empty; give it a value`);
}

/** A whole number; several. */
export const whole = one(parseWhole);
export const wholes = several(parseWhole);

function parseWhole(word: string, name: string, { min, max }: About & Range): number {
  const value = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${name} '${word}' is not a whole number from ${min} to ${max}`);
}

/** A share from 0 to 1; several. */
export const fraction = one(parseFraction);
export const fractions = several(parseFraction);

function parseFraction(word: string, name: string): number {
  const value = decimal(word.trim());
  if (value >= 0 && value <= 1) return value;
  throw new UsageError(`${name} '${word}' is not a number from 0 to 1`);
}

/** Makes options of one of `accepted`; of several. */
export const choice = <const C extends string>(accepted: readonly C[]) =>
  one((word, name) => oneOf(accepted, word, name));
export const choices = <const C extends string>(
  accepted: readonly C[],
  aliases: Readonly<Record<string, C>> = {},
) => several((word, name) => oneOf(accepted, word, name, aliases));

function oneOf<C extends string>(
  accepted: readonly C[],
  word: string,
  name: string,
  aliases: Readonly<Record<string, C>> = {},
): C {
  const found =
    accepted.find((each) => each === word) ??
    (Object.hasOwn(aliases, word) ? aliases[word] : undefined);
  if (found !== undefined) return found;
  const all = [...accepted, ...Object.keys(aliases)];
  const meant = suggestion(word, all);
  throw new UsageError(`${name} '${word}' is not one of ${all.join(', ')}${meant}`);
}

/** It is given or not. */
export function flag<const A extends About>(about: A): A & Option<true> {
  return { ...about, flag: true, parse: () => true };
}

/** Texts of the form `key=value`, each key once (as `clean` has it); values may hold anything. */
export function pairs<const A extends About>(
  form: string,
  about: A,
  clean = (key: string): string => key,
): A & Option<ReadonlyMap<string, string>> {
  const parse = (given: readonly string[], name: string): Map<string, string> => {
    const values = new Map<string, string>();
    for (const word of given) {
      const at = word.indexOf('=');
      if (at < 1) throw new UsageError(`${name} '${word}' is not of the form ${form}`);
      const key = clean(word.slice(0, at));
      if (values.has(key)) throw new UsageError(`${name} ${key} was given twice`);
      values.set(key, word.slice(at + 1));
    }
    return values;
  };
  return { ...about, parse };
}

function single(given: readonly string[], name: string): string {
  if (given.length === 1) return given[0];
  throw new UsageError(`${name} was given ${given.length} times; give it once`);
}

/** All words of texts that may hold several with commas between. */
export function splitWords(given: readonly string[]): string[] {
  return given.flatMap((one) => one.split(',')).map((word) => word.trim());
}

/** `items` without repetitions. */
export function distinct<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}

/**
 * Resolves names by `find`, or refuses them with the list of what there is, `known` to the user, and with
 * the nearest of `words`, where one is near.
 */
export function resolveAll<T>(
  what: string,
  names: readonly string[],
  find: (name: string) => T | undefined,
  known: readonly string[],
  words = known,
): T[] {
  return distinct(
    names.map((name) => {
      const found = find(name);
      if (found !== undefined) return found;
      const meant = suggestion(name, words);
      throw new UsageError(`unknown ${what} '${name}'${meant}; accepted: ${known.join(', ')}`);
    }),
  );
}

/** A word for several of `known`; `what` one of them is. */
export const namesOf = (what: string, known: readonly string[]) => ({
  help: `${what}s: ${known.join(', ')}; all of them by default`,
  parse: (texts: readonly string[]): readonly string[] =>
    resolveAll(what, splitWords(texts), (name) => known.find((one) => one === name), known),
});

/** How the machine at hand is used. */
export const JOBS_OPTION = {
  jobs: whole({
    min: 1,
    max: 256,
    help: 'worker threads: at most, and by default, one a processor core; fewer where memory is short',
    changesNothing: true,
  }),
};

/** Tables as data. */
export const JSON_OPTION = {
  json: flag({
    help: 'tables as JSON on standard output (results/README.md describes it)',
    changesNothing: true,
  }),
};

/** More percentiles than these are a distribution. */
const PERCENTILES_MAX = 10;

/** What of the latency is shown. */
export const PERCENTILES_OPTION = {
  percentiles: {
    default: '50,99,99.9',
    help: 'percentiles of the latency to show, in per cent; those that no column has get one',
    parse: (texts: readonly string[], name: string): readonly number[] => {
      const values = distinct(splitWords(texts).map((word) => parsePercentile(word, name)));
      if (values.length <= PERCENTILES_MAX) return values.sort((a, b) => a - b);
      throw new UsageError(`${name}: ${values.length} were given; at most ${PERCENTILES_MAX}`);
    },
  },
};

function parsePercentile(word: string, name: string): number {
  const value = /^\d+(\.\d+)?$/.test(word) ? Number(word) : Number.NaN;
  if (value > 0 && value <= 100) return value;
  throw new UsageError(`${name} '${word}' is not a number above 0 and up to 100`);
}

/** Tables with all their columns. */
export const WIDE_OPTION = {
  wide: flag({
    help: 'tables with all columns and digits, instead of those that fit the screen',
    changesNothing: true,
  }),
};

const SEED_RANGE = { min: 0, max: 2 ** 32 - 1 };

/** The seed of one run. */
export const SEED_OPTION = {
  seed: whole({ ...SEED_RANGE, default: DEFAULT_SEED, help: 'seed of everything random' }),
};

/** Seeds of several runs. */
export const SEEDS_OPTIONS = {
  seed: wholes({
    ...SEED_RANGE,
    default: DEFAULT_SEED,
    help: 'seed of everything random; several values',
  }),
  seeds: whole({
    min: 1,
    max: 1000,
    help:
      'so many seeds, from --seed on: means with 95 % bootstrap intervals, too narrow below ' +
      `${ENOUGH_VALUES} seeds`,
  }),
};

/** The seeds of `--seed A,B,..`, or of `--seeds N`: N of them from the first on. */
export function chosenSeeds({ seed, seeds }: Values<typeof SEEDS_OPTIONS>): readonly number[] {
  const all = distinct(seed);
  if (seeds === undefined) return all;
  if (all.length > 1) throw new UsageError('--seeds counts from one --seed; several were given');
  if (all[0] + seeds - 1 > SEED_RANGE.max) {
    throw new UsageError(`--seeds ${seeds}: beyond seed ${SEED_RANGE.max}`);
  }
  return Array.from({ length: seeds }, (_, i) => all[0] + i);
}
