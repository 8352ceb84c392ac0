/** Advice in words: the verdict first, then the designs, what would change it, and how sure it is. */

import {
  execTimeNsPerTx,
  executionLabel,
  PART_WORDS,
  ratioToBound,
  slowdownOverUnmirrored,
} from '../../bench/index.ts';
import { plainTable, prose, threeDigits, timeText } from '../../report/index.ts';
import type { Advice, Advised } from './advise.ts';
import { type BreakEven, breakEvenOf } from './columns.ts';
import { limitOf } from './limit.ts';

export function adviceText(advised: Advised): string {
  const { request, ranked } = advised;
  const refused = request.designs.flatMap(({ backend, refused: why }) =>
    why === undefined ? [] : [`  ${backend.name}: ${why.replace(/^.*? cannot run on .*?: /, '')}`],
  );
  const sections = [
    prose(verdict(advised).join('\n'), 2),
    ...(ranked.length > 0 ? [designTable(advised), prose(limits(ranked).join('\n'), 4)] : []),
    ...(advised.breakEvens.length > 0 ? [prose(evens(advised).join('\n'), 4)] : []),
    ...(refused.length > 0 ? [prose(['Cannot be run:', ...refused].join('\n'), 4)] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

const nameOf = ({ row }: Advice): string => row.result.system.backend;
const slowdown = ({ row }: Advice): string =>
  threeDigits(slowdownOverUnmirrored(row) ?? Number.NaN);

function verdict({ request, ranked }: Advised): string[] {
  const { execution, conditions, demands, machines } = request;
  const where = `${executionLabel(execution)} on ${conditions.profile.name}`;
  const [best, next] = ranked.filter(({ isRight, meets }) => isRight && meets);
  if (best === undefined) {
    const right = ranked.find(({ isRight }) => isRight);
    if (right === undefined) return [`${where}: no design that can be run is right.`];
    const { latency } = right.row.result;
    return [
      `${where}: no design meets ${demands.join(', ')}.`,
      `The nearest is ${nameOf(right)}: ${timeText(execTimeNsPerTx(right.row.result))} a transaction, ` +
        `p99 ${timeText((latency.percentilesPs[99] ?? Number.NaN) / 1000)}.`,
    ];
  }
  const bound = ratioToBound(best.row);
  const lines = [
    `${where}: ${nameOf(best)}.`,
    `It costs ${slowdown(best)} times the time without mirroring` +
      (bound === undefined
        ? '.'
        : `, and ${threeDigits(bound)} times the bound of any correct design.`),
  ];
  if (next !== undefined) {
    const ratio = execTimeNsPerTx(next.row.result) / execTimeNsPerTx(best.row.result);
    lines.push(`Next is ${nameOf(next)}, which takes ${threeDigits(ratio)} times as long.`);
  }
  lines.push(
    machines === 0
      ? 'How sure that is was not asked (--machines 0).'
      : `On ${best.bestOn} of ${machines} machines drawn from all assumptions at once it is the best of those ` +
          'that are right.',
  );
  return lines;
}

function designTable({ request, ranked }: Advised): string {
  const { demands, machines } = request;
  const head = ['design', 'time/tx', 'p99', 'cost', 'drawn', 'bound', 'best on', 'right'];
  const lines = ranked.map((one) => {
    const { row, slowdowns, bestOn } = one;
    const { latency } = row.result;
    return [
      nameOf(one),
      timeText(execTimeNsPerTx(row.result)),
      timeText((latency.percentilesPs[99] ?? Number.NaN) / 1000),
      slowdown(one),
      bandText(slowdowns),
      threeDigits(ratioToBound(row) ?? Number.NaN),
      machines === 0 ? '-' : `${bestOn}/${machines}`,
      rightText(one),
      ...(demands.length > 0 ? [one.meets ? 'yes' : 'no'] : []),
    ];
  });
  const table = plainTable([...head, ...(demands.length > 0 ? ['slo'] : [])], lines);
  const caption =
    'cost: times without mirroring; drawn: the same on the machines drawn; bound: times the bound; best on: of ' +
    'the machines drawn';
  return `${table}\n${prose(caption, 2)}`;
}

function bandText(values: readonly number[]): string {
  if (values.length === 0) return '-';
  return `${threeDigits(Math.min(...values))}-${threeDigits(Math.max(...values))}`;
}

function rightText({ keepsOrder, survives }: Advice): string {
  if (!keepsOrder) return 'loses order';
  if (survives === undefined) return 'by order';
  return survives ? 'yes' : 'loses data';
}

function limits(ranked: readonly Advice[]): string[] {
  return [
    'What limits each:',
    ...ranked.map((one) => {
      const { part, share, resource, load } = limitOf(one);
      const what = part === 'compute' ? "the program's own volatile work" : PART_WORDS[part];
      return (
        `  ${nameOf(one)}: ${what}, ${threeDigits(100 * share)} % of its cores' time; busiest is the ` +
        `${resource}, ${threeDigits(100 * load)} %`
      );
    }),
  ];
}

function evens({ breakEvens, ranked }: Advised): string[] {
  const [best, next] = ranked.filter(({ isRight }) => isRight).map(nameOf);
  return [
    `From where on ${next} would be faster than ${best}:`,
    ...breakEvens.map((solution) => `  ${evenText(breakEvenOf(solution))}`),
  ];
}

function evenText({ over, unit, own, plausible, at, wins, low, high }: BreakEven): string {
  const amount = (value: number): string =>
    unit === 'ns' ? timeText(value) : `${threeDigits(value)} ${unit}`;
  const here = `(${amount(own)} here${plausible === undefined ? '' : `, plausible ${amount(plausible[0])} to ${amount(plausible[1])}`})`;
  if (at === undefined) return `${over}: ${wins} from ${amount(low)} to ${amount(high)} ${here}`;
  return `${over}: ${wins} ${amount(at)} ${here}`;
}
