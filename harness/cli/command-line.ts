/**
 * The command line as a function: words in, exit code and message out. Exit codes: 0 done; 1 the work
 * failed (a file, a disk, a failed check); 2 wrong input. Users' errors are one message; stack
 * traces are for defects of this program, or for all errors when asked for.
 */

import yargs from 'yargs';
import { exitCodeOf, nearest, UsageError } from '../host/index.ts';
import type { Arguments, Command } from './command.ts';
import { COMMANDS } from './commands/index.ts';

/** How a command line ended. `message` is for stderr, empty when all is well. */
export interface Ending {
  readonly exitCode: 0 | 1 | 2;
  readonly message: string;
}

/** Runs the command that `words` name. Results go to stdout. Never throws. */
export async function runCommandLine(
  words: readonly string[],
  { alwaysTrace }: { alwaysTrace: boolean },
): Promise<Ending> {
  try {
    await parserOf(words).parseAsync();
    return { exitCode: 0, message: '' };
  } catch (error) {
    const exitCode = exitCodeOf(error);
    const shown = error instanceof Error ? error : new Error(String(error));
    const traced = exitCode === undefined || alwaysTrace;
    const message = traced ? (shown.stack ?? shown.message) : shown.message;
    return { exitCode: exitCode ?? 1, message };
  }
}

/** The parser of the command line `words`, which it checks strictly. */
export function parserOf(words: readonly string[]): ReturnType<typeof yargs> {
  const parser = yargs([...words])
    .scriptName('pmirror')
    .usage('$0 <command>\n\nWhat an exact, durable replica of persistent memory over RDMA costs.')
    .version(false)
    .strict()
    .parserConfiguration({ 'parse-numbers': false, 'parse-positional-numbers': false })
    .demandCommand(1, 'no command given')
    .wrap(100)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(refusal(message, words));
    });
  for (const command of COMMANDS) addCommand(parser, command);
  return parser;
}

function addCommand(parser: ReturnType<typeof yargs>, command: Command): void {
  parser.command(
    command.usage,
    command.summary,
    (builder) => {
      for (const [name, describe] of Object.entries(command.positionals)) {
        builder.positional(name, { type: 'string', describe });
      }
      for (const [line, about] of command.examples) builder.example(line, about);
      if (command.options.output !== undefined) builder.epilogue(FILES_NOTE);
      return builder.options(command.options);
    },
    (given) => command.run(given as unknown as Arguments),
  );
}

const nameOf = (command: Command): string => command.usage.split(' ')[0];

const FILES_NOTE =
  'Files are written whole or not at all; directories on the way to them are made.';

/** What yargs found wrong, with what the command accepts. */
function refusal(found: string, words: readonly string[]): string {
  const [name] = words;
  const command = COMMANDS.find((one) => nameOf(one) === name);
  if (command === undefined) {
    const names = COMMANDS.map(nameOf);
    const isWord = name !== undefined && !name.startsWith('-');
    const what = isWord ? `unknown command '${name}'${meant(nearest(name, names))}` : found;
    return `${what}; commands: ${names.join(', ')} (pmirror --help explains them)`;
  }
  const options = Object.entries(command.options).flatMap(([option, { alias }]) =>
    [option, ...[alias ?? []].flat()].map((one) => `--${one}`),
  );
  const accepted = options.length > 0 ? `accepts ${options.join(', ')}` : 'takes no options';
  const help = `pmirror ${nameOf(command)} --help explains them`;
  const what = unknownWords(found, words, options) ?? found;
  return `${what}; pmirror ${command.usage} ${accepted} (${help})`;
}

const meant = (word: string | undefined): string =>
  word === undefined ? '' : `: did you mean ${word}?`;

/** The words that yargs did not know, as they were given; undefined if it found something else. */
function unknownWords(
  found: string,
  words: readonly string[],
  options: readonly string[],
): string | undefined {
  const unknown = /^Unknown arguments?: (.*)$/.exec(found)?.[1].split(', ');
  if (unknown === undefined) return undefined;
  const given = unknown.flatMap((one) => {
    const option = words.find((word) => word.replace(/^--?([^=]*).*$/, '$1') === one);
    if (option === undefined || !option.startsWith('-')) {
      return words.includes(one) ? [`unexpected word '${one}'`] : [];
    }
    const name = option.replace(/=.*$/, '');
    return [`unknown option ${name}${meant(nearest(name, options))}`];
  });
  return given.length > 0 ? given.join(', ') : undefined;
}
