/** One design on one program and machine, and what holds of all of them. */

import { BASELINE, UNMIRRORED } from '../../../../rdma/index.ts';
import { type CellResult, execTimeNsPerTx, executionLabel } from '../../../bench/index.ts';
import { DESIGNS } from '../headline.ts';
import { CLAIMED } from './plan.ts';

/** A design on a program and a profile, under one guarantee. */
export interface ClaimRow {
  readonly program: string;
  readonly profile: string;
  readonly queuePairs: string;
  readonly baselineQueuePairs: string;
  readonly design: string;
  /** Over the fastest sm-rc that is right for the program. */
  readonly speedup: number;
  readonly slowdown: number;
}

/** The rows of the study; `results` are those of the plan's groups. */
export function claimRows(results: readonly (readonly CellResult[])[]): ClaimRow[] {
  return results.flatMap((program) => {
    const profiles = [...new Set(program.map(({ system }) => system.profile.name))];
    return profiles.flatMap((profile) => {
      const onIt = program.filter(({ system }) => system.profile.name === profile);
      return CLAIMED.flatMap((policies) => rowsOf(onIt, policies));
    });
  });
}

/** The designs under one of the policies; `results` are of one program on one profile. */
function rowsOf(
  results: readonly CellResult[],
  { queuePairs, baselineQueuePairs }: (typeof CLAIMED)[number],
): ClaimRow[] {
  const find = (backend: string, policy?: string): CellResult => {
    const found = results.find(
      ({ system }) =>
        system.backend === backend && (policy ?? system.queuePairs) === system.queuePairs,
    );
    if (found === undefined) throw new Error(`no result of ${backend}, ${policy}`);
    return found;
  };
  const baseNs = execTimeNsPerTx(find(BASELINE.name, baselineQueuePairs));
  const localNs = execTimeNsPerTx(find(UNMIRRORED.name));
  return DESIGNS.map((design) => {
    const result = find(design, queuePairs);
    const ns = execTimeNsPerTx(result);
    return {
      program: executionLabel(result.execution),
      profile: result.system.profile.name,
      queuePairs,
      baselineQueuePairs,
      design,
      speedup: baseNs / ns,
      slowdown: ns / localNs,
    };
  });
}
