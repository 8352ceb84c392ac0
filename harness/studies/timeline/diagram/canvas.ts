/** A drawing in points that becomes SVG, the same bytes everywhere: coordinates are rounded. */

import { FONT, INK, PAPER, patternDefinition, TEXT_PT, textWidthPt } from '../../../draw/index.ts';

/** A point of a drawing: to the right, and down. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How text stands at its point. */
export interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
  readonly colour?: string;
  readonly sizePt?: number;
  /** Over lines: with a rim of the ground's colour. */
  readonly rim?: boolean;
}

/** How an area is filled: plain, or with a pattern over its colour. */
export interface Fill {
  readonly colour: string;
  readonly pattern: string;
  readonly lines: string;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const n = (value: number): string => String(Number(value.toFixed(2)) + 0);
const pathOf = (points: readonly Point[]): string =>
  points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${n(x)},${n(y)}`).join('');

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Collects what is drawn. Texts that were placed keep others away. */
export class Canvas {
  readonly #elements: string[] = [];
  /** Texts come last, so that no line crosses them. */
  readonly #texts: string[] = [];
  readonly #patterns = new Map<string, string>();
  readonly #taken: Box[] = [];

  rect(from: Point, size: { readonly width: number; readonly height: number }, fill: Fill): void {
    const box = `x="${n(from.x)}" y="${n(from.y)}" width="${n(size.width)}" height="${n(size.height)}"`;
    this.#elements.push(`<rect ${box} fill="${fill.colour}"/>`);
    if (fill.pattern === 'plain') return;
    const id = `${fill.pattern}-${fill.lines.slice(1)}`;
    this.#patterns.set(id, patternDefinition(id, fill.pattern, fill.lines));
    this.#elements.push(`<rect ${box} fill="url(#${id})"/>`);
  }

  /** The rim of a rectangle. */
  frame(from: Point, size: { readonly width: number; readonly height: number }): void {
    const box = `x="${n(from.x)}" y="${n(from.y)}" width="${n(size.width)}" height="${n(size.height)}"`;
    this.#elements.push(`<rect ${box} fill="none" stroke="${INK}" stroke-width="0.4"/>`);
  }

  line(points: readonly Point[], colour: string, widthPt: number, dash = ''): void {
    const dashed = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
    this.#elements.push(
      `<path d="${pathOf(points)}" fill="none" stroke="${colour}" stroke-width="${n(widthPt)}"${dashed}/>`,
    );
  }

  area(points: readonly Point[], colour: string, opacity: number): void {
    this.#elements.push(
      `<path d="${pathOf(points)}Z" fill="${colour}" fill-opacity="${n(opacity)}"/>`,
    );
  }

  dot({ x, y }: Point, colour: string, radiusPt: number): void {
    this.#elements.push(`<circle cx="${n(x)}" cy="${n(y)}" r="${n(radiusPt)}" fill="${colour}"/>`);
  }

  /** The head of an arrow that arrives at `tip` from `from`. */
  head(from: Point, tip: Point, colour: string): void {
    const [dx, dy] = [tip.x - from.x, tip.y - from.y];
    const length = Math.hypot(dx, dy);
    if (length === 0) return;
    const at = (back: number, aside: number): Point => ({
      x: tip.x - (dx * back + dy * aside) / length,
      y: tip.y - (dy * back - dx * aside) / length,
    });
    this.area([tip, at(2.6, 1.1), at(2.6, -1.1)], colour, 1);
  }

  text(text: string, { x, y }: Point, style: TextStyle = {}): void {
    const { anchor = 'start', bold = false, colour = INK, sizePt = TEXT_PT, rim = false } = style;
    this.#taken.push(boxOf(text, { x, y }, style));
    const rimmed = rim
      ? ` paint-order="stroke" stroke="${PAPER}" stroke-width="1.6" stroke-linejoin="round"`
      : '';
    this.#texts.push(
      `<text x="${n(x)}" y="${n(y)}" font-size="${n(sizePt)}px" text-anchor="${anchor}"` +
        `${bold ? ' font-weight="bold"' : ''} fill="${colour}"${rimmed}>${escaped(text)}</text>`,
    );
  }

  /** Draws the text if no other stands there; true if so. */
  textIfFree(text: string, at: Point, style: TextStyle = {}): boolean {
    const box = boxOf(text, at, style);
    const meets = this.#taken.some(
      (one) =>
        one.left < box.right &&
        box.left < one.right &&
        one.top < box.bottom &&
        box.top < one.bottom,
    );
    if (!meets) this.text(text, at, style);
    return !meets;
  }

  /** The drawing, `widthPt` wide. `title` and `text` are for those who do not see it. */
  svg(widthPt: number, heightPt: number, title: string, text: string): string {
    const size = `width="${n(widthPt)}pt" height="${n(heightPt)}pt" viewBox="0 0 ${n(widthPt)} ${n(heightPt)}"`;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" font-family="${FONT}">\n` +
      `<title>${escaped(title)}</title>\n<desc>${escaped(text)}</desc>\n` +
      `<defs>${[...this.#patterns.values()].join('')}</defs>\n` +
      `<rect width="${n(widthPt)}" height="${n(heightPt)}" fill="${PAPER}"/>\n` +
      `${[...this.#elements, ...this.#texts].join('\n')}\n</svg>\n`
    );
  }
}

/** Where a text stands, with some air at its sides. */
function boxOf(text: string, { x, y }: Point, style: TextStyle): Box {
  const { anchor = 'start', bold = false, sizePt = TEXT_PT } = style;
  const width = textWidthPt(text, sizePt, bold ? 'bold' : 'normal');
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
  return { left: left - 1.5, right: left + width + 1.5, top: y - sizePt * 0.8, bottom: y + 1.5 };
}
