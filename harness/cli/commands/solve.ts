/** `pmirror solve`: at which value of the machine does a condition on designs begin or cease to hold. */

import { type HardwareProfile, VALUE_GROUPS } from '../../../rdma/index.ts';
import { expandSystems, withGroupRunner } from '../../bench/index.ts';
import { UsageError, workersFor } from '../../host/index.ts';
import {
  answerLines,
  MEASURES,
  parseCondition,
  parseOver,
  SOLVE_COLUMNS,
  solve,
  solveRows,
  subjectOf,
} from '../../studies/solve/index.ts';
import { command } from '../command.ts';
import { machinesOption, shortExecutionOf } from '../many-machines.ts';
import { JSON_OPTION, SEED_OPTION } from '../options.ts';
import { withValues } from '../profiles.ts';
import { PROGRAM_OPTIONS, PROGRAM_WORD, refuseForeign } from '../programs.ts';
import { OUTPUT_OPTION } from '../result-files.ts';
import { backendOfFile, chosenSystems, refuseSeveral, SYSTEM_OPTIONS } from '../systems.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

const { backend: _ofTheCondition, ...MACHINE_OPTIONS } = SYSTEM_OPTIONS;

const ABOUT_MEASURES = MEASURES.map(({ about }) => about.replace(/:.*/, ''))
  .filter((about) => about !== '')
  .join(', ');

/** `condition` with the names of backends in place of a user's files, as in `slowdown(./mine.ts)`. */
function namingFiles(condition: string): string {
  return condition.replace(
    /([(,]\s*)([^\s(),]+\.[cm]?[jt]s)(?=\s*[),])/g,
    (_, before: string, file: string) => before + backendOfFile(file),
  );
}

const OPTIONS = {
  over: {
    help:
      'what is searched over: a value of the profile, or a group of them ' +
      `(${VALUE_GROUPS.map(({ name }) => name).join(', ')}; see pmirror list); NAME=LOW:HIGH says where, by ` +
      'default far beyond what is plausible',
    required: 'solve: over which value? Give --over NAME, as in --over rtt',
    parse(texts: readonly string[]) {
      if (texts.length === 1) return parseOver(texts[0]);
      throw new UsageError('--over was given several times; one value is searched over');
    },
  },
  machines: machinesOption(8),
  ...MACHINE_OPTIONS,
  ...PROGRAM_OPTIONS,
  ...SEED_OPTION,
  ...WORK_OPTIONS,
  ...JSON_OPTION,
  ...OUTPUT_OPTION,
} as const;

export const solveCommand = command(
  {
    usage: 'solve <program> <condition>',
    summary: 'find the break-even: from which value of the machine on a condition on designs holds',
    words: {
      program: PROGRAM_WORD,
      condition: {
        help:
          'two sides of numbers (10us, 1.1, 2M/s), + - * / and what is asked of designs: ' +
          `${ABOUT_MEASURES}; compared by <= < >= or >`,
        required: 'solve: which condition? As in "slowdown(sm-rc) <= 1.1"',
        parse: (texts: readonly string[]) => parseCondition(namingFiles(texts.join(' '))),
      },
    },
    options: OPTIONS,
    examples: [
      ['$0 solve ctree "slowdown(sm-rc) <= 2" --over rtt', 'how near must the replica be?'],
      ['$0 solve echo "speedup(sm-dd,sm-rc) >= 3" --over pcie.readRoundTripNs', 'one value'],
      ['$0 solve ycsb "p99(sm-ob) <= 1.5 * p99(no-sm) + 10us" --over pm.writeLatency', 'latency'],
    ],
  },
  async (values, given, answer) => {
    const { program, condition, over, machines, seed } = values;
    refuseForeign([program], OPTIONS, given);
    const systems = chosenSystems({ ...values, backend: condition.designs });
    refuseSeveral('solve', systems);
    const { profiles } = systems;
    const [conditions] = expandSystems(systems);
    const [profile] = profiles;
    const profileAt = (base: HardwareProfile, value: number) =>
      withValues(base, [[over.name, String(value)]]);
    const isValid = (value: number): boolean => {
      try {
        return profileAt(profile, value) !== undefined;
      } catch {
        return false;
      }
    };
    const request = {
      execution: shortExecutionOf(program, values),
      condition,
      subject: subjectOf(over, profile, isValid),
      conditions,
      machines,
      seed,
      profileAt,
      atOnce: workersFor(values.jobs),
    };
    const solution = await withWork({ values, answer, isCommitted: false }, (work) =>
      withGroupRunner(work, (run) => solve({ ...request, run })),
    );
    answer.from({ profiles, seeds: [seed] });
    answer.show(`${answerLines(solution).join('\n')}\n`);
    const rows = solveRows(solution);
    answer.give({ name: 'solution', columns: SOLVE_COLUMNS, rows, to: values.output });
  },
);
