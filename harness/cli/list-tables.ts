/** What `pmirror list` shows, as tables of data. */

import {
  BACKENDS,
  type Backend,
  groupValue,
  type HardwareProfile,
  PROFILES,
  type Quantity,
  quantities,
  VALUE_GROUPS,
  type ValueGroup,
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

/** Gives `backends`. */
export function giveBackends(answer: Answer, backends: readonly Backend[]): void {
  const columns: readonly Column<Backend>[] = [
    ...NAMED,
    column('aliases', '-', 'other names', ({ aliases }) => aliases.join(' ')),
  ];
  answer.give({ name: 'backends', columns, rows: backends });
}

/** Gives everything there is to choose from. */
export function giveEverything(answer: Answer): void {
  answer.give({ name: 'workloads', columns: WORKLOAD_COLUMNS, rows: WORKLOADS });
  giveBackends(answer, BACKENDS);
  answer.give({ name: 'profiles', columns: NAMED, rows: PROFILES });
  const traces = EXAMPLES.map(({ name, summary }) => ({ name: `trace:${name}`, summary }));
  answer.give({ name: 'traces', columns: NAMED, rows: traces });
  const groups: readonly Column<ValueGroup>[] = [
    column('name', '-', 'as --set, --vary and solve --over take it', ({ name }) => name),
    column('sets', '-', 'the value that it sets', ({ value }) => value),
    column('members', '-', 'all that change with it, separated by blanks', ({ members }) =>
      members.map(({ path }) => path).join(' '),
    ),
    column('why', '-', 'why they go together', ({ why }) => why),
  ];
  answer.give({ name: 'groups', columns: groups, rows: VALUE_GROUPS });
}

/** A value of a profile, or a group of them. */
interface ProfileRow {
  readonly profile: HardwareProfile;
  readonly path: string;
  readonly quantity: Pick<Quantity, 'value' | 'unit'> & {
    readonly range?: Quantity['range'] | undefined;
  };
}

// biome-ignore format: one column a line
const PROFILE_COLUMNS: readonly Column<ProfileRow>[] = [
  column('profile', '-', 'hardware profile', ({ profile }) => profile.name),
  column('path', '-', 'its place, as --set takes it', ({ path }) => path),
  column('value', 'as in unit', 'the value', ({ quantity }) => quantity.value),
  column('unit', '-', 'unit of the value', ({ quantity }) => quantity.unit),
  column('rangeLow', 'as in unit', 'lower end of the plausible range', ({ quantity }) => quantity.range?.[0] ?? ''),
  column('rangeHigh', 'as in unit', 'upper end of it', ({ quantity }) => quantity.range?.[1] ?? ''),
];

/** Gives the values of profiles, and the groups of them. */
export function giveProfiles(answer: Answer, profiles: readonly HardwareProfile[]): void {
  const values: readonly Column<ProfileRow & { readonly quantity: Quantity }>[] = [
    ...PROFILE_COLUMNS,
    column('basis', '-', 'measured, derived or assumed', ({ quantity }) => quantity.basis),
    column('source', '-', 'where it is from', ({ quantity }) => quantity.source),
  ];
  const groups: readonly Column<ProfileRow & { readonly group: ValueGroup }>[] = [
    ...PROFILE_COLUMNS,
    column(
      'sets',
      '-',
      'the value that it sets, or whose proportion others keep',
      (row) => row.group.value,
    ),
  ];
  const rows = profiles.flatMap((profile) =>
    quantities(profile).map(([path, quantity]) => ({ profile, path, quantity })),
  );
  const groupRows = profiles.flatMap((profile) =>
    VALUE_GROUPS.map((group) => {
      const { unit, name: path } = group;
      return { profile, path, group, quantity: { ...groupValue(profile, group), unit } };
    }),
  );
  answer.give({ name: 'values', columns: values, rows });
  answer.give({ name: 'groups', columns: groups, rows: groupRows });
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
