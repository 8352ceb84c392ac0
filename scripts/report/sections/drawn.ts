/** The figures of the page, each with its finding, and what is drawn as a table for those who cannot see it. */

import type { LiveFigure } from '../live.ts';
import type { Section } from '../page/document.ts';
import { dataTable, type Html, html, NOTHING } from '../page/html.ts';

/** A figure that cannot be drawn from the results, and why. */
export interface Skipped {
  readonly id: string;
  readonly reason: string;
}

/** All figures, with boxes for the designs that they show. */
export function figuresSection(
  figures: readonly LiveFigure[],
  skipped: readonly Skipped[],
  designs: readonly string[],
): Section[] {
  if (figures.length === 0 && skipped.length === 0) return [];
  const boxes = designs.map(
    (name) => html`<label><input type="checkbox" value="${name}" checked> ${name}</label>\n`,
  );
  const tools =
    boxes.length === 0 || figures.length === 0
      ? NOTHING
      : html`<fieldset id="designs"><legend>Designs in all figures</legend>${boxes}</fieldset>
<p class="muted screen">A click on an entry of a legend hides it, too. Point at a mark for its values.</p>`;
  const reasons = skipped.map(({ id, reason }) => html`<li>${id}: ${reason}</li>`);
  const missing = reasons.length === 0 ? NOTHING : html`<h3>Not drawn</h3><ul>${reasons}</ul>`;
  const body = html`${tools}${figures.map(figureHtml)}${missing}`;
  return [{ id: 'figures', title: 'Figures', body }];
}

function figureHtml({ id, title, text, width, isShaded, heads, rows }: LiveFigure): Html {
  const kind = `${width} ${isShaded ? 'shades' : 'named'}`;
  const sentences = text.map((one) => html`<p>${one}</p>`);
  const table = dataTable({ caption: `Drawn in: ${title}`, heads, rows });
  return html`<figure id="figure-${id}" class="${kind}" aria-labelledby="title-${id}">
<figcaption><h3 id="title-${id}">${title}</h3>${sentences}</figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="Figure, wider than a narrow screen: ${id}"><div class="live" role="img" aria-label="${title}. What is drawn stands in the table below."></div></div>
<details><summary>What is drawn, as a table (${rows.length} rows)</summary>${table}</details>
</figure>
`;
}
