/**
 * Power failures while a program is set up: formats its pool, file system or database, and loads the
 * initial data. What is left is not set up yet, and says so, or it is sound; and when set-up is over it
 * is whole, at the primary and on a mirror.
 */

import type { ConfiguredSubject } from '../history/recording.ts';
import { momentsAtFences } from './focus.ts';
import { StreamExplorer, type StreamFinding } from './stream-explorer.ts';
import { recordFromZero } from './streams.ts';

/** How thoroughly to look. */
interface SetUpExtent {
  readonly seed: number;
  /** Fences before and behind which power fails: the first ones, and a share of those after. */
  readonly fences: number;
  readonly imagesPerCrash: number;
}

/** What is looked at of every program that is crashed. */
const SET_UP_EXTENT = { fences: 240, imagesPerCrash: 8 } as const;

/** Crashes the set-up of `subject`. */
export function exploreSetUp(
  subject: ConfiguredSubject,
  { seed, fences, imagesPerCrash }: Partial<SetUpExtent> & Pick<SetUpExtent, 'seed'>,
): StreamFinding {
  const empty = { ...subject, transactions: 0 };
  const stream = recordFromZero(empty, () => undefined);
  const moments = momentsAtFences(stream, fences ?? SET_UP_EXTENT.fences);
  const images = imagesPerCrash ?? SET_UP_EXTENT.imagesPerCrash;
  return new StreamExplorer(empty).explore(stream, { moments, imagesPerCrash: images, seed });
}
