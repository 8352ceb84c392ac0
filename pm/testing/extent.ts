/**
 * How far a test explores: in `npm test` as far as a fault of its kind takes to show, and in
 * `npm run test:long`, which runs the tests that ask here, as far as a few minutes go.
 */

export const IS_LONG = process.env.PMIRROR_TESTS === 'long';

/** How many of what a test draws or combines. */
export function extent({ short, long }: { readonly short: number; readonly long: number }): number {
  return IS_LONG ? long : short;
}
