/**
 * What came out of a run, in words: the best design, what it costs over no mirroring, and what limits it.
 * The figure of one cell of several cores is good to a few per cent only (README), so designs that are
 * closer than that are said to be as good.
 */

import { BASELINE, BOUND, TIME_PARTS, type TimePart, UNMIRRORED } from '../../rdma/index.ts';
import { arithmeticMean, geometricMean, prose, threeDigits, timeText } from '../report/index.ts';
import { executionKey, executionLabel } from './cells.ts';
import { type CellRow, execTimeNsPerTx } from './columns.ts';
import { conditionsKey, conditionsText } from './systems.ts';
import { volatileWorkOf } from './volatile-work.ts';

/** What a core does in each part of its time. */
export const PART_WORDS: Readonly<Record<TimePart, string>> = {
  compute: 'volatile work',
  pmLoad: 'loads from PM',
  storeFlush: 'issuing stores and write-backs',
  localFence: "waiting for the primary's own memory",
  rdmaPost: 'posting work requests',
  sendQueueFull: 'waiting for room in the send queue',
  remoteOrdering: 'waiting for replicas at ordering points',
  remoteDurability: 'waiting for replicas at durability points',
  lockWait: 'waiting for locks',
  idle: 'idle at the end',
};

/** By how much the figure of one cell of several cores may be off, in per cent; README says why. */
export const INTERLEAVING_PERCENT = 5;
/** Of one core it is exact for the model; closer than this is the same to any reader. */
const SAME_PERCENT = 1;

/** One program in the same conditions under all designs, with all its seeds. */
interface Point {
  readonly label: string;
  readonly cores: number;
  /** Rows by backend, in the order of their seeds. */
  readonly under: ReadonlyMap<string, readonly CellRow[]>;
}

/**
 * The verdict on `rows`, which are of any conditions: three lines for each conditions, or, if `pooled`, on
 * all together, as on the points of a sweep. Lines fit the screen.
 */
export function verdictText(rows: readonly CellRow[], { pooled = false } = {}): string {
  const sections = [
    ...Map.groupBy(rows, ({ result }) => {
      const conditions = pooled ? '' : conditionsText(result.system);
      return JSON.stringify([conditions, volatileWorkOf(result)]);
    }).values(),
  ];
  const texts = sections.map((own) => {
    const lines = verdictLines(pointsOf(own), volatileWorkOf(own[0].result) === 'none');
    const title = titleOf(own, { pooled, isOne: sections.length === 1 });
    return prose([...title, ...lines].join('\n'), 2);
  });
  return texts.join('\n\n');
}

function titleOf(
  [{ result }]: readonly CellRow[],
  { pooled, isOne }: { readonly pooled: boolean; readonly isOne: boolean },
): string[] {
  if (isOne) return [];
  const work = `volatile work ${volatileWorkOf(result)}`;
  return [`In all, ${pooled ? work : `${conditionsText(result.system)}, ${work}`}:`];
}

function pointsOf(rows: readonly CellRow[]): Point[] {
  const groups = Map.groupBy(rows, ({ result: { execution, system } }) =>
    JSON.stringify([executionKey({ ...execution, seed: 0 }), conditionsKey(system)]),
  );
  return [...groups.values()].map((own) => ({
    label: executionLabel(own[0].result.execution),
    cores: Math.max(...own.map(({ result }) => result.threads)),
    under: Map.groupBy(own, ({ result }) => result.system.backend),
  }));
}

/** How many times as long as under `reference` it takes at `point`: the mean over the seeds. */
function ratioAt({ under }: Point, backend: string, reference: string): number {
  const [ours, theirs] = [backend, reference].map((name) => under.get(name) ?? []);
  const ratios = ours.map(
    (row, i) => execTimeNsPerTx(row.result) / execTimeNsPerTx(theirs[i].result),
  );
  return arithmeticMean(ratios);
}

const meanRatio = (points: readonly Point[], backend: string, reference: string): number =>
  geometricMean(points.map((point) => ratioAt(point, backend, reference)));

/** `isFree`: no volatile work is charged, so costs are upper bounds. */
function verdictLines(points: readonly Point[], isFree: boolean): string[] {
  const everywhere = (backend: string) => points.every(({ under }) => under.has(backend));
  const backends = [...points[0].under.keys()].filter(everywhere);
  const mirrored = backends.filter((name) => name !== UNMIRRORED.name && name !== BOUND.name);
  if (mirrored.length === 0) return ['Best design: no mirroring design was run.'];
  const isRight = (backend: string) =>
    points.every(({ under }) => under.get(backend)?.every(({ result }) => result.keepsOrder));
  const right = mirrored.filter(isRight);
  const designs = right.length > 0 ? right : mirrored;
  const reference = designs[0];
  const ranked = designs
    .map((name) => ({ name, ratio: meanRatio(points, name, reference) }))
    .sort((a, b) => a.ratio - b.ratio);
  const best = ranked[0].name;
  const wrong = mirrored.filter((name) => !isRight(name));
  return [
    `Best design: ${bestText(points, ranked)}${wrongText(wrong, right)}.`,
    `Its cost: ${costText(points, best, backends, isFree)}.`,
    `What limits it: ${limitText(points, best)}.`,
  ];
}

