/** `pmirror explain`: in numbers and words, why one design is faster than another on a program. */

import { conditionsText, executionLabel, planCells } from '../../bench/index.ts';
import { UsageError, withProgress, withWorkspace } from '../../host/index.ts';
import { prose } from '../../report/index.ts';
import {
  ACCOUNT_COLUMNS,
  accountedRows,
  accountTables,
  choiceSentences,
  explanation,
} from '../../studies/explain/index.ts';
import { command } from '../command.ts';
import { JSON_OPTION, SEED_OPTION, WIDE_OPTION } from '../options.ts';
import { executionOfProgram, PROGRAM_OPTIONS, PROGRAM_WORD, refuseForeign } from '../programs.ts';
import { chosenSystems, refuseSeveral, SYSTEM_OPTIONS } from '../systems.ts';

const OPTIONS = {
  ...SYSTEM_OPTIONS,
  backend: {
    ...SYSTEM_OPTIONS.backend,
    help: 'designs to compare, each with the first',
    default: 'sm-rc,sm-dd',
  },
  ...PROGRAM_OPTIONS,
  ...SEED_OPTION,
  ...WIDE_OPTION,
  ...JSON_OPTION,
};

export const explainCommand = command(
  {
    usage: 'explain <program>',
    summary: 'explain in numbers and words why one design is faster than another on a program',
    words: { program: PROGRAM_WORD },
    options: OPTIONS,
    examples: [['$0 explain ctree --backends sm-rc,sm-ob', 'what the ordering fence is worth']],
  },
  async (values, given, answer) => {
    refuseForeign([values.program], OPTIONS, given);
    const execution = executionOfProgram(values.program, values);
    const systems = chosenSystems(values);
    if (systems.backends.length < 2) {
      throw new UsageError(
        'explain compares designs: give two or more, as in --backends sm-rc,sm-ob',
      );
    }
    refuseSeveral('explain', systems);
    const [group] = planCells([execution], systems);
    const count = group.systems.length;
    const rows = await withProgress(1, { unit: 'cells', count }, (update) => {
      const onProgress = (share: number) => update(share, executionLabel(execution));
      return withWorkspace((directory) => accountedRows(group, { directory, onProgress }));
    });
    const accounts = rows.map(({ account }) => account);
    const [{ system, threads, report, notes }] = rows.map(({ result }) => result);
    const title =
      `${executionLabel(execution)}, ${threads} thread${threads === 1 ? '' : 's'}, ` +
      `${report.counts.transactions} transactions, ${conditionsText(system)}`;
    const sections = [
      choiceSentences(rows.map(({ result }) => result)),
      ...accounts.slice(1).map((other) => explanation(accounts[0], other)),
    ];
    const texts = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
    const tables = accountTables(accounts, values.wide ?? false);
    const [head, ...told] = [[...notes, title].join('\n\n'), ...texts].map((text) =>
      prose(text, 2),
    );
    answer.show(`${head}\n\n${tables}\n\n`);
    answer.say(`${told.join('\n\n')}\n`);
    answer.give({ name: 'designs', columns: ACCOUNT_COLUMNS, rows });
  },
);
