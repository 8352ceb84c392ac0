/**
 * The command line as a function: words in, exit code and message out. Exit codes: 0 done; 1 the work
 * failed (a file, a disk, a failed check); 2 wrong input. Users' errors are one message; stack
 * traces are for defects of this program, or for all errors when asked for.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import yargs from 'yargs';
import { suggestion } from '../../pm/nearest.ts';
import { printableLines } from '../../pm/printable.ts';
import { currentScreen, exitCodeOf, shownError, UsageError, withoutColour } from '../host/index.ts';
import type { Command, Program } from './command.ts';
import { commandsFor } from './commands/index.ts';
import { type Given, helpOf, type OptionTable } from './options.ts';

/** The program of `npm run pmirror`, with as many of its commands as `words` ask for. */
export async function pmirrorFor(words: readonly string[]): Promise<Program> {
  return {
    name: 'pmirror',
    short: 'pmirror',
    about: 'What an exact, durable replica of persistent memory over RDMA costs.',
    commands: await commandsFor(words),
  };
}

const PACKAGE = join(import.meta.dirname, '..', '..', 'package.json');

function versionOf(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** How a command line ended. `message` is for stderr, empty when all is well. */
export interface Ending {
  readonly exitCode: 0 | 1 | 2;
  readonly message: string;
}

/** Runs the command of `program`, if not given of `pmirror`, that `words` name. Results go to stdout. Never throws. */
export async function runCommandLine(
  words: readonly string[],
  { alwaysTrace, program }: { readonly alwaysTrace: boolean; readonly program?: Program },
): Promise<Ending> {
  try {
    const given = withoutSeparator(words);
    await parserOf(given, program ?? (await pmirrorFor(given))).parseAsync();
    return { exitCode: 0, message: '' };
  } catch (error) {
    const shown = shownError(error);
    const exitCode = exitCodeOf(shown);
    const traced = exitCode === undefined || alwaysTrace;
    const message = traced ? (shown.stack ?? shown.message) : shown.message;
    return { exitCode: exitCode ?? 1, message: printableLines(message, words.flatMap(piecesOf)) };
  }
}

/**
 * `words` without a leading `--`, which is left over from npm's own command line. Elsewhere it would
 * hide words from the command: throws UsageError.
 */
function withoutSeparator(words: readonly string[]): readonly string[] {
  if (words[0] === '--') return withoutSeparator(words.slice(1));
  if (!words.includes('--')) return words;
  throw new UsageError(
    "unexpected word '--': leave it out; a file whose name begins with a dash is ./-name",
  );
}

/** A word and what it may be taken apart into, as messages name it. */
const piecesOf = (word: string): string[] => [word, ...word.split(/[=,/]/)];

/** The parser of the command line `words` of `program`, which it checks strictly. */
export function parserOf(words: readonly string[], program: Program): ReturnType<typeof yargs> {
  refuseValues(words, program);
  const parser = yargs(withOwned(withDashes(words, program), program))
    .scriptName(program.name)
    .usage(`${isSingle(program) ? program.name : '$0 <command>'}\n\n${program.about}`)
    .version('version', 'show the version', `${program.short} ${versionOf(PACKAGE)}`)
    .alias('version', 'V')
    .help('help', 'show what a command does, and its options')
    .alias('help', 'h')
    .option('no-color', {
      type: 'boolean',
      describe: 'no colours (as with NO_COLOR)',
      global: true,
    })
    .middleware((parsed) => {
      if (parsed['no-color'] === true) withoutColour();
    }, true)
    .locale('en')
    .strict()
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'boolean-negation': false,
    })
    .demandCommand(isSingle(program) ? 0 : 1, 'no command given')
    .wrap(currentScreen().width)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(refusal(message, words, program));
    });
  for (const command of program.commands) addCommand(parser, command, words);
  return parser;
}

/** Whether a program has one command, which is not named. */
const isSingle = ({ commands }: Program): boolean => commands[0].usage.startsWith('$0');

const commandOf = (program: Program, [name]: readonly string[]): Command | undefined =>
  isSingle(program)
    ? program.commands[0]
    : program.commands.find((command) => nameOf(command) === name);

/** Throws UsageError for a value of an option that has none, which yargs would not look at. */
function refuseValues(words: readonly string[], program: Program): void {
  const flags = Object.entries(commandOf(program, words)?.options ?? {}).flatMap(
    ([name, { flag, alias }]) => (flag ? [`--${name}`, `--${alias}`] : []),
  );
  for (const word of words) {
    const [typed, value] = word.split(/=(.*)/s);
    if (value === undefined || ![...flags, ...GENERAL_OPTIONS].includes(typed)) continue;
    throw new UsageError(`${typed} takes no value; '${value}' was given`);
  }
}

/**
 * `words` with those joined to their option that yargs takes for no value: a dash, which elsewhere is the standard
 * input, and of some options whatever begins with one.
 */
function withDashes(words: readonly string[], program: Program): string[] {
  const options = commandOf(program, words)?.options ?? {};
  const joined: string[] = [];
  for (const word of words) {
    const last = joined.at(-1) ?? '';
    const option = Object.entries(options).find(([name, { alias }]) =>
      [`--${name}`, `--${alias}`].includes(last),
    );
    const isValue = word === '-' ? !option?.[1].flag : option?.[1].dashed && word.startsWith('-');
    if (option !== undefined && isValue) joined.splice(-1, 1, `${last}=${word}`);
    else joined.push(word === '-' ? '/dev/stdin' : word);
  }
  return joined;
}

