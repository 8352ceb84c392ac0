/**
 * Text measured with the font that comes along (Arimo, of an npm package), never with what a machine
 * has installed: so the same data give the same bytes everywhere. Not modelled: kerning, which only
 * makes text narrower.
 */

import { createRequire } from 'node:module';
import type { Font } from 'fontkit';

const require = createRequire(import.meta.url);

/** The files of the two weights that figures use. */
export const FONT_FILES = {
  normal: require.resolve('@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf'),
  bold: require.resolve('@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf'),
} as const;

type Weight = keyof typeof FONT_FILES;

const fonts = new Map<Weight, Font>();

function fontOf(weight: Weight): Font {
  let font = fonts.get(weight);
  if (font === undefined) {
    // Only a picture needs it, so that no other command waits until it is loaded.
    const { openSync } = require('fontkit') as typeof import('fontkit');
    font = openSync(FONT_FILES[weight]) as Font;
    fonts.set(weight, font);
  }
  return font;
}

/** Width of one line of `text` in points. */
export function textWidthPt(text: string, sizePt: number, weight: Weight = 'normal'): number {
  const font = fontOf(weight);
  let units = 0;
  for (const letter of text) {
    units += font.glyphForCodePoint(letter.codePointAt(0) ?? 0).advanceWidth;
  }
  return (units * sizePt) / font.unitsPerEm;
}

/** `text` in lines of at most `widthPt`; a single word that is longer has a line of its own. */
export function wrapped(
  text: string,
  widthPt: number,
  sizePt: number,
  weight: Weight = 'normal',
): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`;
    const fits = lines.length > 0 && textWidthPt(longer, sizePt, weight) <= widthPt;
    if (fits) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
