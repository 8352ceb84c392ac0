/**
 * `pmirror bench-emulator`: how fast the emulator itself is on this machine, beside a fixed loop: functional
 * run, recording, replays, imports, crash images. Figures are of the machine that measures, and not the same
 * bytes twice; so a file is written only where `--output` says.
 */

import {
  COUNT_COLUMNS,
  countReplays,
  countTable,
  measureSpeeds,
  partsOf,
  SPEED_COLUMNS,
  STEPS,
  SUITE,
  speedTable,
} from '../../emulator/index.ts';
import { machineText, UsageError, withProgress } from '../../host/index.ts';
import { command } from '../command.ts';
import { output } from '../file-options.ts';
import {
  choices,
  distinct,
  flag,
  JSON_OPTION,
  splitWords,
  WIDE_OPTION,
  whole,
  wholes,
} from '../options.ts';
import { chosenProfiles, PROFILE_OPTIONS } from '../profiles.ts';
import { parseWorkloads, WORKLOAD_OPTIONS } from '../programs.ts';
import { SYSTEM_OPTIONS } from '../systems.ts';

const workloads = parseWorkloads('of it there is no run to measure');

/** Names of workloads, and the suite's. */
function parseMeasured(texts: readonly string[]): readonly string[] {
  return distinct(splitWords(texts).flatMap((word) => (word === SUITE ? [SUITE] : namesIn(word))));
}

function namesIn(word: string): string[] {
  try {
    return workloads([word]).map(({ name }) => name);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}; or ${SUITE}`);
  }
}

/** Short names of steps of several words. */
const STEP_ALIASES = { functional: 'functional run', crash: 'crash images' } as const;

export const benchEmulatorCommand = command(
  {
    usage: 'bench-emulator [programs..]',
    summary: 'measure the speed of the emulator on this machine, beside a fixed loop',
    words: {
      programs: {
        help: `workloads, or ${SUITE}: all of its programs with a twentieth of their transactions`,
        default: `${SUITE},transact`,
        parse: parseMeasured,
      },
    },
    options: {
      steps: choices(STEPS, STEP_ALIASES)({ help: 'what to measure', default: STEPS.join() }),
      backend: SYSTEM_OPTIONS.backend,
      threads: wholes({ min: 1, max: 64, help: 'clients; several values', default: '1,4' }),
      'queue-pairs': choices(['per-core', 'shared'])({
        help: 'of several threads: one for each, or one for all; several values',
        default: 'per-core,shared',
      }),
      transactions: {
        ...WORKLOAD_OPTIONS.transactions,
        help: `of one round; 20000 by default, of ${SUITE} as many as the shares are`,
      },
      param: WORKLOAD_OPTIONS.param,
      ...PROFILE_OPTIONS,
      seconds: whole({
        min: 0,
        max: 3600,
        help: 'processor time for each line, beside its warm-up',
        default: 1,
      }),
      rounds: whole({ min: 1, max: 1000, help: 'rounds at least', default: 5 }),
      counts: flag({
        help: 'count what replays cost, in place of timing: events, calls, memory, optimised code left',
      }),
      ...WIDE_OPTION,
      ...JSON_OPTION,
      output: output({ help: 'CSV file to write' }),
    },
    examples: [
      ['$0 bench-emulator hashmap --steps replay --backends sm-ob', 'one replay'],
      ['$0 bench-emulator --backends all --output a.csv', 'as results/emulator.csv was made'],
    ],
  },
  async (
    { programs, steps, backend, threads, param, seconds, rounds, ...rest },
    _given,
    answer,
  ) => {
    const { transactions, 'queue-pairs': queuePairs, output: to } = rest;
    const profiles = chosenProfiles(rest);
    answer.from({ profiles, measuredOn: machineText() });
    const parts = profiles.flatMap((profile) =>
      partsOf({
        // Only of replays there is anything to count.
        steps: rest.counts ? steps.filter((step) => step === 'replay') : steps,
        programs,
        threads,
        queuePairs,
        backends: backend,
        profile,
        transactions,
        parameters: Object.fromEntries(param ?? []),
      }),
    );
    if (parts.length === 0) throw new UsageError('nothing of what is chosen can be measured');
    if (rest.counts) {
      const rows = await withProgress(parts.length, { unit: 'lines' }, (update) =>
        countReplays(parts, update),
      );
      answer.show(`${countTable(rows, rest.wide ?? false)}\n`);
      answer.give({ name: 'counts', columns: COUNT_COLUMNS, rows, to });
      return;
    }
    const rows = await withProgress(parts.length, { unit: 'lines' }, (update) =>
      measureSpeeds(parts, { seconds, rounds }, update),
    );
    answer.show(`${speedTable(rows, rest.wide ?? false)}\n`);
    answer.give({ name: 'speeds', columns: SPEED_COLUMNS, rows, to });
  },
);
