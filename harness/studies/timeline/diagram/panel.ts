/** One design in the picture: its lifelines, what its core does, and the ways of its lines and fences. */

import { backendNamed, carriesLine, Verb } from '../../../../rdma/index.ts';
import { designLooks, GRID, INK, MUTED, PAPER, TEXT_PT, textWidthPt } from '../../../draw/index.ts';
import { timeText } from '../../../report/index.ts';
import { chosenMessages, chosenSpan, verbName } from '../account.ts';
import type { RecordedRow } from '../rows.ts';
import type { Message, Slice } from '../timeline.ts';
import { type Bundle, bundlesOf } from './bundles.ts';
import type { Canvas, Point } from './canvas.ts';
import { PART_LOOKS, type Stretch, stretchesOf } from './parts.ts';
import {
  answerWay,
  fenceWay,
  LIFELINES,
  type Lifeline,
  lineWay,
  memoryPathPs,
  type Place,
  slowestReplica,
} from './ways.ts';

/** Heights in a panel. */
const HEADER_PT = 12;
const MARKS_PT = 9;
const ROW_PT = 15;
const BAR_PT = 10;
const OTHER_CORE_PT = 5;

/** Other cores that are drawn; of more the picture says how many there are. */
const OTHER_CORES_MAX = 8;

/** A stretch is as long as this at least; what is shorter counts to its surroundings. */
const STEP_PT = 0.25;
/** Patterns of stretches that are narrower cannot be told apart. */
const NARROW_PT = 5;

/** The horizontal scale that all panels share. */
export interface Scale {
  readonly leftPt: number;
  readonly rightPt: number;
  /** Of the length of time from the begin of the chosen transactions on. */
  readonly ptPerPs: number;
}

/** One design in the picture, below others. */
export class Panel {
  readonly #row: RecordedRow;
  readonly #scale: Scale;
  readonly #topPt: number;
  readonly #messages: readonly Message[];
  readonly #lifelines: readonly Lifeline[];
  readonly #others: readonly number[];
  readonly #fromPs: number;
  readonly #toPs: number;

  constructor(row: RecordedRow, scale: Scale, topPt: number) {
    this.#row = row;
    this.#scale = scale;
    this.#topPt = topPt;
    const { timeline } = row;
    const posted = chosenMessages(timeline);
    const replica = slowestReplica(posted);
    this.#messages = posted.filter((one) => one.replica === replica);
    this.#lifelines = posted.length === 0 ? LIFELINES.slice(0, 2) : LIFELINES;
    const cores = timeline.cores.map((_, core) => core);
    this.#others = cores.filter((core) => core !== this.#core).slice(0, OTHER_CORES_MAX);
    ({ fromPs: this.#fromPs, toPs: this.#toPs } = chosenSpan(timeline));
  }

  get bottomPt(): number {
    return this.#y(this.#lifelines[this.#lifelines.length - 1]) + ROW_PT / 2;
  }

  get #core(): number {
    return this.#row.timeline.chosen[0].core;
  }

  get #colour(): string {
    const { backend } = this.#row.result.system;
    const { colour } = designLooks([backend])[backend];
    return colour === PAPER ? MUTED : colour;
  }

  draw(canvas: Canvas): void {
    this.#drawHeader(canvas);
    this.#drawStalls(canvas);
    this.#drawLifelines(canvas);
    this.#drawWriteBacks(canvas);
    this.#drawMessages(canvas);
    this.#drawOthers(canvas);
    this.#drawBar(canvas, this.#slicesOf(this.#core), this.#y('core') - BAR_PT / 2, BAR_PT);
    this.#drawMarks(canvas);
  }

