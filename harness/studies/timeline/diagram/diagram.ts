/**
 * The sequence diagram of the chosen transactions: a panel a design on one axis of time, from the begin
 * of the first transaction on. What would lie on each other is drawn as one with its count.
 */

import { TIME_PARTS } from '../../../../rdma/index.ts';
import {
  darkened,
  GRID,
  INK,
  MUTED,
  TEXT_PT,
  TITLE_PT,
  textWidthPt,
  WIDTHS_PT,
  wrapped,
} from '../../../draw/index.ts';
import { chosenParts, chosenSpan } from '../account.ts';
import type { RecordedRow } from '../rows.ts';
import { verdict } from '../table.ts';
import { Canvas } from './canvas.ts';
import { Panel, type Scale } from './panel.ts';
import { PART_LOOKS } from './parts.ts';

const WIDTH_PT = WIDTHS_PT.page;
const MARGIN_PT = 3;
const LABELS_PT = 66;
const LEGEND_ROW_PT = 9.5;
const PANEL_GAP_PT = 5;

/** What is written above the picture, and on what ground it is. */
export interface Heading {
  readonly title: string;
  readonly dark: boolean;
}

/** The picture of `rows` as SVG, as wide as a page of a paper. */
export function timelineSvg(rows: readonly RecordedRow[], { title, dark }: Heading): string {
  const canvas = new Canvas();
  const scale = scaleOf(rows);
  let y = drawTitle(canvas, verdict(rows), title);
  const topPt = y;
  const panels = rows.map((row) => {
    const panel = new Panel(row, scale, y);
    y = panel.bottomPt + PANEL_GAP_PT;
    return panel;
  });
  const ticks = ticksOf(scale);
  for (const { x } of ticks.marks)
    canvas.line(
      [
        { x, y: topPt },
        { x, y },
      ],
      GRID,
      0.4,
    );
  for (const panel of panels) panel.draw(canvas);
  y = drawAxis(canvas, scale, ticks, y);
  y = drawLegend(canvas, rows, y + 8);
  const svg = canvas.svg(WIDTH_PT, Math.ceil(y), verdict(rows), describe(rows, title));
  return dark ? darkened(svg) : svg;
}

function scaleOf(rows: readonly RecordedRow[]): Scale {
  const [leftPt, rightPt] = [LABELS_PT, WIDTH_PT - MARGIN_PT - 4];
  const longest = Math.max(
    ...rows.map(({ timeline }) => {
      const { fromPs, toPs } = chosenSpan(timeline);
      return toPs - fromPs;
    }),
  );
  return { leftPt, rightPt, ptPerPs: (rightPt - leftPt) / Math.max(1, longest) };
}

function drawTitle(canvas: Canvas, finding: string, title: string): number {
  const inside = WIDTH_PT - 2 * MARGIN_PT;
  let y = MARGIN_PT + TITLE_PT;
  for (const line of wrapped(finding, inside, TITLE_PT, 'bold')) {
    canvas.text(line, { x: MARGIN_PT, y }, { bold: true, sizePt: TITLE_PT });
    y += TITLE_PT + 2;
  }
  for (const line of wrapped(`${title}.`, inside, TEXT_PT)) {
    canvas.text(line, { x: MARGIN_PT, y }, { colour: MUTED });
    y += TEXT_PT + 2;
  }
  return y;
}

interface Ticks {
  readonly unit: string;
  readonly marks: readonly { readonly x: number; readonly label: string }[];
}

/** Round times, as many as have room for their labels. */
function ticksOf({ leftPt, rightPt, ptPerPs }: Scale): Ticks {
  const wholeNs = (rightPt - leftPt) / ptPerPs / 1000;
  const [unit, unitNs] = wholeNs < 2000 ? ['ns', 1] : wholeNs < 2e6 ? ['us', 1e3] : ['ms', 1e6];
  const about = wholeNs / unitNs / 8;
  const power = 10 ** Math.floor(Math.log10(about));
  const step = ([1, 2, 5, 10].find((one) => one * power >= about) ?? 10) * power;
  const count = Math.floor(wholeNs / unitNs / step + 1e-9);
  return {
    unit,
    marks: Array.from({ length: count + 1 }, (_, i) => ({
      x: leftPt + i * step * unitNs * 1000 * ptPerPs,
      label: String(Number((i * step).toPrecision(6))),
    })),
  };
}

function drawAxis(canvas: Canvas, { leftPt, rightPt }: Scale, ticks: Ticks, y: number): number {
  canvas.line(
    [
      { x: leftPt, y },
      { x: rightPt, y },
    ],
    MUTED,
    0.5,
  );
  for (const { x, label } of ticks.marks) {
    canvas.line(
      [
        { x, y },
        { x, y: y + 3 },
      ],
      MUTED,
      0.5,
    );
    canvas.textIfFree(label, { x, y: y + 10 }, { anchor: 'middle' });
  }
  canvas.text(`time (${ticks.unit})`, { x: leftPt - 8, y: y + 10 }, { anchor: 'end' });
  return y + 14;
}

