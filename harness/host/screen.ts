/**
 * The screen that results are shown on: how wide it is, which glyphs and whether colours it has. What
 * goes into a pipe or a file is the same on every machine: 80 characters, ASCII, no colour. Colours are
 * chosen as everywhere (NO_COLOR, FORCE_COLOR, TERM, --no-color), and never say what no word says.
 */

import { styleText } from 'node:util';

/** What a screen can show. */
export interface Screen {
  /** Characters of a line, at least {@link WIDTH_MIN}. */
  readonly width: number;
  /** Block characters can be shown. */
  readonly unicode: boolean;
  readonly colour: boolean;
}

/** What of an output stream says what its screen is like. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Characters of a line that every screen has, and of a line that nobody looks at on one. */
export const WIDTH_MIN = 80;
/** Longer lines than this are not read. */
const WIDTH_MAX = 1000;

/** The screen behind `stream` in an environment with these variables. `colour`: whether it is wanted. */
export function screenOf(
  { isTTY = false, columns = WIDTH_MIN }: ScreenStream,
  env: Readonly<Record<string, string | undefined>>,
  colour: boolean,
): Screen {
  if (!isTTY) return { width: WIDTH_MIN, unicode: false, colour };
  const told = /^\d+$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : columns;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return {
    width: Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, told)),
    unicode: env.TERM !== 'dumb' && /utf-?8/i.test(locale),
    colour,
  };
}

let isColourWanted = true;

/** From now on no colours, whatever the terminal. */
export function withoutColour(): void {
  isColourWanted = false;
}

let shownOn: NodeJS.WriteStream | undefined;

/** From now on what people read goes to `stream`, whose screen is the current one. */
export function showOn(stream: NodeJS.WriteStream): void {
  shownOn = stream;
}

/** The screen of `stream`: by default of that where people read. */
export function currentScreen(stream = shownOn ?? process.stdout): Screen {
  // Node knows the rules of NO_COLOR, FORCE_COLOR and TERM: it says by what it does.
  const colour = isColourWanted && styleText('bold', 'x', { stream }) !== 'x';
  return screenOf(stream, process.env, colour);
}

/** What a stretch of text is, as far as colour may repeat it. */
export type Tone = 'plain' | 'head' | 'good' | 'open' | 'bad';

const FORMATS = {
  head: 'bold',
  plain: [],
  good: 'green',
  open: 'yellow',
  bad: ['bold', 'red'],
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** `text` in the colour of `tone`, where the screen has colours. */
export function toned(tone: Tone, text: string, { colour }: Screen = currentScreen()): string {
  return colour ? styleText([FORMATS[tone]].flat(), text, { validateStream: false }) : text;
}
