/** How pictures look, and how wide their text is. */

export { FONT_FILES, textWidthPt, wrapped } from './font.ts';
export {
  DARK,
  darkened,
  designLooks,
  type FigureWidth,
  FONT,
  GRID,
  INK,
  inDesignOrder,
  type Look,
  MUTED,
  PAPER,
  PART_LOOKS,
  STEP_LOOKS,
  TEXT_PT,
  TITLE_PT,
  WIDTHS_PT,
} from './looks.ts';
export { patternDefinition } from './patterns.ts';
