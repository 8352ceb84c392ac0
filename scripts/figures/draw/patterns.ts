/** Patterns over areas, as SVG definitions: vega has none of its own, but writes a fill as it is given. */

import type { Look } from './theme.ts';

type Pattern = Exclude<Look['pattern'], 'plain'>;

const SIDE_PT = 3.2;

/** What each pattern draws over its ground, in a tile of {@link SIDE_PT}. */
function tile(pattern: string, lines: string): string {
  const half = SIDE_PT / 2;
  const stroke = `stroke="${lines}" stroke-width="0.8" fill="none"`;
  const level = `<path d="M0,${half}H${SIDE_PT}" ${stroke}/>`;
  if (pattern === 'dots') return `<circle cx="${half}" cy="${half}" r="0.6" fill="${lines}"/>`;
  if (pattern === 'crossed') return `${level}<path d="M${half},0V${SIDE_PT}" ${stroke}/>`;
  return level;
}

/** How far the tile of each pattern is turned, in degrees. */
const TURN: Readonly<Record<string, number>> = {
  rising: -45,
  falling: 45,
  level: 0,
  dots: 45,
  crossed: 45,
} satisfies Record<Pattern, number>;

const FILL = /url\(#([a-z]+)-([0-9a-f]{6})-([0-9a-f]{6})\)/;

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
    definitions.set(
      id,
      `<pattern id="${id}" width="${SIDE_PT}" height="${SIDE_PT}" patternUnits="userSpaceOnUse" ` +
        `patternTransform="rotate(${TURN[pattern]})">${tile(pattern, `#${lines}`)}</pattern>`,
    );
    return path.replace(fill, `#${colour}`) + path;
  });
  if (definitions.size === 0) return svg;
  return `<defs>${[...definitions.values()].join('')}</defs>${patterned}`;
}

/** `json` of a figure with plain colours for patterns, which only our own SVG defines. */
export function withoutPatterns(json: string): string {
  return json.replace(new RegExp(FILL, 'g'), (_fill, _pattern, colour) => `#${colour}`);
}
