/**
 * Command lines, made of what commands declare: their options with ranges and defaults, and the words that
 * their help and their refusals name. So an option that is new is fuzzed without a line here.
 */

import fc from 'fast-check';
import type { Command } from '../../harness/cli/command.ts';
import type { Option } from '../../harness/cli/options.ts';
import { PROFILES, quantities, VALUE_GROUPS } from '../../rdma/index.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import { SOME_PLAN, SOME_TRACE } from './small.ts';
import { NASTY_NUMBERS, nastyWord } from './text.ts';

/** Quantities of a profile and groups of them, by which `--set` and others name them. */
export const PATHS: readonly string[] = [
  ...quantities(PROFILES[0]).map(([path]) => path),
  ...VALUE_GROUPS.map(({ name }) => name),
  'memory.persistenceDomain',
];

/** Parameters of workloads, each with its workload. */
export const PARAMETERS = WORKLOADS.flatMap(({ name, parameters }) =>
  Object.entries(parameters).map(([key, parameter]) => ({ workload: name, key, parameter })),
);

/** Files of a case that any option may name, and what is in them. */
export const SOME_FILES: Readonly<Record<string, string>> = {
  'p.json': '{"name": "mine", "summary": "s", "extends": "cxl"}',
  't.log': SOME_TRACE,
  'p.yaml': SOME_PLAN,
  'm.csv': 'quantity,value,unit\npcie.postedNs,150,ns\n',
  'dir/x.csv': 'a,b\n1,2\n',
};

const PLACES: readonly string[] = [
  ...[...Object.keys(SOME_FILES), 'dir', 'dir/', 'new/', 'new/a.csv', 'a.csv', './a.csv', 'b.json'],
  ...['a.svg', 'no/../a.csv', '-', '/dev/null', '/dev/stdin', '/dev/fd/1', 'a.csv.manifest.json'],
  ...[
    '/no/such/file',
    '/proc/x.csv',
    'dir/x.csv/y',
    '-a.csv',
    "a'b.csv",
    'a b.csv',
    'é.csv',
    'x.ts',
  ],
];

/** Words that make work long, where commands take them. */
const LONG_WORK = ['all', 'medium', 'large'];

/** What messages and help name: `accepted: a, b`, `such as x=1`. */
const wordsIn = (text: string): string[] => text.split(/[\s,;()'"]+/).filter((word) => word !== '');

/** What `option` says when it is given a word that nothing is called. */
function refusalOf(option: Option): string {
  try {
    option.parse(['~?'], 'it');
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

function isAccepted(option: Option, word: string): boolean {
  try {
    option.parse([word], 'it');
    return true;
  } catch {
    return false;
  }
}

/** Words that `option` takes and that cost little. */
function acceptedBy(option: Option): string[] {
  const { help, default: usual, min } = option;
  const pairs = [...PATHS, ...PARAMETERS.map(({ key }) => key)].map((name) => `${name}=2`);
  const candidates = new Set([
    ...wordsIn(help),
    ...wordsIn(refusalOf(option)),
    ...(usual === undefined ? [] : [String(usual)]),
    ...(min === undefined ? [] : [min, min + 1, min + 3].map(String)),
    ...[
      '0:2',
      '1:cxl',
      '0:optane-cx5',
      '0:0:100',
      '0x1000-0x2000',
      '50',
      '0.5',
      'A',
      'pcie.postedNs',
    ],
    ...pairs,
  ]);
  const isMuch = (word: string) => min !== undefined && Number(word) > min + 3;
  const words = [...candidates].filter((word) => !LONG_WORK.includes(word) && !isMuch(word));
  return words.filter((word) => isAccepted(option, word));
}

/** Commands share options. */
const texts = new Map<Option, fc.Arbitrary<string>>();

/** A text for `option`: mostly one that it takes. */
function textFor(option: Option): fc.Arbitrary<string> {
  const made = texts.get(option) ?? newTextFor(option);
  texts.set(option, made);
  return made;
}

function newTextFor(option: Option): fc.Arbitrary<string> {
  const accepted = acceptedBy(option);
  const named = /file|director|path/i.test(option.help) || option.files !== undefined;
  const good = fc.constantFrom(...(accepted.length > 0 ? accepted : ['x']));
  // Numbers beyond what is taken; those that are taken and large would only take long.
  const numbers = NASTY_NUMBERS.filter((word) => !isAccepted(option, word) || word.length < 2);
  return fc.oneof(
    { arbitrary: good, weight: 6 },
    { arbitrary: fc.constantFrom(...(named ? PLACES : ['x'])), weight: named ? 6 : 0 },
    { arbitrary: fc.constantFrom(...numbers), weight: 1 },
    { arbitrary: nastyWord.filter((word) => !isLong(option, word)), weight: 1 },
    { arbitrary: fc.tuple(good, good).map((both) => both.join(',')), weight: 1 },
  );
}

const isLong = (option: Option, word: string): boolean =>
  LONG_WORK.includes(word) || (/\d{2}/.test(word) && isAccepted(option, word));

/** A NUL ends the word of a process: none has one. */
const withoutNul = (word: string): string => word.replaceAll('\0', '');

/** `--name value`, in one of the ways of typing it. */
function typedOption([name, option]: readonly [string, Option]): fc.Arbitrary<string[]> {
  const spelt = fc.constantFrom(`--${name}`, ...(option.alias ? [`--${option.alias}`] : []));
  if (option.flag) {
    return fc.tuple(spelt, fc.nat({ max: 9 })).map(([word, n]) => [n === 0 ? `${word}=x` : word]);
  }
  return fc
    .tuple(spelt, textFor(option), fc.nat({ max: 9 }))
    .map(([word, text, n]) => (n === 0 ? [word] : n < 4 ? [`${word}=${text}`] : [word, text]))
    .map((words) => words.map(withoutNul));
}

/** Words that are no option of any command. */
const STRAY = fc.oneof(
  nastyWord,
  nastyWord.map((word) => `--${word}`),
  fc.constantFrom(
    '--',
    '--help',
    '-h',
    '--version',
    '-V',
    '--no-color',
    '-x',
    '--no-json',
    '--seed.x',
  ),
);

/** Command lines of `command` after `first`, its name and words that make its work small. */
export function linesOf(
  command: Command,
  first: readonly string[],
  { leaveOut = [] }: { readonly leaveOut?: readonly string[] } = {},
): fc.Arbitrary<string[]> {
  const options = Object.entries(command.options).filter(
    ([name]) => !leaveOut.includes(name) && !first.includes(`--${name}`),
  );
  const positional = Object.values(command.words).map((word) => textFor(word));
  const words = fc.tuple(...positional).map((all) => all.map(withoutNul));
  const chosen =
    options.length === 0
      ? fc.constant([])
      : fc.array(fc.oneof(...options.map(typedOption)), { maxLength: 4 });
  const stray = fc.array(STRAY.map(withoutNul), { maxLength: 1 });
  const rarely = fc.nat({ max: 7 });
  return fc
    .tuple(words, chosen, stray, rarely)
    .map(([own, given, more, n]) => [
      ...first,
      ...(first.length > 1 ? [] : own),
      ...given.flat(),
      ...(n === 0 ? more : []),
    ]);
}
