/** Patterns over areas, as SVG definitions: vega has none of its own, but writes a fill as it is given. */

import { patternDefinition } from '../../../harness/draw/index.ts';

const FILL = /url\(#([a-z]+)-([0-9a-f]{6})-([0-9a-f]{6})\)/;

/**
 * Definitions of the patterns that `text` names, for a page that draws by itself: with the ground in
 * the tile, as an area there has one fill.
 */
export function patternsOf(text: string): string[] {
  const found = new Map<string, string>();
  for (const [fill, pattern, colour, lines] of text.matchAll(new RegExp(FILL, 'g'))) {
    const id = fill.slice(5, -1);
    found.set(id, patternDefinition(id, pattern, `#${lines}`, `#${colour}`));
  }
  return [...found.values()];
}

/**
 * `svg` with its patterned areas as two: the plain colour, and over it the pattern, whose definition
 * is put in front. A pattern with a ground of its own would show seams between its tiles in PDF.
 */
export function withPatterns(svg: string): string {
  const definitions = new Map<string, string>();
  const patterned = svg.replace(/<path [^>]*>(?:<\/path>)?/g, (path) => {
    const [fill, pattern, colour, lines] = FILL.exec(path) ?? [];
    if (fill === undefined) return path;
    const id = fill.slice(5, -1);
    definitions.set(id, patternDefinition(id, pattern, `#${lines}`));
    return path.replace(fill, `#${colour}`) + path;
  });
  if (definitions.size === 0) return svg;
  return `<defs>${[...definitions.values()].join('')}</defs>${patterned}`;
}

/** `json` of a figure with plain colours for patterns, which only our own SVG defines. */
export function withoutPatterns(json: string): string {
  return json.replace(new RegExp(FILL, 'g'), (_fill, _pattern, colour) => `#${colour}`);
}
