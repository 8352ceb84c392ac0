/** `pmirror run`: any programs under any backends. */

import {
  beyondOriginals,
  type CellResult,
  cellColumns,
  cellRows,
  executionLabel,
  hasSeveralSeeds,
  inFlightColumns,
  intervalTables,
  planCells,
  resultTables,
  runGroups,
  verdictText,
} from '../../bench/index.ts';
import { prose } from '../../report/index.ts';
import { type Command, command } from '../command.ts';
import { CONFORMED_COLUMN, hasPlugins, markedRows } from '../conformed.ts';
import {
  chosenSeeds,
  distinct,
  JSON_OPTION,
  PERCENTILES_OPTION,
  SEEDS_OPTIONS,
  WIDE_OPTION,
} from '../options.ts';
import { executionOfProgram, PROGRAM_OPTIONS, PROGRAMS_WORD, refuseForeign } from '../programs.ts';
import {
  giveResultFiles,
  OUTPUT_OPTION,
  RESULT_FILE_OPTIONS,
  refuseIntervals,
} from '../result-files.ts';
import { leftOutNote, withPercentiles } from '../run-groups.ts';
import { quorumNote } from '../system-notes.ts';
import { chosenSystems, SYSTEM_OPTIONS } from '../systems.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

const OPTIONS = {
  ...SYSTEM_OPTIONS,
  ...PROGRAM_OPTIONS,
  ...SEEDS_OPTIONS,
  ...PERCENTILES_OPTION,
  ...WIDE_OPTION,
  ...JSON_OPTION,
  ...OUTPUT_OPTION,
  ...RESULT_FILE_OPTIONS,
  ...WORK_OPTIONS,
};

export const runCommand = command(
  {
    usage: 'run [programs..]',
    summary: 'run programs under mirroring designs and compare them',
    words: { programs: PROGRAMS_WORD },
    options: OPTIONS,
    examples: [
      ['$0 run ctree --backend sm-ob,sm-dd --profile optane-cx5', 'one program, two designs'],
      ['$0 run transact --param epochs=16 --param linesPerEpoch=4', 'the microbenchmark'],
      ['$0 run ctree --set pcie.readRoundTripNs=800 --seeds 10', 'another machine, ten seeds'],
      ['$0 run all --replicas 1,2,3 --output out.csv', 'the suite with up to three replicas'],
      ['$0 run trace:vacation', 'a trace that comes with the project'],
      [
        '$0 run store.log.gz --tx-marker INSERT --instructions-per-tx 7000',
        'a pmemcheck log with one kind of transaction',
      ],
    ],
  },
  async (values, given, answer) => {
    const { programs, wide = false } = values;
    refuseForeign(programs, OPTIONS, given);
    const seeds = chosenSeeds(values);
    refuseIntervals(values, seeds);
    const executions = programs.flatMap((program) =>
      seeds.map((seed) => executionOfProgram(program, { ...values, seed })),
    );
    const systems = chosenSystems(values);
    answer.from({ profiles: systems.profiles, seeds });
    const { percentiles } = values;
    const groups = withPercentiles(planCells(executions, systems), percentiles);
    const results = await withWork({ values, answer, isCommitted: false }, (work) =>
      runGroups(groups, work),
    );
    const rows = results.flatMap(cellRows);
    const tables = hasSeveralSeeds(rows) ? intervalTables : resultTables;
    answer.say(`${notesText(results)}${quorumNote(groups)}${leftOutNote(systems)}`);
    answer.show(`${tables(markedRows(rows), wide, percentiles)}\n\n${verdictText(rows)}\n`);
    const columns = [
      ...cellColumns(percentiles),
      ...inFlightColumns(groups),
      ...(hasPlugins() ? [CONFORMED_COLUMN] : []),
    ];
    answer.give({ name: 'cells', columns, rows, to: values.output });
    giveResultFiles(answer, values, rows, percentiles);
  },
);

/** The same, as traces have always been run; the whole suite is not what anybody means by it. */
export const replayCommand: Command = {
  ...runCommand,
  usage: 'replay <programs..>',
  summary: 'another name of run',
};

/** The notes of imported traces, and of programs beyond their originals; empty where there are none. */
function notesText(results: readonly (readonly CellResult[])[]): string {
  const labels = distinct(results.map(([{ execution }]) => executionLabel(execution)));
  const notes = results.flat().flatMap(({ execution, notes: own }) => {
    const label = labels.length > 1 ? `${executionLabel(execution)}: ` : '';
    return own.map((note) => `${prose(`${label}${note}`, 2)}\n`);
  });
  const beyond = beyondOriginals(results.map(([{ execution }]) => execution));
  const all = distinct([...notes, ...beyond.map((note) => `${note}\n`)]);
  return all.length === 0 ? '' : `${all.join('')}\n`;
}
