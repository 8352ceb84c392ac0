/**
 * A drawing as SVG: vega-lite, then vega without a browser or a canvas. The same bytes on every
 * machine: text is measured with the font that comes along, coordinates are rounded to a hundredth
 * of a point, and names of clips are counted anew for each figure.
 */

import { logger, parse, resetSVGDefIds, type Spec, View, Warn } from 'vega';
import { compile, resetIdCounter, type TopLevelSpec } from 'vega-lite';
import { UsageError } from '../../../harness/host/index.ts';
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

/** Draws `drawing` at exactly the printed `width`. Throws UsageError for rows that cannot be drawn so. */
export async function render(drawing: Drawing, width: FigureWidth): Promise<Rendered> {
  measureWithOwnFont();
  const widthPt = WIDTHS_PT[width];
  const panelWidth = await fittingPanelWidth(drawing, widthPt);
  const spec = specOf(drawing, panelWidth, titleOf(drawing, widthPt));
  const drawn = await svgOf(spec);
  if (drawn.widthPt > widthPt) {
    throw new UsageError(`${drawn.widthPt} pt wide, of ${widthPt}: names may be too long`);
  }
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
  return compiledSpec(specOf(drawing, panelWidth));
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
  if (!(fitting > 0)) {
    throw new UsageError(
      `no width of its panels makes it ${widthPt} pt wide: too many, or long names`,
    );
  }
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

/**
 * Warnings are errors: of a figure (a channel that vega-lite drops), or of the rows (a scale of nothing).
 * Vega goes on after what is thrown, so it is kept for {@link Strict.check}.
 */
class Strict {
  readonly logger = logger(Warn);
  readonly #said: string[] = [];

  constructor() {
    const keep = (...words: readonly unknown[]) => {
      this.#said.push(words.map((word) => (word instanceof Error ? word.message : word)).join(' '));
      return this.logger;
    };
    Object.assign(this.logger, { warn: keep, error: keep });
  }

  /** Throws UsageError for the first warning that there was. */
  check(): void {
    const [first] = this.#said;
    if (first === undefined) return;
    const [, field] = /^Infinite extent for field "(.*?)"/.exec(first) ?? [];
    const why = field === undefined ? first : `none has a number for ${field}`;
    throw new UsageError(`it cannot be drawn from these rows: ${why}`);
  }
}

/** What vega-lite makes of `spec`. */
function compiledSpec(spec: TopLevelSpec): Spec {
  const strict = new Strict();
  const compiled = compile(spec, { logger: strict.logger }).spec;
  strict.check();
  return compiled;
}

async function svgOf(spec: TopLevelSpec) {
  resetIdCounter();
  resetSVGDefIds();
  const strict = new Strict();
  const view = new View(parse(compiledSpec(spec)), { renderer: 'none', logger: strict.logger });
  // The second pass lays out what the first has measured: legends below panels with headers.
  await view.runAsync();
  await view.resize().runAsync();
  // A dash without a gap is a line, which PDF must be told so.
  const svg = rounded(await view.toSVG()).replaceAll(' stroke-dasharray="1,0"', '');
  view.finalize();
  strict.check();
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