interface Ranked {
  readonly name: string;
  readonly ratio: number;
}

/** Which is the best, on how many, and which are as good. */
function bestText(points: readonly Point[], ranked: readonly Ranked[]): string {
  const [best, ...others] = ranked;
  if (others.length === 0) return `${best.name}, the only one`;
  const percent = points.some(({ cores }) => cores > 1) ? INTERLEAVING_PERCENT : SAME_PERCENT;
  const close = others.filter(({ ratio }) => ratio <= best.ratio * (1 + percent / 100));
  const same =
    percent === SAME_PERCENT
      ? `within ${percent} %`
      : `within ${percent} %, which is what the model can tell`;
  const tie =
    close.length === 0 ? '' : `; as good: ${close.map(({ name }) => name).join(', ')} (${same})`;
  if (points.length === 1) return `${best.name}${tie}`;
  // How much slower the fastest other one is at each point, in per cent.
  const leads = points.map((point) => {
    const ratios = others.map(({ name }) => ratioAt(point, name, best.name));
    return 100 * (Math.min(...ratios) - 1);
  });
  const ahead = leads.filter((lead) => lead > percent).length;
  const even = leads.filter((lead) => Math.abs(lead) <= percent).length;
  const evenText = even > 0 ? `, as good as another (${same}) on ${even}` : '';
  return `${best.name}, the fastest on ${ahead} of ${points.length} ${nounOf(points)}${evenText}${tie}`;
}

function wrongText(wrong: readonly string[], right: readonly string[]): string {
  if (wrong.length === 0) return '';
  const names = wrong.join(', ');
  return right.length === 0
    ? '; it loses order between clients that the program needs'
    : `; not counted: ${names}, losing order between clients that the program needs`;
}

function nounOf(points: readonly Point[]): string {
  const labels = new Set(points.map(({ label }) => label));
  return labels.size === points.length ? 'programs' : 'points';
}

/** What `best` costs over no mirroring, and gains over remote commit, as far as these were run. */
function costText(
  points: readonly Point[],
  best: string,
  backends: readonly string[],
  isFree: boolean,
): string {
  const most = isFree ? 'at most ' : '';
  const parts: string[] = [];
  if (backends.includes(UNMIRRORED.name)) {
    const cost = threeDigits(meanRatio(points, best, UNMIRRORED.name));
    const range = rangeText(points, best);
    parts.push(`${most}${cost} times the time without mirroring${range}`);
  }
  if (backends.includes(BASELINE.name) && best !== BASELINE.name) {
    const gain = threeDigits(meanRatio(points, BASELINE.name, best));
    parts.push(`${most}${gain} times as fast as ${BASELINE.name}`);
  }
  if (parts.length === 0) {
    const times = points.map(({ under }) =>
      arithmeticMean((under.get(best) ?? []).map(({ result }) => execTimeNsPerTx(result))),
    );
    const [least, most] = [Math.min(...times), Math.max(...times)].map(timeText);
    const what = least === most ? least : `${least} to ${most}`;
    parts.push(`${what} a transaction; ${UNMIRRORED.name} was not run beside it`);
  }
  return `${parts.join('; ')}${isFree ? ' (no volatile work is charged: upper bounds)' : ''}`;
}

/** Of several points the least and the greatest cost. */
function rangeText(points: readonly Point[], best: string): string {
  if (points.length === 1) return '';
  const isNamed = nounOf(points) === 'programs';
  const ends = points
    .map((point) => ({ label: point.label, cost: ratioAt(point, best, UNMIRRORED.name) }))
    .sort((a, b) => a.cost - b.cost);
  const texts = [ends[0], ends[ends.length - 1]].map(
    ({ label, cost }) => `${threeDigits(cost)}${isNamed ? ` (${label})` : ''}`,
  );
  return `, from ${texts.join(' to ')}`;
}

/** The largest part of the cores' time, of several points on average. */
function limitText(points: readonly Point[], best: string): string {
  const rows = points.flatMap(({ under }) => under.get(best) ?? []);
  const shares = TIME_PARTS.map((part) => ({
    part,
    share: arithmeticMean(
      rows.map(({ result: { report } }) => report.timePs[part] / (report.elapsedPs * report.cores)),
    ),
  }));
  const { part, share } = shares.reduce((a, b) => (b.share > a.share ? b : a));
  const where = points.length > 1 ? ' on average' : '';
  const what = part === 'compute' ? "the program's own volatile work" : PART_WORDS[part];
  return `${what}, ${threeDigits(100 * share)} % of its cores' time${where}`;
}