  #y(lifeline: Lifeline): number {
    const place = LIFELINES.indexOf(lifeline);
    // The other cores are between the own memory and the core.
    const others = place > 0 ? this.#others.length * OTHER_CORE_PT : 0;
    return this.#topPt + HEADER_PT + MARKS_PT + others + (place + 0.5) * ROW_PT;
  }

  #x(atPs: number): number {
    const { leftPt, rightPt, ptPerPs } = this.#scale;
    return Math.min(rightPt, leftPt + (atPs - this.#fromPs) * ptPerPs);
  }

  readonly #place: Place = (atPs, lifeline) => ({ x: this.#x(atPs), y: this.#y(lifeline) });

  #slicesOf(core: number): readonly Slice[] {
    return this.#row.timeline.cores[core].slices
      .filter(({ fromPs, toPs }) => toPs > this.#fromPs && fromPs < this.#toPs)
      .map((slice) => ({
        ...slice,
        fromPs: Math.max(slice.fromPs, this.#fromPs),
        toPs: Math.min(slice.toPs, this.#toPs),
      }));
  }

  #stretchesOf(slices: readonly Slice[]): Stretch[] {
    const { ptPerPs } = this.#scale;
    const [stepPs, narrowPs] = [STEP_PT / ptPerPs, NARROW_PT / ptPerPs];
    return stretchesOf(slices, { fromPs: this.#fromPs, stepPs, narrowPs });
  }

  #drawHeader(canvas: Canvas): void {
    const { backend } = this.#row.result.system;
    const { leftPt } = this.#scale;
    const y = this.#topPt + HEADER_PT - 4;
    const look = designLooks([backend])[backend];
    const swatch = { x: 3, y: y - 6 };
    canvas.rect(swatch, { width: 9, height: 7 }, look);
    canvas.frame(swatch, { width: 9, height: 7 });
    canvas.text(backend, { x: 15, y }, { bold: true });
    canvas.text(this.#summary(), { x: leftPt, y });
  }

  /** How long it takes and what it posts, in a line. */
  #summary(): string {
    const counts = Map.groupBy(this.#messages, ({ verb }) => verbName(verb));
    const posted = [...counts].map(([verb, { length }]) =>
      verb === 'WRITE' ? plural(length, 'line') : plural(length, verb),
    );
    const { backend, replicas, faults } = this.#row.result.system;
    const [first] = this.#messages;
    const which =
      first !== undefined && (replicas > 1 || faults.length > 0)
        ? ` to replica ${first.replica} of ${replicas}, the last to be done`
        : '';
    const { queuePairsUsed, threads } = this.#row.result;
    const queuePairs = threads > 1 ? `; queue pairs ${queuePairsUsed}` : '';
    const list =
      posted.length === 0 ? `${backend} posts nothing` : posted.join(', ') + which + queuePairs;
    return `${timeText((this.#toPs - this.#fromPs) / 1000)}: ${list}`;
  }

  #drawLifelines(canvas: Canvas): void {
    const { leftPt, rightPt } = this.#scale;
    for (const lifeline of this.#lifelines) {
      const y = this.#y(lifeline);
      canvas.line(
        [
          { x: leftPt, y },
          { x: rightPt, y },
        ],
        GRID,
        0.6,
      );
      canvas.text(this.#nameOf(lifeline), { x: leftPt - 4, y: y + 2.5 }, { anchor: 'end' });
    }
  }

  #nameOf(lifeline: Lifeline): string {
    if (lifeline === 'core') return `core ${this.#core}`;
    const { backend } = this.#row.result.system;
    const isBypassed = lifeline === 'LLC' && backendNamed(backend).ddio === 'off';
    return isBypassed ? 'LLC, bypassed' : lifeline;
  }

  /** Shades the time for which the core waits across the lifelines. */
  #drawStalls(canvas: Canvas): void {
    const [top, bottom] = [this.#y('core'), this.bottomPt - ROW_PT / 2];
    for (const { fromPs, toPs, partPs } of this.#stretchesOf(this.#slicesOf(this.#core))) {
      const [part] = largest(partPs);
      if (!PART_LOOKS[part].isStall || bottom <= top) continue;
      const [left, right] = [this.#x(fromPs), this.#x(toPs)];
      const corners = [
        { x: left, y: top },
        { x: right, y: top },
        { x: right, y: bottom },
        { x: left, y: bottom },
      ];
      canvas.area(corners, MUTED, 0.1);
    }
  }

  #drawOthers(canvas: Canvas): void {
    if (this.#others.length === 0) return;
    const top = this.#y('own memory') + ROW_PT / 2;
    this.#others.forEach((core, i) => {
      this.#drawBar(canvas, this.#slicesOf(core), top + i * OTHER_CORE_PT, OTHER_CORE_PT - 1);
    });
    const middle = top + (this.#others.length * OTHER_CORE_PT) / 2 + 2;
    const name = this.#others.length === 1 ? `core ${this.#others[0]}` : 'other cores';
    canvas.text(name, { x: this.#scale.leftPt - 4, y: middle }, { anchor: 'end', colour: MUTED });
  }

  #drawBar(canvas: Canvas, slices: readonly Slice[], y: number, height: number): void {
    const isMain = height === BAR_PT;
    for (const stretch of this.#stretchesOf(slices)) {
      const { fromPs, toPs, partPs } = stretch;
      const [left, right] = [this.#x(fromPs), this.#x(toPs)];
      const whole = partPs.reduce((sum, [, ps]) => sum + ps, 0);
      let above = y;
      for (const [part, ps] of partPs) {
        const size = { width: right - left, height: (ps / whole) * height };
        canvas.rect({ x: left, y: above }, size, PART_LOOKS[part]);
        above += size.height;
      }
      if (isMain) this.#label(canvas, stretch, y + height / 2);
    }
    if (slices.length === 0) return;
    const [left, right] = [slices[0].fromPs, slices[slices.length - 1].toPs].map((at) =>
      this.#x(at),
    );
    canvas.frame({ x: left, y }, { width: right - left, height });
  }

  /** The name of a stall inside its stretch, as long a name as there is room for. */
  #label(canvas: Canvas, stretch: Stretch, y: number): void {
    const [left, right] = [this.#x(stretch.fromPs), this.#x(stretch.toPs)];
    const names = namesOf(stretch);
    const name = names.find((one) => textWidthPt(one, TEXT_PT) + 4 <= right - left);
    if (name === undefined) return;
    const width = textWidthPt(name, TEXT_PT) + 2;
    const middle = (left + right) / 2;
    const ground = { colour: PAPER, pattern: 'plain', lines: PAPER };
    canvas.rect({ x: middle - width / 2, y: y - 4 }, { width, height: 8 }, ground);
    canvas.text(name, { x: middle, y: y + 2.5 }, { anchor: 'middle' });
  }

  #drawWriteBacks(canvas: Canvas): void {
    const { writeBacks } = this.#row.timeline.cores[this.#core];
    const ways = writeBacks
      .filter(({ fromPs }) => fromPs >= this.#fromPs && fromPs <= this.#toPs)
      .map(({ fromPs, toPs }) => [this.#place(fromPs, 'core'), this.#place(toPs, 'own memory')]);
    for (const bundle of bundlesOf(ways)) drawBundle(canvas, bundle, MUTED);
  }

  #drawMessages(canvas: Canvas): void {
    const [first] = this.#messages;
    const leavePs = first === undefined ? 0 : memoryPathPs(this.#row, first.replica);
    const lines = this.#messages.filter(({ verb }) => carriesLine(verb));
    const fences = this.#messages.filter(({ verb }) => !carriesLine(verb));
    for (const bundle of bundlesOf(lines.map((one) => lineWay(one, this.#place, leavePs)))) {
      drawBundle(canvas, bundle, this.#colour);
      this.#count(canvas, bundle);
    }
    const answered = fences.filter(
      ({ verb, backPs }) => verb !== Verb.ROFENCE && backPs < Number.POSITIVE_INFINITY,
    );
    for (const some of Map.groupBy(fences, ({ verb }) => verb).values()) {
      const bundles = bundlesOf(some.map((one) => fenceWay(one, this.#place)));
      for (const bundle of bundles) drawBundle(canvas, bundle, INK);
      this.#nameFence(canvas, verbName(some[0].verb), bundles);
    }
    for (const bundle of bundlesOf(answered.map((one) => answerWay(one, this.#place)))) {
      drawBundle(canvas, bundle, INK, '2,1.5');
    }
  }

  /** Names the first fence of a kind that there is room for: the others look like it. */
  #nameFence(canvas: Canvas, name: string, bundles: readonly Bundle[]): void {
    bundles.some(({ first, count }) => {
      const { x, y } = first[first.length - 1];
      const label = count === 1 ? name : `${count} ${name}s`;
      const isRight = x - textWidthPt(label, TEXT_PT) < this.#scale.leftPt;
      const anchor = isRight ? 'start' : 'end';
      return canvas.textIfFree(label, { x: x - 2, y: y - 2.5 }, { anchor, rim: true });
    });
  }

  /** Says how many lines a bundle stands for. */
  #count(canvas: Canvas, { first, last, count }: Bundle): void {
    if (count === 1) return;
    const y = (this.#y('core') + this.#y('NIC')) / 2 + 5;
    const text = plural(count, 'line');
    const isRoom = last[0].x + 2 + textWidthPt(text, TEXT_PT) <= this.#scale.rightPt;
    const [x, anchor] = isRoom
      ? [last[0].x + 2, 'start' as const]
      : [first[0].x - 2, 'end' as const];
    canvas.textIfFree(text, { x, y }, { anchor, rim: true });
  }

  /** Where transactions begin, and their durability points: the last fence is where each is acknowledged. */
  #drawMarks(canvas: Canvas): void {
    const { fences } = this.#row.timeline.cores[this.#core];
    const { chosen } = this.#row.timeline;
    const top = this.#topPt + HEADER_PT + MARKS_PT;
    const bottom = this.bottomPt - ROW_PT / 2;
    const upright = (x: number) => [
      { x, y: top },
      { x, y: bottom },
    ];
    const style = { rim: true } as const;
    for (const { beginPs, number } of chosen.length > 1 ? chosen : []) {
      const start = this.#x(beginPs);
      const at = { x: start + 2, y: top - 1 };
      canvas.line(upright(start), MUTED, 0.4);
      const isNamed = canvas.textIfFree(`transaction ${number}`, at, style);
      if (!isNamed) canvas.textIfFree(`${number}`, at, style);
    }
    for (const { beginPs, endPs } of chosen) {
      const own = fences.filter(
        ({ atPs, durability }) => durability && atPs > beginPs && atPs <= endPs,
      );
      const last = own.at(-1);
      if (last === undefined) continue;
      const x = this.#x(last.atPs);
      canvas.line(upright(x), INK, 0.6, '3,1.5');
      drawDiamond(canvas, { x, y: this.#y('core') });
      // At the last of several it is said; the others look like it.
      if (endPs !== this.#toPs) continue;
      const isLeft = x > this.#scale.leftPt + 60;
      const [side, anchor] = isLeft ? [-2, 'end' as const] : [2, 'start' as const];
      canvas.textIfFree('durable', { x: x + side, y: top - 1 }, { ...style, anchor });
    }
  }
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function largest(partPs: Stretch['partPs']): Stretch['partPs'][number] {
  return partPs.reduce((most, one) => (one[1] > most[1] ? one : most));
}

/** What a stretch can be called, the longest first; nothing if the core works there. */
function namesOf({ partPs }: Stretch): string[] {
  const whole = partPs.reduce((sum, [, ps]) => sum + ps, 0);
  const stalls = partPs
    .filter(([part, ps]) => PART_LOOKS[part].isStall && ps >= 0.1 * whole)
    .sort(([, a], [, b]) => b - a);
  if (stalls.length === 0) return [];
  const [[part, ps]] = stalls;
  const isMixed = partPs.length > 1;
  const shares = stalls.map(([one, time]) => `${one} ${Math.round((100 * time) / whole)} %`);
  return isMixed
    ? [shares.join(', '), shares[0], PART_LOOKS[part].short]
    : [`${part} ${timeText(ps / 1000)}`, part, PART_LOOKS[part].short];
}

function drawDiamond(canvas: Canvas, { x, y }: Point): void {
  const corners = [
    { x, y: y - 4 },
    { x: x + 2.6, y },
    { x, y: y + 4 },
    { x: x - 2.6, y },
  ];
  canvas.area(corners, INK, 1);
}

function drawBundle(canvas: Canvas, bundle: Bundle, colour: string, dash = ''): void {
  const { first, last, count } = bundle;
  // Fences are drawn over lines.
  const opacity = colour === INK ? 0.08 : 0.3;
  if (count > 1) canvas.area([...first, ...[...last].reverse()], colour, opacity);
  for (const way of count > 1 ? [first, last] : [first]) {
    canvas.line(way, colour, 0.7, dash);
    const tip = way[way.length - 1];
    const before = way.findLast(({ x, y }) => x !== tip.x || y !== tip.y);
    if (before !== undefined) canvas.head(before, tip, colour);
  }
}
