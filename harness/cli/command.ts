/** What a command of the command line is, and a program. */

import { refuseSameFile } from '../host/index.ts';
import { Answer } from './answer.ts';
import { runningCommit } from './manifest.ts';
import {
  filesOf,
  type Given,
  type OptionTable,
  readyValues,
  type Values,
  valuesOf,
} from './options.ts';

/** A command, `pmirror NAME`, as data. */
interface About<W extends OptionTable, O extends OptionTable> {
  /** As typed, with positional words in yargs' notation: `explain <program>`. */
  readonly usage: string;
  readonly summary: string;
  /** Positional words, by the names that `usage` has for them. */
  readonly words: W;
  readonly options: O;
  /** Lines for --help. */
  readonly examples: readonly (readonly [string, string])[];
}

export interface Command extends About<OptionTable, OptionTable> {
  /** Reads what was given and compares the paths. Throws UsageError or FailureError. */
  parse(given: Given, words: readonly string[]): void;
  /** Does it, as typed in `words`. Throws UsageError or FailureError; nothing is half-written then. */
  run(given: Given, words: readonly string[]): Promise<void>;
}

/** A program: several commands, or one whose usage begins with `$0`. */
export interface Program {
  /** As one types it: `pmirror`, `npm run figures --`. */
  readonly name: string;
  /** What stands before its messages. */
  readonly short: string;
  readonly about: string;
  readonly commands: readonly Command[];
}

/** The command that does `run` with the values of what was given. */
export function command<W extends OptionTable, O extends OptionTable>(
  about: About<W, O>,
  run: (values: Values<W> & Values<O>, given: Given, answer: Answer) => Promise<void>,
): Command {
  const { words, options } = about;
  const parse = (given: Given, typed: readonly string[]) => {
    const files = [...filesOf(words, given, ''), ...filesOf(options, given, '--')];
    refuseSameFile(files);
    const values = { ...valuesOf(words, given, ''), ...valuesOf(options, given, '--') };
    return { files, values, answer: new Answer(typed, values) };
  };
  return {
    ...about,
    parse,
    run: async (given, typed) => {
      const { files, values, answer } = parse(given, typed);
      // Of what the rows are made is asked before: there may be another commit when they are.
      if (files.some(({ use }) => use === 'write')) runningCommit();
      try {
        await run(await readyValues({ ...words, ...options }, values), given, answer);
        answer.write();
      } finally {
        // What was found is told, also where it is a failure.
        answer.end();
      }
    },
  };
}
