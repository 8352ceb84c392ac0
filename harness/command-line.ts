/**
 * The command line as a function: words in, exit code and message out. Exit codes: 0 done; 1 the work
 * failed (a file, a disk, a failed check); 2 wrong input. Users' errors are one message; stack
 * traces are for defects of this program, or for all errors when asked for.
 */

import yargs from 'yargs';
import type { Arguments, Command } from './commands/command.ts';
import { COMMANDS } from './commands/index.ts';
import { exitCodeOf, UsageError } from './errors.ts';

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
      return builder.options(command.options);
    },
    (given) => command.run(given as unknown as Arguments),
  );
}

const nameOf = (command: Command): string => command.usage.split(' ')[0];

/** What yargs found wrong, with what the command accepts. */
function refusal(found: string, words: readonly string[]): string {
  const command = COMMANDS.find((one) => nameOf(one) === words[0]);
  if (command === undefined) {
    const names = COMMANDS.map(nameOf).join(', ');
    return `${found}; commands: ${names} (pmirror --help explains them)`;
  }
  const options = Object.keys(command.options).map((name) => `--${name}`);
  const accepted = options.length > 0 ? `accepts ${options.join(', ')}` : 'takes no options';
  const help = `pmirror ${nameOf(command)} --help explains them`;
  return `${found}; pmirror ${command.usage} ${accepted} (${help})`;
}
