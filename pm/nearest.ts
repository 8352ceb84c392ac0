/**
 * Which known word was meant, for a message to who mistyped one: names of workloads, parameters and
 * profile values as well as commands and options, so it is where all may import it from.
 */

/** Letters that may be wrong, missing, too many or swapped, of a word of usual length. */
const DISTANCE_MIN = 2;

/** The words nearest to `word` of those that are near enough: none, one, or several as near. */
export function nearest(word: string, known: readonly string[]): string[] {
  const { length } = word;
  const most = Math.min(Math.floor(length / 2), Math.max(DISTANCE_MIN, Math.floor(length / 4)));
  let best: string[] = [];
  let least = most;
  for (const candidate of known) {
    if (Math.abs(candidate.length - length) > least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance > least) continue;
    if (distance < least) best = [];
    least = distance;
    best.push(candidate);
  }
  return best;
}

/** More words than these are no help. */
const NAMED_MAX = 3;

/** What to add to a refusal of `word`: the nearest known words, if any are near enough. */
export function suggestion(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  if (meant.length === 0) return '';
  return `: did you mean ${meant.slice(0, NAMED_MAX).join(' or ')}?`;
}

/** The distance of Damerau and Levenshtein, where no part is changed twice; row by row. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = row[j] + (a[i] === b[j] ? 0 : 1);
      const isSwap = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const swapped = isSwap ? before[j - 1] + 1 : replaced;
      next.push(Math.min(replaced, swapped, row[j + 1] + 1, next[j] + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length];
}
