/** Patterns over areas, as SVG definitions. */

import type { Look } from './looks.ts';

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

/**
 * The definition of `pattern`, whose lines have the colour `lines`; on the colour `ground`, if given, which
 * reaches over the tile's edge, so that no seam shows.
 */
export function patternDefinition(
  id: string,
  pattern: string,
  lines: string,
  ground?: string,
): string {
  const side = SIDE_PT + 1;
  const under =
    ground === undefined
      ? ''
      : `<rect x="-0.5" y="-0.5" width="${side}" height="${side}" fill="${ground}"/>`;
  return (
    `<pattern id="${id}" width="${SIDE_PT}" height="${SIDE_PT}" patternUnits="userSpaceOnUse" ` +
    `patternTransform="rotate(${TURN[pattern]})">${under}${tile(pattern, lines)}</pattern>`
  );
}
