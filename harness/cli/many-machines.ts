/** What commands have in common that look at many machines: how many are drawn, and runs that are short. */

import { type Execution, executionOf } from '../bench/index.ts';
import { steadyLengths } from '../studies/machines/index.ts';
import { whole } from './options.ts';
import { type ChosenProgram, executionOfProgram, type ProgramValues } from './programs.ts';

/** `--machines`, which is `count` unless it is given. */
export const machinesOption = (count: number) =>
  whole({
    min: 0,
    max: 1000,
    default: count,
    help: 'machines drawn from all assumptions of the profile at once, for the band; 0 for none',
  });

/** A short run of `program`, unless a length is given: each machine that is looked at takes one. */
export function shortExecutionOf(program: ChosenProgram, values: ProgramValues): Execution {
  const { seed, size, threads, transactions, warmup, param, compute } = values;
  const isLengthGiven = [size, transactions, warmup].some((one) => one !== undefined);
  if (program.kind === 'trace' || isLengthGiven) return executionOfProgram(program, values);
  return executionOf(program.workload, {
    ...steadyLengths(program.workload, threads),
    threads,
    seed,
    parameters: Object.fromEntries(param ?? []),
    computeModel: compute,
  });
}
