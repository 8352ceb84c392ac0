/** The design with some of its ideas on one program, over no mirroring and over the bound. */

import { type Backend, BOUND, type HardwareProfile, UNMIRRORED } from '../../../../rdma/index.ts';
import { type CellResult, execTimeNsPerTx, executionLabel } from '../../../bench/index.ts';
import { geometricMean } from '../../../report/index.ts';
import { MEAN, resultOf } from '../results.ts';
import { machinesPushing, systemOf, VARIANTS } from './plan.ts';

/** What is compared. */
export interface AblationCost {
  readonly slowdown: number;
  readonly timesBound: number;
  /** Over the bound if its cores push their lines, which costs the bound nothing else. */
  readonly timesBoundPushing: number;
}

/** A variant on a program, or as the mean over all. */
export interface AblationRow extends AblationCost {
  readonly profile: string;
  readonly variant: string;
  /** A program, or {@link MEAN}. */
  readonly program: string;
  /** Core time of a transaction, in ns; undefined of a mean. */
  readonly nsPerTx: number | undefined;
}

/** The rows of the study, variant by variant; `results` are those of the plan's groups, one a program. */
export function ablationRows(
  profile: HardwareProfile,
  results: readonly (readonly CellResult[])[],
): AblationRow[] {
  return VARIANTS.flatMap((variant) => {
    const spec = systemOf(profile, variant);
    const of = { profile: profile.name, variant: variant.name };
    const rows = results.map((program): AblationRow => {
      const own = resultOf(program, spec.profile, spec.backend, spec.queuePairs);
      const nsPerTx = execTimeNsPerTx(own);
      const nsOf = (backend: Backend, machines: HardwareProfile): number =>
        execTimeNsPerTx(resultOf(program, machines, backend.name));
      return {
        ...of,
        program: executionLabel(own.execution),
        nsPerTx,
        slowdown: nsPerTx / nsOf(UNMIRRORED, profile),
        timesBound: nsPerTx / nsOf(BOUND, profile),
        timesBoundPushing: nsPerTx / nsOf(BOUND, machinesPushing(profile)),
      };
    });
    const mean = (value: (row: AblationRow) => number): number => geometricMean(rows.map(value));
    const cost = {
      slowdown: mean((row) => row.slowdown),
      timesBound: mean((row) => row.timesBound),
      timesBoundPushing: mean((row) => row.timesBoundPushing),
    };
    return [...rows, { ...of, program: MEAN, nsPerTx: undefined, ...cost }];
  });
}
