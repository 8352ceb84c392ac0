/** What holds of every program, in sentences, and where it does not. */

import { DESIGNS } from '../headline.ts';
import type { ClaimRow } from './rows.ts';

/** What is claimed of a design; `ratio` above 1 where it holds. */
const CLAIMS = [
  { text: 'faster than remote commit', ratio: ({ speedup }: ClaimRow) => speedup },
  { text: 'slower than no mirroring', ratio: ({ slowdown }: ClaimRow) => slowdown },
] as const;

/** At most so many exceptions are named. */
const NAMED_MAX = 6;

/**
 * What is said of every policy, design and claim: on how many programs and profiles it holds, and its
 * exceptions. Only where there are none does it say "every program".
 */
export function claimSentences(rows: readonly ClaimRow[]): string[] {
  const policies = [...new Set(rows.map(({ queuePairs }) => queuePairs))];
  return policies.flatMap((policy) =>
    DESIGNS.flatMap((design) => {
      const own = rows.filter((row) => row.queuePairs === policy && row.design === design);
      return CLAIMS.map(
        (claim) => `Under \`${policy}\`, \`${design}\` is ${sentence(own, claim)}.`,
      );
    }),
  );
}

function sentence(rows: readonly ClaimRow[], { text, ratio }: (typeof CLAIMS)[number]): string {
  const profiles = [...new Set(rows.map(({ profile }) => profile))];
  const exceptions = rows.filter((row) => !(ratio(row) > 1));
  const whole = profiles.filter((name) => exceptions.every(({ profile }) => profile !== name));
  const names = whole.map((name) => `\`${name}\``).join(', ');
  if (exceptions.length === 0) return `${text} on every program and trace, on all profiles`;
  const sorted = [...exceptions].sort((a, b) => ratio(a) - ratio(b));
  const named = sorted
    .slice(0, NAMED_MAX)
    .map((row) => `${row.program} on \`${row.profile}\` (${ratio(row).toFixed(2)})`);
  const more = sorted.length > NAMED_MAX ? `, and ${sorted.length - NAMED_MAX} more` : '';
  const share = `${rows.length - exceptions.length} of ${rows.length} pairs of program and profile`;
  const all = whole.length === 0 ? '' : ` (all of ${names})`;
  return `${text} on ${share}${all}. Exceptions: ${named.join(', ')}${more}`;
}
