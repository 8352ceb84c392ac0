/** The command line of a sweep as a plan, which runs the same cells. */

import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { stringify } from 'yaml';
import { isPluginFile } from '../../bench/index.ts';
import { isStandardInput, UsageError } from '../../host/index.ts';
import { userPath } from '../file-options.ts';
import { type Given, type OptionTable, splitWords } from '../options.ts';
import { isProfileFile } from '../profiles.ts';
import { PROGRAMS_WORD, programNames } from '../programs.ts';
import { SWEEP_OPTIONS } from '../swept.ts';
import { keyOf } from './schema.ts';

/** Options whose text is one value, whatever is in it. */
const WHOLE: readonly string[] = ['tx-marker'];

/** The plan of `programs` and what was `given`, for a file in `directory`. */
export function planText(programs: readonly string[], given: Given, directory: string): string {
  const path = (word: string) => `./${relative(directory, userPath(word))}`;
  const plan: Record<string, unknown> = {
    programs: listOf(programNames(programs).map((name) => (isFile(name) ? path(name) : name))),
  };
  const options: OptionTable = SWEEP_OPTIONS;
  for (const name of Object.keys(options)) {
    const texts = given.get(name);
    if (texts === undefined) continue;
    plan[keyOf(name)] = options[name].flag ? true : shaped(name, texts, path);
  }
  return stringify(plan, { lineWidth: 0 });
}

/** Whether a word for a program is the path of a file. */
function isFile(name: string): boolean {
  if (isStandardInput(name)) {
    throw new UsageError('--save-plan: a plan takes traces from files, and not the standard input');
  }
  if (isPluginFile(name)) return true;
  const [program] = PROGRAMS_WORD.parse([name]);
  if (program.kind === 'workload' || program.example !== undefined) return false;
  if (statSync(program.file, { throwIfNoEntry: false })?.isFile()) return true;
  throw new UsageError(`--save-plan: a plan takes traces from files, and ${name} is none`);
}

function shaped(name: string, texts: readonly string[], path: (word: string) => string): unknown {
  if (name === 'vary') return pairsOf(texts, (text) => text.lastIndexOf('='));
  if (name === 'set' || name === 'param') return pairsOf(texts, (text) => text.indexOf('='));
  if (name === 'replica') return replicasOf(texts, path);
  if (WHOLE.includes(name)) return listOf(texts);
  const isPath = (word: string) =>
    (name === 'backend' && isPluginFile(word)) || (name === 'profile' && isProfileFile(word));
  return listOf(splitWords(texts).map((word) => (isPath(word) ? path(word) : word)));
}

function pairsOf(texts: readonly string[], at: (text: string) => number): Record<string, unknown> {
  return Object.fromEntries(
    texts.map((text) => [text.slice(0, at(text)).trim(), scalar(text.slice(at(text) + 1))]),
  );
}

/** `1:optane-cx5` and `1:ddio.enabled=0` by replica. */
function replicasOf(
  texts: readonly string[],
  path: (word: string) => string,
): Record<string, { profile?: string; set?: Record<string, unknown> }> {
  const replicas: Record<string, { profile?: string; set?: Record<string, unknown> }> = {};
  let index = '';
  for (const word of texts.flatMap((text) => splitWords([text]))) {
    const [, number = index, rest] = /^(?:(\d+):)?(.*)$/s.exec(word) ?? [];
    index = number;
    const known = replicas[index] ?? {};
    replicas[index] = rest.includes('=')
      ? { ...known, set: { ...known.set, ...pairsOf([rest], (text) => text.indexOf('=')) } }
      : { ...known, profile: isProfileFile(rest) ? path(rest) : rest };
  }
  return replicas;
}

const listOf = (words: readonly string[]): unknown =>
  words.length === 1 ? scalar(words[0]) : words.map(scalar);

/** Numbers without quotes, where they are the same then. */
const scalar = (text: string): string | number =>
  text !== '' && String(Number(text)) === text ? Number(text) : text;
