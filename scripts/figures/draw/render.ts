/**
 * A drawing as SVG: vega-lite, then vega without a browser or a canvas. The same bytes on every
 * machine: text is measured with the font that comes along, coordinates are rounded to a hundredth
 * of a point, and names of clips are counted anew for each figure.
 */

import assert from 'node:assert/strict';
import { logger, parse, resetSVGDefIds, type Spec, View, Warn } from 'vega';
import { compile, resetIdCounter, type TopLevelSpec } from 'vega-lite';
import type { Drawing } from './figure.ts';
import { measureWithOwnFont, wrapped } from './font.ts';
import { withoutPatterns, withPatterns } from './patterns.ts';
import { type FigureWidth, TEXT_PT, TITLE_PT, themeConfig, WIDTHS_PT } from './theme.ts';

/** A figure, drawn. */
export interface Rendered {
  readonly svg: string;
  /** The vega-lite specification, for notebooks: data in it, plain colours for patterns. */
  readonly json: string;
  readonly widthPt: number;
  readonly heightPt: number;
}

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';
const PADDING_PT = 3;

/** A panel's width is found in two rounds, or a few more where labels of the axis change with it. */
const ROUNDS_MAX = 8;

/** Draws `drawing` at exactly the printed `width`. */
export async function render(drawing: Drawing, width: FigureWidth): Promise<Rendered> {
  measureWithOwnFont();
  const widthPt = WIDTHS_PT[width];
  const panelWidth = await fittingPanelWidth(drawing, widthPt);
  const spec = specOf(drawing, panelWidth, titleOf(drawing, widthPt));
  const drawn = await svgOf(spec);
  assert(drawn.widthPt <= widthPt, `${drawing.title}: ${drawn.widthPt} of ${widthPt} pt wide`);
  const heightPt = Math.ceil(drawn.heightPt);
  const title = `<title>${escaped(drawing.title)}</title>`;
  const desc = `<desc>${escaped(textOf(drawing).join(' '))}</desc>`;
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPt}pt" height="${heightPt}pt" ` +
    `viewBox="0 0 ${widthPt} ${heightPt}" role="img">`;
  const inner = drawn.svg.replace(/^<svg[^>]*>/, '');
  const svg = `${head}${title}${desc}${withPatterns(inner)}\n`;
  const json = withoutPatterns(`${JSON.stringify(spec, null, 2)}\n`);
  return { svg, json, widthPt, heightPt };
}

/** `drawing` for a page: the same panels as {@link render} has, without the text around them. */
export async function liveSpecOf(drawing: Drawing, width: FigureWidth): Promise<Spec> {
  measureWithOwnFont();
  const panelWidth = await fittingPanelWidth(drawing, WIDTHS_PT[width]);
  return compile(specOf(drawing, panelWidth), { logger: strictLogger() }).spec;
}

/** The width of a panel at which the whole figure, axes and legends too, is `widthPt` wide. */
async function fittingPanelWidth(drawing: Drawing, widthPt: number): Promise<number> {
  const across = drawing.across ?? 1;
  let panelWidth = (widthPt - 40) / across;
  let fitting = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const drawn = await svgOf(specOf(drawing, panelWidth));
    const off = widthPt - drawn.widthPt;
    if (off >= 0) fitting = Math.max(fitting, panelWidth);
    if (off >= 0 && off < 2) break;
    panelWidth = Math.floor((panelWidth + off / across) * 10) / 10;
  }
  assert(fitting > 0, `${drawing.title}: no width of its panels makes it ${widthPt} pt wide`);
  return fitting;
}

function specOf(drawing: Drawing, panelWidth: number, title?: object): TopLevelSpec {
  const spec = {
    $schema: SCHEMA,
    ...(title === undefined ? {} : { title }),
    ...drawing.view,
    config: themeConfig(panelWidth),
  };
  return spec as unknown as TopLevelSpec;
}

/** Caption and notes, a sentence each. */
const textOf = ({ caption, notes = [] }: Drawing): readonly string[] => [caption, ...notes];

function titleOf(drawing: Drawing, widthPt: number): object {
  const inside = widthPt - 2 * PADDING_PT;
  return {
    text: wrapped(drawing.title, inside, TITLE_PT, 'bold'),
    fontSize: TITLE_PT,
    subtitle: textOf(drawing).flatMap((line) => wrapped(line, inside, TEXT_PT)),
    offset: 6,
  };
}

/** Warnings are defects of a figure: a channel that vega-lite drops, a scale of nothing. */
function strictLogger() {
  const strict = logger(Warn);
  strict.warn = (...words: readonly unknown[]) => {
    throw new Error(`vega-lite: ${words.join(' ')}`);
  };
  return strict;
}

async function svgOf(spec: TopLevelSpec) {
  resetIdCounter();
  resetSVGDefIds();
  const compiled = compile(spec, { logger: strictLogger() }).spec;
  const view = new View(parse(compiled), { renderer: 'none', logger: strictLogger() });
  // The second pass lays out what the first has measured: legends below panels with headers.
  await view.runAsync();
  await view.resize().runAsync();
  // A dash without a gap is a line, which PDF must be told so.
  const svg = rounded(await view.toSVG()).replaceAll(' stroke-dasharray="1,0"', '');
  view.finalize();
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  return { svg, widthPt: Number(width), heightPt: Number(height) };
}

/** `svg` with the numbers of its tags rounded to two places; its texts as they are. */
function rounded(svg: string): string {
  return svg.replace(/<[^>]+>/g, (tag) =>
    tag.replace(/-?\d+\.\d+(?:e-?\d+)?|-?\d+e-\d+/g, (digits) =>
      String(Number(Number(digits).toFixed(2)) + 0),
    ),
  );
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
