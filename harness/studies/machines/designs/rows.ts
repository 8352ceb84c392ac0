/** One design on one machine: its cost on each program, and over all of them. */

import {
  BACKENDS,
  BASELINE,
  type Backend,
  BOUND,
  type HardwareProfile,
  refusal,
  UNMIRRORED,
} from '../../../../rdma/index.ts';
import { type CellResult, execTimeNsPerTx, executionLabel } from '../../../bench/index.ts';
import { geometricMean } from '../../../report/index.ts';
import { MEAN, resultOf } from '../results.ts';

/** What is compared of a design: over no mirroring, over the bound, and how many times as fast as the baseline. */
export interface DesignCost {
  readonly slowdown: number;
  readonly timesBound: number;
  readonly speedup: number;
}

/** A design on a profile: on one program, as the mean over all, or refused there. */
export interface DesignRow {
  readonly profile: string;
  readonly backend: string;
  /** A program, or {@link MEAN}; empty where the design is refused. */
  readonly program: string;
  readonly queuePairsUsed: string;
  /** Core time of a transaction, in ns; undefined of a mean. */
  readonly nsPerTx: number | undefined;
  readonly cost: DesignCost | undefined;
  /** Why the design cannot run on such machines; empty where it can. */
  readonly refused: string;
}

/** The rows of the study, profile by profile; `results` are those of the plan's groups, one a program. */
export function designRows(
  profiles: readonly HardwareProfile[],
  results: readonly (readonly CellResult[])[],
): DesignRow[] {
  return profiles.flatMap((profile) =>
    BACKENDS.flatMap((backend) => rowsOf(profile, backend, results)),
  );
}

function rowsOf(
  profile: HardwareProfile,
  backend: Backend,
  results: readonly (readonly CellResult[])[],
): DesignRow[] {
  const of = { profile: profile.name, backend: backend.name };
  const refused = refusal({ backend, profile }) ?? '';
  const empty = { program: '', queuePairsUsed: '', nsPerTx: undefined, cost: undefined };
  if (refused !== '') return [{ ...of, ...empty, refused }];
  const programs = results.map((program) => {
    const result = resultOf(program, profile, backend.name);
    const nsPerTx = execTimeNsPerTx(result);
    const timeOf = (other: Backend): number =>
      execTimeNsPerTx(resultOf(program, profile, other.name));
    const cost = {
      slowdown: nsPerTx / timeOf(UNMIRRORED),
      timesBound: nsPerTx / timeOf(BOUND),
      speedup: timeOf(BASELINE) / nsPerTx,
    };
    const { execution, queuePairsUsed } = result;
    return { ...of, program: executionLabel(execution), queuePairsUsed, nsPerTx, cost, refused };
  });
  const mean = (value: (cost: DesignCost) => number): number =>
    geometricMean(programs.map(({ cost }) => value(cost)));
  const cost = {
    slowdown: mean((one) => one.slowdown),
    timesBound: mean((one) => one.timesBound),
    speedup: mean((one) => one.speedup),
  };
  return [...programs, { ...of, ...empty, program: MEAN, cost, refused }];
}
