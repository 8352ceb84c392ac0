/**
 * Colours of the figures on a dark ground, and their patterns, as the page defines them. A style sheet
 * turns each colour into its dark one, so the same drawing serves both and print.
 */

import { patternsOf } from '../../figures/draw/patterns.ts';
import { DARK } from '../../figures/draw/theme.ts';
import type { Html } from './html.ts';

/** Rules for a dark screen. Figures of shades are turned round as a whole (`style.css`). */
export function darkRules(): string {
  const rules = Object.entries(DARK).flatMap(([light, dark]) =>
    ['fill', 'stroke'].map((part) => `.named [${part}="${light}"]{${part}:${dark}}`),
  );
  return `@media screen and (prefers-color-scheme:dark){${rules.join('')}}`;
}

/** Definitions of the patterns that `text` of specifications names. */
export function patternDefinitions(text: string): Html {
  const definitions = patternsOf(text);
  const markup =
    definitions.length === 0
      ? ''
      : `<svg class="patterns named" aria-hidden="true" width="0" height="0"><defs>${definitions.join('')}</defs></svg>`;
  return { markup };
}
