/** What `pmirror list` shows, as tables of data. */

import {
  BACKENDS,
  type HardwareProfile,
  PROFILES,
  type Quantity,
  quantities,
} from '../../rdma/index.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import type { Parameter } from '../../workloads/parameters.ts';
import { EXAMPLES } from '../../workloads/traces/examples.ts';
import type { AnyWorkload } from '../../workloads/workload.ts';
import { type Column, column } from '../report/index.ts';
import type { Answer } from './answer.ts';

interface Named {
  readonly name: string;
  readonly summary: string;
}

const NAMED: readonly Column<Named>[] = [
  column('name', '-', 'name on the command line', ({ name }) => name),
  column('summary', '-', 'what it is', ({ summary }) => summary),
];

// biome-ignore format: one column a line
const WORKLOAD_COLUMNS: readonly Column<AnyWorkload>[] = [
  ...NAMED,
  column('set', '-', 'to whose means it belongs, as in whisper.csv', ({ group }) => group),
  column('threadsMax', 'count', 'threads that it can have', ({ threadsMax }) => threadsMax),
  column('threadsDefault', 'count', 'threads by default', ({ threadsDefault }) => threadsDefault),
  column('transactionsDefault', 'count', 'measured transactions by default', (row) => row.transactionsDefault),
  column('orderNeeded', '-', 'order of persists between clients that it needs', ({ orderNeeded }) => orderNeeded),
];

/** Gives everything there is to choose from. */
export function giveEverything(answer: Answer): void {
  answer.give({ name: 'workloads', columns: WORKLOAD_COLUMNS, rows: WORKLOADS });
  const backends: readonly Column<(typeof BACKENDS)[number]>[] = [
    ...NAMED,
    column('aliases', '-', 'other names', ({ aliases }) => aliases.join(' ')),
  ];
  answer.give({ name: 'backends', columns: backends, rows: BACKENDS });
  answer.give({ name: 'profiles', columns: NAMED, rows: PROFILES });
  const traces = EXAMPLES.map(({ name, summary }) => ({ name: `trace:${name}`, summary }));
  answer.give({ name: 'traces', columns: NAMED, rows: traces });
}

/** Gives the values of a profile. */
export function giveProfile(answer: Answer, profile: HardwareProfile): void {
  // biome-ignore format: one column a line
  const columns: readonly Column<[path: string, quantity: Quantity]>[] = [
    column('path', '-', 'its place, as --set takes it', ([path]) => path),
    column('value', 'as in unit', 'the value', ([, { value }]) => value),
    column('unit', '-', 'unit of the value', ([, { unit }]) => unit),
    column('basis', '-', 'measured, derived or assumed', ([, { basis }]) => basis),
    column('rangeLow', 'as in unit', 'lower end of the plausible range', ([, { range }]) => range?.[0] ?? ''),
    column('rangeHigh', 'as in unit', 'upper end of it', ([, { range }]) => range?.[1] ?? ''),
    column('source', '-', 'where it is from', ([, { source }]) => source),
  ];
  answer.give({ name: 'values', columns, rows: quantities(profile) });
}

/** Gives the parameters of a workload. */
export function giveWorkload(answer: Answer, { parameters }: AnyWorkload): void {
  // biome-ignore format: one column a line
  const columns: readonly Column<[name: string, parameter: Parameter]>[] = [
    column('name', '-', 'as --param takes it', ([name]) => name),
    column('default', '-', 'by default', ([, one]) => one.default),
    column('min', '-', 'least value', ([, one]) => (one.kind === 'choice' ? '' : one.min)),
    column('max', '-', 'greatest value', ([, one]) => (one.kind === 'choice' ? '' : one.max)),
    column('choices', '-', 'accepted words', ([, one]) => one.kind === 'choice' ? one.choices.join(' ') : ''),
    column('about', '-', 'what it is', ([, one]) => one.about),
  ];
  answer.give({ name: 'parameters', columns, rows: Object.entries(parameters) });
}
