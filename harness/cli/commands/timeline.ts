/** `pmirror timeline`: what happens in single transactions of a program, design beside design. */

import { conditionsText, executionLabel, expandSystems, groupsOf } from '../../bench/index.ts';
import {
  type NewFile,
  replaceFiles,
  startProgress,
  UsageError,
  withWorkspace,
} from '../../host/index.ts';
import {
  type Choice,
  recordedRows,
  TIMELINE_COLUMNS,
  timelineSvg,
  timelineTable,
  traceEventPieces,
  verdict,
} from '../../studies/timeline/index.ts';
import { command } from '../command.ts';
import { outputs } from '../file-options.ts';
import { flag, JSON_OPTION, SEED_OPTION, WIDE_OPTION, whole } from '../options.ts';
import { executionOfProgram, PROGRAM_OPTIONS, PROGRAM_WORD, refuseForeign } from '../programs.ts';
import { chosenSystems, refuseSeveral, SYSTEM_OPTIONS } from '../systems.ts';

const { transactions, ...FURTHER_OPTIONS } = PROGRAM_OPTIONS;

const RANGE_FORM = 'N (from 1), FIRST..LAST, or all';

function parseRange(texts: readonly string[], name: string): Omit<Choice, 'thread'> {
  if (texts.length > 1)
    throw new UsageError(`${name} was given ${texts.length} times; give it once`);
  const [text] = texts;
  if (text === 'all') return { first: 1, last: Number.POSITIVE_INFINITY };
  const [, from, to = from] = /^(\d{1,10})(?:\.\.(\d{1,10}))?$/.exec(text) ?? [];
  const range = { first: Number(from), last: Number(to) };
  if (!(range.first >= 1)) throw new UsageError(`${name} '${text}' is not ${RANGE_FORM}`);
  if (range.last < range.first) {
    throw new UsageError(`${name} '${text}': the first of them comes after the last`);
  }
  return range;
}

const OPTIONS = {
  ...SYSTEM_OPTIONS,
  backend: { ...SYSTEM_OPTIONS.backend, default: 'sm-rc,sm-ob,sm-dd' },
  transactions: {
    help:
      `the transactions to show, ${RANGE_FORM}: those that the thread runs in the measured part, ` +
      'counted from 1',
    default: '1',
    parse: parseRange,
  },
  thread: whole({ min: 0, max: 255, default: 0, help: 'whose transactions, counted from 0' }),
  ...FURTHER_OPTIONS,
  'run-transactions': { ...transactions, help: 'measured transactions of the whole run' },
  ...SEED_OPTION,
  ...WIDE_OPTION,
  ...JSON_OPTION,
  output: outputs(['.svg', '.json'], {
    help:
      'file to write, by its ending: .svg, a sequence diagram with a panel a design; .json, a trace ' +
      'that ui.perfetto.dev and chrome://tracing open; repeatable, one of each',
  }),
  dark: flag({ help: 'the .svg on a dark ground' }),
};

export const timelineCommand = command(
  {
    usage: 'timeline <program>',
    summary: 'show single transactions moment by moment: why one design is faster than another',
    words: { program: PROGRAM_WORD },
    options: OPTIONS,
    examples: [
      ['$0 timeline ctree --output ctree.svg', 'one transaction under the three designs'],
      [
        '$0 timeline echo --transactions 3..5 --thread 1 --output echo.json',
        'three of the second thread, for ui.perfetto.dev',
      ],
    ],
  },
  async (values, given, answer) => {
    const { program, wide = false, thread, output = new Map(), dark = false } = values;
    refuseForeign([program], OPTIONS, given);
    const count = values['run-transactions'];
    const execution = executionOfProgram(program, { ...values, transactions: count });
    const systems = chosenSystems(values);
    refuseSeveral('timeline', systems);
    const [group] = groupsOf([execution], expandSystems(systems));
    const choice = { ...values.transactions, thread };
    const progress = startProgress(1);
    const onProgress = (share: number) => progress.update(share, executionLabel(execution));
    const rows = await withWorkspace((directory) =>
      recordedRows(group, choice, { directory, onProgress }),
    ).finally(progress.stop);
    const [{ result, timeline }] = rows;
    const numbers = [timeline.chosen[0], timeline.chosen[timeline.chosen.length - 1]].map(
      ({ number }) => number,
    );
    const shown =
      numbers[0] === numbers[1]
        ? `transaction ${numbers[0]}`
        : `transactions ${numbers[0]} to ${numbers[1]}`;
    const title =
      `${executionLabel(execution)}, ${shown} of thread ${thread}, ` +
      conditionsText(result.system);
    answer.say(`${verdict(rows)}\n`);
    answer.show(`\n${title}\n\n${timelineTable(rows, wide)}\n`);
    answer.give({ name: 'designs', columns: TIMELINE_COLUMNS, rows });
    const svg = output.get('.svg');
    const json = output.get('.json');
    const files: NewFile[] = [];
    if (svg !== undefined) {
      files.push({ path: svg, fill: (file) => file.write(timelineSvg(rows, { title, dark })) });
    }
    if (json !== undefined) {
      files.push({
        path: json,
        fill: (file) => {
          for (const piece of traceEventPieces(rows, title)) file.write(piece);
        },
      });
    }
    replaceFiles(files);
  },
);
