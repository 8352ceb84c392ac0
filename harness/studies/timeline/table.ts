/** The time of the chosen transactions for the terminal: the parts of the breakdown, design by design. */

import { TIME_PARTS } from '../../../rdma/index.ts';
import { fittedTable, timeText } from '../../report/index.ts';
import { chosenMessages, chosenParts, verbName } from './account.ts';
import type { RecordedRow } from './rows.ts';

/** A table of the parts of the time of the chosen transactions, and of what they posted. */
export function timelineTable(rows: readonly RecordedRow[], wide: boolean): string {
  const heads = ['core time, ns', ...rows.map(({ result }) => result.system.backend)];
  const accounts = rows.map(({ timeline }) => chosenParts(timeline));
  const parts = TIME_PARTS.filter((part) => accounts.some(({ partPs }) => partPs[part] > 0));
  const ns = (ps: number): string => (ps / 1000).toFixed(wide ? 3 : 1);
  const times = [
    ...parts.map((part) => [part, ...accounts.map(({ partPs }) => ns(partPs[part]))]),
    ['all', ...accounts.map(({ wholePs }) => ns(wholePs))],
  ];
  const posted = rows.map(({ timeline }) =>
    Map.groupBy(chosenMessages(timeline), ({ verb }) => verbName(verb)),
  );
  const counts = ['WRITE', 'RCOMMIT', 'ROFENCE', 'RDFENCE']
    .filter((verb) => posted.some((one) => one.has(verb)))
    .map((verb) => [`${verb}s posted`, ...posted.map((one) => String(one.get(verb)?.length ?? 0))]);
  return fittedTable(
    heads.map((text) => ({ text })),
    [...times, ...counts],
    wide,
  );
}

/** A sentence on which design is the fastest here. */
export function verdict(rows: readonly RecordedRow[]): string {
  const sorted = rows
    .map(({ result, timeline }) => ({ name: result.system.backend, ...chosenParts(timeline) }))
    .sort((a, b) => a.wholePs - b.wholePs);
  const [first, ...others] = sorted;
  const time = timeText(first.wholePs / 1000);
  if (others.length === 0) return `${first.name} takes ${time}.`;
  const ratios = others.map(
    ({ name, wholePs }) => `${name} ${(wholePs / first.wholePs).toFixed(2)} times as long`,
  );
  return `${first.name} takes ${time}; ${ratios.join(', ')}.`;
}
