/** Shapes of what may stand in a plan. */

import { z } from 'zod';

export const WORD = z.union([z.string().min(1), z.number()], {
  error: 'it is not a word or a number',
});
export const WORDS = z.union([WORD, z.array(WORD).min(1, { error: 'the list is empty' })], {
  error: 'it is not a word, a number or a list of them',
});
export const PAIRS = z.record(z.string(), WORD, { error: 'it is not a map of names to values' });
export const LISTS = z.record(z.string(), WORDS, { error: 'it is not a map of names to values' });
export const REPLICAS = z.record(
  z.string(),
  z.strictObject({ profile: WORD.optional(), set: PAIRS.optional() }),
  { error: 'it is not a map of the numbers of replicas to what is different about each' },
);

export const TEXT = z.string({ error: 'it is not a text' });
export const NAME = TEXT.regex(/^[\w .:+-]{1,60}$/, {
  error: 'it is not a name of up to 60 letters',
});

/** Keys that are called otherwise than their options, as they hold several. */
export const PLURALS: Readonly<Record<string, string>> = {
  backend: 'backends',
  profile: 'profiles',
};