/** `words` with what stands directly behind an option that owns it as part of that option (see `About`). */
function withOwned(words: readonly string[], program: Program): readonly string[] {
  const options = commandOf(program, words)?.options ?? {};
  const rewritten: string[] = [];
  for (let at = 0; at < words.length; ) {
    const owner = valueAt(words, at);
    const owned: string[] = [];
    let next = at + (owner?.length ?? 1);
    for (;;) {
      const value = valueAt(words, next);
      // With more than a number it says itself what it is about.
      if (owner === undefined || value === undefined || !/^\d+$/.test(owner.value)) break;
      if (!options[owner.option]?.owns?.includes(value.option)) break;
      owned.push(`--${owner.option}`, `${owner.value}:${value.value}`);
      next += value.length;
    }
    rewritten.push(...(owned.length > 0 ? owned : words.slice(at, next)));
    at = next;
  }
  return rewritten;
}

/** The option at `at` with its value, `--a b` or `--a=b`; undefined if there is none. */
function valueAt(words: readonly string[], at: number) {
  const found = /^--([a-z-]+)(?:=(.*))?$/s.exec(words[at] ?? '');
  if (found === null) return undefined;
  const [, option, joined] = found;
  if (joined !== undefined) return { option, value: joined, length: 1 };
  const value = words[at + 1];
  return value === undefined || value.startsWith('--') ? undefined : { option, value, length: 2 };
}

function addCommand(
  parser: ReturnType<typeof yargs>,
  command: Command,
  typed: readonly string[],
): void {
  const { words, options } = command;
  parser.command(
    command.usage,
    command.summary,
    (builder) => {
      for (const [name, word] of Object.entries(words)) {
        builder.positional(name, { type: 'string', describe: helpOf(word) });
      }
      for (const [name, option] of Object.entries(options)) {
        const { alias, flag } = option;
        const type = flag ? 'boolean' : 'string';
        builder.option(name, { type, alias, describe: helpOf(option) });
      }
      for (const [line, about] of command.examples) builder.example(line, about);
      if (Object.hasOwn(options, 'output')) builder.epilogue(FILES_NOTE);
    },
    (parsed) => command.run(givenTo({ ...words, ...options }, parsed), typed),
  );
}

/** What yargs parsed of the options in `table`; a flag that was given has no text. */
function givenTo(table: OptionTable, parsed: Readonly<Record<string, unknown>>): Given {
  const given = new Map<string, readonly string[]>();
  for (const name of Object.keys(table)) {
    const value = Object.hasOwn(parsed, name) ? parsed[name] : undefined;
    const texts = [value].flat().filter((one) => typeof one === 'string');
    if (texts.length > 0 || value === true) given.set(name, texts);
  }
  return given;
}

const nameOf = (command: Command): string => command.usage.split(' ')[0];

const FILES_NOTE =
  'Files are written whole or not at all; directories on the way to them are made. A CSV file has a ' +
  'manifest beside it: what produced it. - for a CSV file is standard output.';

/** What every command accepts. */
const GENERAL_OPTIONS = ['--help', '--version', '--no-color'];

/** What yargs found wrong, with what the command accepts. */
function refusal(found: string, words: readonly string[], program: Program): string {
  const [name] = words;
  const command = commandOf(program, words);
  if (command === undefined) {
    const names = program.commands.map(nameOf);
    const isWord = name !== undefined && !name.startsWith('-');
    const what = isWord ? `unknown command '${name}'${suggestion(name, names)}` : found;
    return `${what}; commands: ${names.join(', ')} (${program.name} --help explains them)`;
  }
  const own = Object.entries(command.options).flatMap(([option, { alias }]) =>
    [option, alias ?? []].flat().map((one) => `--${one}`),
  );
  const options = [...own, ...GENERAL_OPTIONS];
  const accepted = own.length > 0 ? `accepts ${own.join(', ')}` : 'takes no options';
  const typed = (usage: string) =>
    isSingle(program) ? usage.replace('$0', program.name) : `${program.name} ${usage}`;
  const help = `${typed(nameOf(command))} --help explains them`;
  const what = unknownWords(found, words, options) ?? found;
  return `${what}; ${typed(command.usage)} ${accepted} (${help})`;
}

/** The words that yargs did not know, as they were given; undefined if it found something else. */
function unknownWords(
  found: string,
  words: readonly string[],
  options: readonly string[],
): string | undefined {
  const unknown = /^Unknown arguments?: (.*)$/.exec(found)?.[1].split(', ');
  if (unknown === undefined) return undefined;
  const given = unknown.flatMap((name) => {
    // yargs gives this one another name, so that it harms nobody.
    const one = name.replace('___proto___', '__proto__');
    // Of -seed yargs knows the letters only.
    const isLetter = (word: string) => one.length === 1 && /^-[a-z]{2,}/i.test(word);
    const option =
      words.find((word) => word.replace(/^--?([^=]*).*$/, '$1') === one) ??
      words.find((word) => isLetter(word) && word.includes(one));
    if (option === undefined || !option.startsWith('-')) {
      return words.includes(one) ? [`unexpected word '${one}'`] : [];
    }
    const typed = option.replace(/=.*$/, '');
    return [`unknown option ${typed}${suggestion(typed, options)}`];
  });
  return given.length > 0 ? [...new Set(given)].join(', ') : undefined;
}
