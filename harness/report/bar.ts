/** Bars in place: how long a number is beside the others of its column. */

import { currentScreen } from '../host/index.ts';

/** Eighths of a block, from none. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of `share` (0 to 1) of `length` characters: to an eighth, or in ASCII to a whole one. */
export function barOf(share: number, length: number, { unicode } = currentScreen()): string {
  const wanted = Math.min(1, Math.max(0, share)) * length;
  // What is there is seen: a bar is empty for nothing only.
  if (!unicode) return '#'.repeat(wanted > 0 ? Math.max(1, Math.round(wanted)) : 0);
  const eighths = wanted > 0 ? Math.max(1, Math.round(wanted * 8)) : 0;
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
