/** Texts and bytes for the fuzzer: valid ones that were changed in a few places, and words that hurt. */

import fc from 'fast-check';
import { type Contents, contentsOf } from './case.ts';

/** Names that every object has, and what else a program may trip over. */
export const NASTY_WORDS = [
  'toString',
  'constructor',
  '__proto__',
  'hasOwnProperty',
  'valueOf',
  'length',
  'prototype',
  '',
  ' ',
  '-',
  '--',
  '.',
  '..',
  '/',
  ',',
  '=',
  ':',
  '|',
  ';',
  '*',
  '\\',
  '"',
  "'",
  '`',
  '$x',
  '%s',
  '#',
  'a\nb',
  'a\tb',
  '\u001b[31mred',
  '\u0007',
  '\u009b2J',
  '\u202eabc',
  '\u200b',
  '\u2028',
  '\ufeff',
  '\ud800',
  'é',
  '名',
  '😀',
  'x'.repeat(300),
  'null',
  'true',
  'undefined',
  '{}',
  '[]',
  '<b>&amp;',
];

/** Texts of numbers, most of which are none or none that can be. */
export const NASTY_NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '+1',
  '2',
  '3',
  '0.5',
  '1.5',
  '.5',
  '1.',
  '01',
  '1e3',
  '1e-3',
  '1e-300',
  '1e300',
  '1e400',
  '1e-400',
  '0x10',
  '0b1',
  '0o7',
  'NaN',
  'Infinity',
  '-Infinity',
  ' 1',
  '1 ',
  '1,5',
  '1_000',
  '9007199254740993',
  '4294967295',
  '4294967296',
  '2147483648',
  '65536',
  '65537',
  '1n',
  '٣',
  '',
];

export const nastyWord = fc.oneof(
  fc.constantFrom(...NASTY_WORDS),
  fc.constantFrom(...NASTY_NUMBERS),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

/** A change of a text, whose places are shares of its length. */
interface Edit {
  readonly at: number;
  readonly length: number;
  readonly from: number;
  readonly kind: 'replace' | 'copy' | 'number' | 'repeat' | 'cut';
  readonly by: string;
}

const edit = (tokens: readonly string[]): fc.Arbitrary<Edit> => {
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  return fc.record({
    at: place,
    length: fc.nat({ max: 40 }),
    from: place,
    kind: fc.constantFrom('replace', 'replace', 'copy', 'number', 'number', 'repeat', 'cut'),
    by: fc.oneof(
      fc.constantFrom(...tokens, ...NASTY_NUMBERS),
      fc.constantFrom(...tokens),
      nastyWord.map((word) => Buffer.from(word).toString('latin1')),
    ),
  });
};

/** `text` (a character a byte) after one change. */
function edited(text: string, { at, length, from, kind, by }: Edit): string {
  const start = Math.floor(at * text.length);
  const [head, tail] = [text.slice(0, start), text.slice(start)];
  const source = Math.floor(from * text.length);
  switch (kind) {
    case 'replace':
      return head + by + tail.slice(length);
    case 'copy':
      return head + text.slice(source, source + 4 * length) + tail;
    case 'repeat':
      return head + tail.slice(0, length).repeat(20) + tail;
    case 'cut':
      return length % 8 === 0 ? head : head + tail.slice(4 * length);
    case 'number': {
      const numbers = [...text.matchAll(/-?\b(?:0x[\da-f]+|\d+(?:\.\d+)?)\b/gi)];
      if (numbers.length === 0) return text;
      const found = numbers[Math.floor(at * numbers.length)];
      return text.slice(0, found.index) + by + text.slice(found.index + found[0].length);
    }
  }
}

const LENGTH_MAX = 100_000;

/** One of `seeds` after a few changes, or none; `tokens` are words of its language. */
export function changed(
  seeds: readonly (string | Buffer)[],
  tokens: readonly string[],
): fc.Arbitrary<Contents> {
  const texts = seeds.map((seed) => Buffer.from(seed).toString('latin1'));
  return fc
    .tuple(
      fc.constantFrom(...texts),
      fc.oneof(
        fc.array(edit(tokens), { maxLength: 1 }),
        fc.array(edit(tokens), { minLength: 1, maxLength: 5 }),
      ),
    )
    .map(([text, edits]) => edits.reduce(edited, text).slice(0, LENGTH_MAX))
    .map((text) => contentsOf(Buffer.from(text, 'latin1')));
}
