/** Targets that are command lines: their options are read, or small ones are run. */

import fc from 'fast-check';
import { allCommands } from '../../harness/cli/commands/index.ts';
import { type Case, PROGRAMS } from './case.ts';
import { FEW, TRANSACT } from './small.ts';
import { nastyWord } from './text.ts';
import { linesOf, SOME_FILES } from './words.ts';

/**
 * Commands whose work can be made small, by words. Of all others options are read and paths compared, and
 * nothing is done.
 */
const COMMANDS = await allCommands();

const SMALL: Readonly<Record<string, readonly (readonly string[])[]>> = {
  run: [TRANSACT, ['ctree', ...FEW], ['t.log'], ['transact', 't.log']],
  replay: [['t.log'], ['t.log', '--tx-marker', 'A']],
  sweep: [[...TRANSACT, '--vary', 'epochs=1,2'], ['t.log', '--vary', 'rtt=500,900'], ['p.yaml']],
  plan: [['p.yaml'], ['--schema']],
  explain: [TRANSACT, ['t.log']],
  timeline: [
    [...TRANSACT.slice(0, 1), '--run-transactions', '3', '--transactions', '1'],
    ['t.log'],
  ],
  analyze: [TRANSACT, ['t.log']],
  export: [['transact', '--transactions', '3']],
  list: [[], ['transact'], ['cxl']],
  profile: [[], ['template'], ['schema'], ['show', 'cxl'], ['quantities']],
  results: [
    ['export', '--tidy', '--from', 'dir/x.csv'],
    ['list', '--db', 'p.json'],
    ['compare', 'dir/x.csv', 'm.csv'],
    ['merge', 'no.db'],
  ],
  'bench-transact': [['--epochs', '1', '--lines', '1', '--transactions', '2']],
  'crash-check': [['t.log', '--tx-marker', 'A']],
  failover: [['transact', '--transactions', '2', '--crashes', '1']],
};

/** Their values, where they are taken, make work long, or that of other machines. */
const LONG = [
  'param',
  'size',
  'threads',
  'seeds',
  'instructions-per-tx',
  'machines',
  'run-transactions',
  'executor',
];

export const lines = (): fc.Arbitrary<Case> =>
  fc.oneof(
    ...COMMANDS.map((command): fc.Arbitrary<Case> => {
      const [name] = command.usage.split(' ');
      const words = linesOf(command, [name]);
      return words.map((line) => ({
        program: 'pmirror',
        words: line,
        files: SOME_FILES,
        parseOnly: true,
      }));
    }),
    ...(['figures', 'report'] as const).map((program) =>
      linesOf(PROGRAMS[program].commands[0], []).map(
        (words): Case => ({ program, words, files: SOME_FILES, parseOnly: true }),
      ),
    ),
    fc
      .array(nastyWord, { maxLength: 3 })
      .map((words): Case => ({ program: 'pmirror', words, files: {}, parseOnly: true })),
  );

export const runs = (): fc.Arbitrary<Case> =>
  fc.oneof(
    ...COMMANDS.flatMap((command) => {
      const [name] = command.usage.split(' ');
      return (SMALL[name] ?? []).map((words) =>
        linesOf(command, [name, ...words], { leaveOut: LONG }).map(
          (line): Case => ({ program: 'pmirror', words: line, files: SOME_FILES }),
        ),
      );
    }),
  );
