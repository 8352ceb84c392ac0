/** A solution in words: where the condition holds, then how sure that is, then what was looked at. */

import { executionLabel } from '../../bench/index.ts';
import { threeDigits, timeText } from '../../report/index.ts';
import type { Kind } from './measures.ts';
import { type Crossing, crossingValue, type Sample, trendOf } from './search.ts';
import type { MachineAnswer, Solution } from './solve.ts';
import type { Subject } from './subject.ts';

/** Where a condition holds along the subject, as the ends of stretches that are looked at. */
interface Stretch {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** The stretches in which the condition holds; an end that is not there is that of the search. */
export function stretchesOf({ search }: MachineAnswer): Stretch[] {
  const { samples, crossings, scale } = search;
  const stretches: Stretch[] = [];
  let from: number | undefined;
  let isOpen = samples[0].holds;
  for (const crossing of crossings) {
    const at = crossingValue(scale, crossing);
    if (isOpen) stretches.push({ from, to: at });
    else from = at;
    isOpen = !isOpen;
  }
  if (isOpen) stretches.push({ from, to: undefined });
  return stretches;
}

/** The lines of the answer. */
export function answerLines(solution: Solution): string[] {
  const { request, own } = solution;
  const { condition, subject, execution, conditions } = request;
  const { name, scale } = subject;
  const lines = [
    `${executionLabel(execution)} on ${conditions.profile.name}: ${condition.text} ${holdsText(own, subject)}.`,
    ownText(solution),
    bandText(solution),
  ];
  const { samples, crossings } = own.search;
  const [first, last] = [samples[0], samples[samples.length - 1]];
  const trend = {
    rises: 'rises all the way',
    falls: 'falls all the way',
    stands: 'does not change',
  };
  const way = trendOf(samples);
  const lefts = samples.map(({ left }) => left);
  const extremes = `between ${measured(Math.min(...lefts), condition.left.kind)} and ${measured(Math.max(...lefts), condition.left.kind)}`;
  lines.push(
    `Looked at ${samples.length} values of ${name} from ${amount(scale.low, subject)} to ` +
      `${amount(scale.high, subject)}: ${condition.sides[0]} goes from ${leftText(first, solution)} to ` +
      `${leftText(last, solution)}` +
      (way === 'both' ? `, up and down on the way (${extremes}).` : ` and ${trend[way]}.`),
  );
  if (execution.kind === 'workload' && execution.threads > 1) {
    lines.push('Of several threads a figure is good to about 5 %, and a break-even no better.');
  }
  if (crossings.length > 1) {
    lines.push(
      `It is not monotonic: the condition begins or ceases to hold ${crossings.length} times` +
        `${crossings.length > 2 ? ', which may be noise of several threads' : ''}.`,
    );
  }
  return lines;
}

/** Where the condition holds, for the end of a sentence. */
function holdsText(answer: MachineAnswer, subject: Subject): string {
  const stretches = stretchesOf(answer);
  const { low, high } = subject.scale;
  const everywhere = `for ${subject.name} from ${amount(low, subject)} to ${amount(high, subject)}`;
  if (answer.search.crossings.length === 0) {
    return stretches.length === 0
      ? `holds nowhere ${everywhere}`
      : `holds everywhere ${everywhere}`;
  }
  const parts = stretches.map(({ from, to }) => {
    if (from === undefined) return `up to ${amount(to, subject)}`;
    return to === undefined
      ? `from ${amount(from, subject)} on`
      : `from ${amount(from, subject)} to ${amount(to, subject)}`;
  });
  return `holds for ${subject.name} ${parts.join(', and ')}`;
}

/** What the profile itself gives, and how plausible the break-even is. */
function ownText({ request, own }: Solution): string {
  const { subject, condition } = request;
  const { value, plausible, name } = subject;
  const at = own.search.samples.find((sample) => sample.value === value);
  const now =
    at === undefined
      ? `The profile's own ${name} is ${amount(value, subject)}, outside of the search`
      : `At the profile's own ${amount(value, subject)} ${condition.sides[0]} is ` +
        `${measured(at.left, condition.left.kind)}, so it ${at.holds ? 'holds' : 'does not hold'}`;
  if (plausible === undefined) return `${now}; that value is measured, or has no range.`;
  const [low, high] = plausible;
  const range = `plausible are ${amount(low, subject)} to ${amount(high, subject)}`;
  const evens = own.search.crossings.map((crossing) => crossingValue(subject.scale, crossing));
  if (evens.length === 0) return `${now}; ${range}.`;
  const inside = evens.some((even) => even >= low && even <= high);
  return `${now}; ${range}, and the break-even is ${inside ? 'among them' : 'outside of that'}.`;
}

/** What machines drawn from the assumptions give. */
function bandText({ request, drawn }: Solution): string {
  const { subject, seed } = request;
  if (drawn.length === 0)
    return 'No machines were drawn from the assumptions, so there is no band.';
  const evens = drawn.flatMap(({ search }) => breakEven(search.crossings, subject) ?? []);
  const without = drawn.filter(({ search }) => search.crossings.length === 0);
  const always = without.filter(({ search }) => search.samples[0].holds).length;
  const never = without.length - always;
  const rest = [
    ...(always > 0 ? [`on ${always} it holds everywhere`] : []),
    ...(never > 0 ? [`on ${never} nowhere`] : []),
  ];
  const of = `Over ${drawn.length} machines drawn from all other assumptions at once (seed ${seed})`;
  if (evens.length === 0) return `${of} there is no break-even: ${rest.join(', ')}.`;
  const [low, high] = [Math.min(...evens), Math.max(...evens)].map((even) => amount(even, subject));
  const band = low === high ? `at ${low}` : `between ${low} and ${high}`;
  const count = evens.length === drawn.length ? '' : ` on ${evens.length} of them`;
  const more = rest.length === 0 ? '' : `; ${rest.join(', ')}`;
  return `${of} the break-even is ${band}${count}${more}.`;
}

/** The first break-even, if there is one. */
export function breakEven(crossings: readonly Crossing[], { scale }: Subject): number | undefined {
  return crossings.length === 0 ? undefined : crossingValue(scale, crossings[0]);
}

function leftText({ left }: Sample, { request }: Solution): string {
  return measured(left, request.condition.left.kind);
}

/** A value of a measure. */
function measured(value: number, kind: Kind): string {
  if (kind === 'time') return timeText(value);
  return kind === 'rate' ? `${threeDigits(value)}/s` : threeDigits(value);
}

/** A value of the subject, to three digits, with its unit; whole numbers as they are. */
function amount(value: number | undefined, { unit, scale }: Subject): string {
  if (unit === 'ns') return timeText(value);
  const text = scale.isWhole ? String(value) : threeDigits(value);
  const isNamed = unit !== 'count' && unit !== 'flag' && unit !== 'probability';
  return isNamed ? `${text} ${unit}` : text;
}
