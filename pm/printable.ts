/**
 * Text of others (names of files, keys, summaries, what a parser quotes) made safe to show: what would
 * move the cursor, colour the screen, begin a line or turn the order of letters around is shown as an
 * escape.
 */

/** Controls, marks that change the direction of text or cannot be seen, ends of lines and halves of pairs. */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** `text` on one line, with escapes as JSON has them. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** As {@link printable}, but ends of lines stay, other than those within `foreign` texts. */
export function printableLines(text: string, foreign: readonly string[]): string {
  return foreign
    .filter((one) => one.includes('\n'))
    .reduce((all, one) => all.replaceAll(one, printable(one)), text)
    .split('\n')
    .map(printable)
    .join('\n');
}

// Each begins with ESC, which a pattern must not name.
const COLOUR = new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`);

/** As {@link printableLines}, but colours of our own stay. */
export function printableInColour(text: string): string {
  return text
    .split(COLOUR)
    .map((piece, i) => (i % 2 === 1 ? piece : printableLines(piece, [])))
    .join('');
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escapeOf(char: string): string {
  const code = char.charCodeAt(0).toString(16).padStart(4, '0');
  return SHORT.get(char) ?? `\\u${code}`;
}
