/** Text in lines that fit: broken at blanks, and inside of a word only where it is longer than a line. */

import stringWidth from 'string-width';
import { currentScreen } from '../host/index.ts';

/** Columns of a terminal that `text`, of one line, takes; colours take none. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** `text` in lines of at most `width` columns. */
export function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrappedLine(line, width));
}

/** Blanks that a line may end at: a number keeps its unit. */
const BREAKS = /( +)(?! |%|[num]?s\b)/;

function wrappedLine(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? '';
  let isFresh = true;
  const words = text.trim().split(BREAKS);
  // Between two words are the blanks that stand between them.
  for (let i = 0; i < words.length; i += 2) {
    for (const [cut, piece] of pieces(words[i], width).entries()) {
      const longer = isFresh || cut > 0 ? line + piece : line + words[i - 1] + piece;
      if (isFresh || widthOf(longer) <= width) {
        line = longer;
      } else {
        lines.push(line);
        line = piece;
      }
      isFresh = false;
    }
  }
  return [...lines, line];
}

/** `word`, cut if it is longer than a line. */
function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const cut: string[] = [''];
  for (const glyph of word) {
    const last = cut.length - 1;
    if (widthOf(cut[last] + glyph) <= width) cut[last] += glyph;
    else cut.push(glyph);
  }
  return cut;
}

/**
 * Sentences in lines that fit the screen, each line of `text` by itself; what follows the first line of
 * each is indented by `hang`.
 */
export function prose(text: string, hang = 0, { width } = currentScreen()): string {
  const lines = text.split('\n').flatMap((line) => {
    const [first, ...rest] = wrapped(line, width);
    if (rest.length === 0) return [first];
    const indent = ' '.repeat(hang + (/^ */.exec(line)?.[0].length ?? 0));
    const more = wrapped(line.slice(first.length).trimStart(), width - indent.length);
    return [first, ...more.map((one) => indent + one)];
  });
  return lines.join('\n');
}
