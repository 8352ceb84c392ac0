/**
 * Options that name files. Each says which before anything runs, so that none is overwritten that is read
 * or written for another. A path that cannot be written costs no more than the message.
 */

import { statSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import {
  besideDatabase,
  FailureError,
  isStandardInput,
  requireWritable,
  UsageError,
} from '../host/index.ts';
import { manifestPath } from './manifest.ts';
import { type About, type OptionFile, one } from './options.ts';

/** What an option that is given as a file holds for standard output. */
export const STANDARD_OUTPUT = '-';

const isStandardOutput = (word: string): boolean =>
  ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'].includes(word);

/** Throws UsageError for a path that is empty, which would be that of the directory at hand. */
function refuseEmpty(word: string, name: string): void {
  if (word === '') throw new UsageError(`${name} is empty; give it a path`);
}

/** The path of a file to write, and of no CSV file. */
export const outputFile = <const A extends About>(about: A) => ({
  ...one((word, name) => {
    if (isStandardOutput(word)) {
      throw new UsageError(`${name} '${word}': it must be a file, not standard output`);
    }
    return writableFile(word, name);
  })({ ...about, changesNothing: true }),
  files: (texts: readonly string[]) => texts.filter(isFile).map((text) => written(userPath(text))),
});

/** The path of a text to write, or standard output. */
export const textOutput = <const A extends About>(about: A) => ({
  ...outputFile(about),
  ...one((word, name) => (isStandardOutput(word) ? STANDARD_OUTPUT : writableFile(word, name)))({
    ...about,
    changesNothing: true,
  }),
});

/** The path of a CSV file to write, with its manifest beside it, or standard output. */
export const output = <const A extends About>(about: A) =>
  withOthers(
    {
      ...outputFile(about),
      ...one((word, name) => {
        if (isStandardOutput(word)) return STANDARD_OUTPUT;
        return writableCsv(writableFile(word, name));
      })({ ...about, changesNothing: true }),
    },
    (path) => [manifestPath(path)],
  );

/** An output of several files: `othersOf` says which beside the one at `path`. */
export const withOthers = <O extends { files(texts: readonly string[]): OptionFile[] }>(
  option: O,
  othersOf: (path: string) => readonly string[],
): O => ({
  ...option,
  files: (texts: readonly string[]) => [
    ...option.files(texts),
    ...texts.filter(isFile).flatMap((text) => othersOf(resolve(userPath(text))).map(writtenPart)),
  ],
});

/** A directory to write CSV files of these names to, with manifests, or standard output for the first. */
export const outputDirectory = <const A extends About>(about: A, names: readonly string[]) => ({
  ...one((word, name) => {
    if (isStandardOutput(word)) return STANDARD_OUTPUT;
    refuseEmpty(word, name);
    const path = userPath(word);
    const isNamedSo = /\.(csv|tsv|txt|json|gz|db)$/i.test(word);
    if (!(isDirectory(path) ?? !isNamedSo)) {
      const [wanted] = about.help.split(' (');
      throw new UsageError(
        `${name} takes a directory, ${wanted}; '${word}' is a file, or named so`,
      );
    }
    return path;
  })({ ...about, changesNothing: true }),
  files: (texts: readonly string[]): OptionFile[] =>
    texts.filter(isFile).flatMap((text) => {
      const paths = names.map((name) => join(userPath(text), name));
      return [...paths, ...paths.map(manifestPath)].map(writtenPart);
    }),
});

/**
 * The paths of files to write, by what they hold, which the endings of their names say: one of each
 * at most. The option may be repeated.
 */
export const outputs = <const E extends string, const A extends About>(
  endings: readonly E[],
  about: A,
) => ({
  ...about,
  changesNothing: true as const,
  parse(given: readonly string[], name: string): ReadonlyMap<E, string> {
    const paths = new Map<E, string>();
    for (const word of given) {
      const ending = endings.find((one) => word.endsWith(one));
      if (ending === undefined) {
        throw new UsageError(`${name} '${word}' does not end in one of ${endings.join(', ')}`);
      }
      if (paths.has(ending)) throw new UsageError(`${name}: two files end in ${ending}; give one`);
      paths.set(ending, writableFile(word, name));
    }
    return paths;
  },
  files: (texts: readonly string[]) => texts.map((text) => written(userPath(text))),
});

const isFile = (word: string): boolean => !isStandardOutput(word);

const written = (path: string): OptionFile => ({ path, use: 'write' });

const writtenPart = (path: string): OptionFile => ({ ...written(path), part: basename(path) });

/** What is read; standard input is no file. */
export const readFiles = (words: readonly string[]): OptionFile[] =>
  words
    .filter((word) => !isStandardInput(word))
    .map((word) => ({ path: userPath(word), use: 'read' }));

/** Databases that are read, or files of other kinds, beside which there are none of SQLite's. */
export const readDatabases = (words: readonly string[]): OptionFile[] =>
  readFiles(words).flatMap((file) => [
    file,
    ...besideDatabase(file.path).map((path) => ({ ...file, path, part: basename(path) })),
  ]);

function writableFile(word: string, name: string): string {
  refuseEmpty(word, name);
  const path = userPath(word);
  if (isDirectory(path) ?? /\/$/.test(word)) {
    throw new FailureError(`cannot write ${word}: ${name} takes a file, and this is a directory`);
  }
  return writablePath(path);
}

/** Whether it is one; undefined where there is nothing, or nothing that can be looked at. */
function isDirectory(path: string): boolean | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory();
  } catch {
    // Writing there says why.
    return undefined;
  }
}

/** `path`, of a file that can be written. Throws FailureError. */
export function writablePath(path: string): string {
  requireWritable(path);
  return path;
}

/** `path`, of a CSV file that can be written with its manifest. Throws FailureError. */
export function writableCsv(path: string): string {
  writablePath(manifestPath(path));
  return writablePath(path);
}

/** A path as the user meant it: npm runs scripts in the package's own directory. */
export function userPath(path: string): string {
  const start = process.env.npm_lifecycle_event === undefined ? undefined : process.env.INIT_CWD;
  return isAbsolute(path) ? path : resolve(directory ?? start ?? process.cwd(), path);
}

/** What paths are relative to, where that is not where the user is. */
let directory: string | undefined;

/** Does `work`, in which paths are relative to `base`, as those in a file there are. */
export function relativeTo<T>(base: string, work: () => T): T {
  const before = directory;
  directory = base;
  try {
    return work();
  } finally {
    directory = before;
  }
}
