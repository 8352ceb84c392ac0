/** `npm run fuzz`: wrong and odd input for every option and format, longer than the tests do it. */

import { command, type Program } from '../../harness/cli/command.ts';
import { flag, namesOf, text, whole } from '../../harness/cli/options.ts';
import { start } from '../../harness/cli/start.ts';
import { FailureError, UsageError } from '../../harness/host/index.ts';
import { keep } from './corpus.ts';
import { EVERY_TARGET, failureText, fuzz } from './fuzz.ts';
import { TARGETS, type TargetName } from './targets.ts';

const OPTIONS = {
  seconds: whole({
    min: 1,
    max: 86_400,
    help: 'how long, over all targets; 60 unless --runs is given',
  }),
  runs: whole({ min: 1, max: 10_000_000, help: 'cases of each target' }),
  seed: whole({ min: 0, max: 2 ** 31 - 1, default: 1, help: 'seed of the cases' }),
  only: namesOf('target', EVERY_TARGET),
  path: text({ help: 'of one target: the case at which it failed, which is made smaller' }),
  save: flag({ help: 'keep cases that fail in scripts/fuzz/corpus/, for every run to come' }),
};

const about = Object.entries(TARGETS).map(([name, target]) => `${name}: ${target.about}`);

const PROGRAM: Program = {
  name: 'npm run fuzz --',
  short: 'fuzz',
  about: `Holds every command to what it must keep, whatever it is given.\n\n${about.join('\n')}`,
  commands: [
    command(
      { usage: '$0', summary: 'fuzzes', words: {}, options: OPTIONS, examples: [] },
      async ({ seconds, runs, seed, only, path, save }, _given, answer) => {
        const targets = (only ?? EVERY_TARGET) as TargetName[];
        if (path !== undefined && targets.length > 1) throw new UsageError('--path needs --only');
        const { failures } = await fuzz(
          {
            targets,
            seed,
            runs,
            path,
            seconds: seconds ?? (runs === undefined && path === undefined ? 60 : undefined),
            corpus: path === undefined,
          },
          (said) => answer.say(`${said}\n`),
        );
        for (const failure of failures) {
          answer.say(`\n${failureText(failure, seed)}\n`);
          if (save && failure.path !== undefined) {
            answer.say(`  kept: ${keep(failure.target, failure.one)}\n`);
          }
        }
        if (failures.length > 0) throw new FailureError(`${failures.length} targets failed`);
      },
    ),
  ],
};

if (import.meta.main) await start(PROGRAM);
