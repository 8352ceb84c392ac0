/** The columns of a solution's file: one row a machine. */

import { executionLabel, faultsText, parametersText } from '../../bench/index.ts';
import { type Column, column, figure } from '../../report/index.ts';
import { breakEven, stretchesOf } from './answer.ts';
import type { MachineAnswer, Solution } from './solve.ts';

/** A machine's answer with what was asked. */
export interface SolveRow {
  readonly solution: Solution;
  readonly answer: MachineAnswer;
}

/** The profile's row, then one for each machine drawn. */
export function solveRows(solution: Solution): SolveRow[] {
  return [solution.own, ...solution.drawn].map((answer) => ({ solution, answer }));
}

const requestOf = ({ solution }: SolveRow) => solution.request;

/** Where the condition holds: see `SOLVE_COLUMNS`. */
function whereText({ answer }: SolveRow): string {
  const { samples, crossings } = answer.search;
  const [first] = samples;
  if (crossings.length === 0) return first.holds ? 'everywhere' : 'nowhere';
  if (crossings.length > 1) return 'several';
  return first.holds ? 'below' : 'above';
}

/** Its stretches, the ends of the search left empty. */
function stretchText({ answer }: SolveRow): string {
  return stretchesOf(answer)
    .map(({ from, to }) => `${figure(from)}:${figure(to)}`)
    .join(' ');
}

// biome-ignore format: one column a line, or two
export const SOLVE_COLUMNS: readonly Column<SolveRow>[] = [
  column('workload', '-', 'name of the workload, or trace:NAME for the trace of a real program',
    (row) => executionLabel(requestOf(row).execution)),
  column('parameters', '-', 'as in whisper.csv', (row) => parametersText(requestOf(row).execution)),
  column('threads', 'count', 'threads of the program; empty for a trace, which has its own', (row) => {
    const { execution } = requestOf(row);
    return execution.kind === 'workload' ? execution.threads : '';
  }),
  column('computeModel', '-', 'as in whisper.csv', (row) => requestOf(row).execution.computeModel),
  column('condition', '-', 'what is to hold', (row) => requestOf(row).condition.text),
  column('over', '-', 'value of the profile, or group of values, that is searched over',
    (row) => requestOf(row).subject.name),
  column('unit', '-', 'unit of that value', (row) => requestOf(row).subject.unit),
  column('profile', '-', 'hardware profile, with the values set by hand after its name',
    (row) => requestOf(row).conditions.profile.name),
  column('replicas', 'count', 'machines that hold a mirror', (row) => requestOf(row).conditions.replicas),
  column('quorum', 'count', 'replicas that a wait is for; empty where it is for all',
    (row) => requestOf(row).conditions.quorum ?? ''),
  column('queuePairs', '-', 'policy of queue pairs', (row) => requestOf(row).conditions.queuePairs),
  column('faults', '-', 'as in whisper.csv', (row) => faultsText(requestOf(row).conditions.faults)),
  column('seed', '-', 'seed of the program and of the machines drawn', (row) => requestOf(row).seed),
  column('machine', '-', '0: the profile itself; from 1 on: drawn from all its assumptions at once',
    ({ answer }) => answer.machine),
  column('holds', '-', 'where it holds: below or above the break-even, everywhere, nowhere, or in several ' +
    'stretches', whereText),
  column('breakEven', 'as unit', 'the first value at which it begins or ceases to hold; empty without one',
    ({ solution, answer }) => figure(breakEven(answer.search.crossings, solution.request.subject))),
  column('crossings', 'count', 'how many such values there are', ({ answer }) => answer.search.crossings.length),
  column('stretches', 'as unit', 'FROM:TO of each stretch in which it holds; empty where the search ends',
    stretchText),
  column('low', 'as unit', 'where the search begins', ({ answer }) => answer.search.scale.low),
  column('high', 'as unit', 'where it ends', ({ answer }) => answer.search.scale.high),
  column('leftAtLow', '-', 'left side of the condition there; times in ns, rates per second',
    ({ answer }) => figure(answer.search.samples[0].left)),
  column('leftAtHigh', '-', 'the same at the other end',
    ({ answer }) => figure(answer.search.samples.at(-1)?.left)),
  column('samples', 'count', 'values that were looked at', ({ answer }) => answer.search.samples.length),
];
