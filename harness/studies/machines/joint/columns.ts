/** The columns of joint.csv, where which values vary depends on the profile; and its rows read back. */

import { COMPUTE_MODELS } from '../../../../workloads/compute-model.ts';
import { type Column, column, figure } from '../../../report/index.ts';
import { GUARANTEES } from '../guarantees.ts';
import { DESIGNS, type Headline, inColumn, MEANS } from '../headline.ts';
import { type Assumption, assumptionName } from '../sensitivity/assumptions.ts';
import type { JointRow } from './rows.ts';

/** The columns of means; `guarantee` is the place in `GUARANTEES`. */
const MEAN_COLUMNS = GUARANTEES.flatMap(({ suffix }, guarantee) =>
  DESIGNS.flatMap((design) =>
    MEANS.map((mean) => {
      const name = `${mean}MeanSpeedup${inColumn(design)}${suffix}`;
      return { guarantee, design, mean, name };
    }),
  ),
);

// biome-ignore format: one column a line, or two
export const jointColumns = (assumptions: readonly Assumption[]): readonly Column<JointRow>[] => [
  column('profile', '-', 'hardware profile whose assumptions are drawn', (row) => row.profile),
  column('machine', '-', 'number of the machine; 0 is the profile itself', (row) => row.machine),
  column('computeModel', '-', 'what is charged as volatile work: as in whisper.csv', (row) => row.computeModel),
  column('members', 'count', 'programs that the means are over', (row) => row.programs),
  ...assumptions.map((one, i) => column<JointRow>(one.paths[0], one.quantity.unit,
    `drawn from ${one.low} to ${one.high}${one.paths.length > 1 ? `: ${assumptionName(one)}` : ''}`,
    ({ values }) => values[i])),
  ...MEAN_COLUMNS.map(({ guarantee, design, mean, name }) => column<JointRow>(name, 'ratio',
    `${mean} mean speedup of ${design} over sm-rc; ${GUARANTEES[guarantee].name}`,
    ({ headlines }) => figure(headlines[guarantee][design][mean]))),
];

/** The rows of a joint.csv, from its records, without the values drawn. */
export function jointRowsOf(records: readonly Readonly<Record<string, string>>[]): JointRow[] {
  return records.map((record) => {
    const headlines = GUARANTEES.map((_, i): Headline => {
      const own = MEAN_COLUMNS.filter(({ guarantee }) => guarantee === i);
      const meansOf = (wanted: string) => {
        const of = (kind: string): number =>
          Number(
            record[own.find(({ design, mean }) => design === wanted && mean === kind)?.name ?? ''],
          );
        return { geometric: of('geometric'), arithmetic: of('arithmetic') };
      };
      return Object.fromEntries(DESIGNS.map((design) => [design, meansOf(design)]));
    });
    return {
      profile: record.profile,
      machine: Number(record.machine),
      computeModel: COMPUTE_MODELS.find((model) => model === record.computeModel) ?? 'o2',
      programs: Number(record.members),
      values: [],
      headlines,
    };
  });
}
