/**
 * Delta debugging (Zeller and Hildebrandt, IEEE TSE 2002): the smallest part of a list, found by
 * leaving pieces out, that still fails. The result is 1-minimal: without any one item it passes.
 */

/** `items`, of which `fails` holds, without what it does not take to fail. */
export function minimise<T>(items: readonly T[], fails: (part: readonly T[]) => boolean): T[] {
  if (items.length === 0 || fails([])) return [];
  let failing = [...items];
  let pieces = 2;
  while (failing.length > 1) {
    const size = Math.ceil(failing.length / pieces);
    const smaller = withoutOnePiece(failing, size).find(fails);
    if (smaller !== undefined) {
      failing = smaller;
      pieces = Math.max(2, pieces - 1);
    } else if (size === 1) {
      break;
    } else {
      pieces = Math.min(failing.length, pieces * 2);
    }
  }
  return failing;
}

function withoutOnePiece<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < items.length; from += size) {
    parts.push([...items.slice(0, from), ...items.slice(from + size)]);
  }
  return parts;
}
