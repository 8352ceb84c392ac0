/** The words of a condition, each with the place where it stands. */

import { UsageError } from '../../host/index.ts';

/** A word of a condition. `at` counts characters from 0. */
export interface Token {
  readonly kind: 'name' | 'number' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', /(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/iy],
  // Names of designs have dashes: a minus before a name wants a blank.
  ['name', /[\p{L}_][\p{L}\d_]*(-[\p{L}\d_]+)*/uy],
  ['sign', /<=|>=|==|!=|≤|≥|[-+*/(),<>=%]/y],
];

/** Two ways to write a sign. */
const SAME: ReadonlyMap<string, string> = new Map([
  ['≤', '<='],
  ['≥', '>='],
]);

/** The words of `text`, and the end of it. Throws UsageError that names what is no word. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at++;
    if (at === text.length) return [...tokens, { kind: 'end', text: '', at }];
    const token = tokenAt(text, at);
    if (token === undefined) {
      throw conditionError(
        text,
        at,
        `'${String.fromCodePoint(text.codePointAt(at) ?? 0)}' stands for nothing; accepted: ` +
          'names, numbers, + - * / ( ) , and <= < >= >',
      );
    }
    at += token.text.length;
    tokens.push({ ...token, text: SAME.get(token.text) ?? token.text });
  }
}

function tokenAt(text: string, at: number): Token | undefined {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) return { kind, text: found[0], at };
  }
  return undefined;
}

/** The error at a place of `text`, which is shown with a mark below it. */
export function conditionError(text: string, at: number, what: string): UsageError {
  return new UsageError(
    `the condition, at character ${at + 1}: ${what}\n  ${text.replaceAll(/\s/g, ' ')}\n  ${' '.repeat(at)}^`,
  );
}