/** Parts with what each design spends on them, beside what the arrows mean. */
function drawLegend(canvas: Canvas, rows: readonly RecordedRow[], top: number): number {
  const accounts = rows.map(({ timeline }) => chosenParts(timeline));
  const parts = TIME_PARTS.filter((part) => accounts.some(({ partPs }) => partPs[part] > 0));
  const nameX = MARGIN_PT + 14;
  const columns = rows.map((_, i) => nameX + 118 + (i + 1) * 46);
  let y = top + TEXT_PT;
  canvas.text('part of the core’s time, ns', { x: MARGIN_PT, y }, { bold: true });
  rows.forEach(({ result }, i) => {
    canvas.text(result.system.backend, { x: columns[i], y }, { bold: true, anchor: 'end' });
  });
  for (const part of parts) {
    y += LEGEND_ROW_PT;
    const look = PART_LOOKS[part];
    canvas.rect({ x: MARGIN_PT, y: y - 6 }, { width: 11, height: 7 }, look);
    canvas.frame({ x: MARGIN_PT, y: y - 6 }, { width: 11, height: 7 });
    const short = look.isStall ? ` (“${look.short}”)` : '';
    canvas.text(`${part}${short}`, { x: nameX, y });
    accounts.forEach(({ partPs }, i) => {
      canvas.text((partPs[part] / 1000).toFixed(1), { x: columns[i], y }, { anchor: 'end' });
    });
  }
  y += LEGEND_ROW_PT;
  canvas.text('all', { x: nameX, y }, { bold: true });
  accounts.forEach(({ wholePs }, i) => {
    const text = (wholePs / 1000).toFixed(1);
    canvas.text(text, { x: columns[i], y }, { anchor: 'end', bold: true });
  });
  const signsX = columns[columns.length - 1] + 20;
  const room = WIDTH_PT - MARGIN_PT - signsX;
  const isBeside = room > signsPt();
  const end = drawSigns(canvas, isBeside ? signsX : MARGIN_PT, isBeside ? top : y + 4);
  return Math.max(y, end) + MARGIN_PT + 2;
}

/** What the signs mean. */
const SIGNS = [
  ['line', 'a line, in the colour of its design'],
  ['bundle', 'several, first and last, and how many'],
  ['fence', 'a fence: RCOMMIT, ROFENCE or RDFENCE'],
  ['answer', 'the answer that the core waits for'],
  ['durable', 'durability point: may be acknowledged'],
  ['shade', 'the core waits'],
] as const;

const SIGN_PT = 18;
const signsPt = (): number =>
  SIGN_PT + Math.max(...SIGNS.map(([, text]) => textWidthPt(text, TEXT_PT)));

function drawSigns(canvas: Canvas, x: number, top: number): number {
  let y = top + TEXT_PT;
  for (const [sign, text] of SIGNS) {
    const [from, to] = [
      { x, y: y - 2.5 },
      { x: x + 13, y: y - 2.5 },
    ];
    const colour = sign === 'line' || sign === 'bundle' ? MUTED : INK;
    if (sign === 'shade') {
      const shade = [from.y - 3, from.y + 3];
      const corners = [
        { x, y: shade[0] },
        { x: to.x, y: shade[0] },
        { x: to.x, y: shade[1] },
        { x, y: shade[1] },
      ];
      canvas.area(corners, MUTED, 0.1);
    } else if (sign === 'durable') {
      canvas.line(
        [
          { x: x + 6, y: y - 7 },
          { x: x + 6, y: y + 1 },
        ],
        INK,
        0.6,
        '3,1.5',
      );
    } else if (sign === 'bundle') {
      const [above, below] = [
        [
          { x, y: y - 5 },
          { x: to.x, y: y - 5 },
        ],
        [
          { x, y },
          { x: to.x, y },
        ],
      ];
      canvas.area([...above, ...[...below].reverse()], colour, 0.3);
      for (const way of [above, below]) canvas.line(way, colour, 0.7);
    } else {
      canvas.line([from, to], colour, 0.7, sign === 'answer' ? '2,1.5' : '');
      canvas.head(from, to, colour);
    }
    canvas.text(text, { x: x + SIGN_PT, y });
    y += LEGEND_ROW_PT;
  }
  return y - LEGEND_ROW_PT;
}

/** The picture in words. */
function describe(rows: readonly RecordedRow[], title: string): string {
  const designs = rows.map(({ result, timeline }) => {
    const { wholePs, partPs } = chosenParts(timeline);
    const parts = TIME_PARTS.filter((part) => partPs[part] > 0).map(
      (part) => `${part} ${(partPs[part] / 1000).toFixed(1)}`,
    );
    return `${result.system.backend}: ${(wholePs / 1000).toFixed(1)} ns (${parts.join(', ')}).`;
  });
  return `${title}. ${designs.join(' ')}`;
}
