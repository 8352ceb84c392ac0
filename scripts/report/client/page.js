// Starts the page: reads what it holds, makes its tables and figures.

import { drawFigure, hiddenDesigns, onDesigns, tip, toggleDesign } from './figures.js';
import { enhanceTable, makeLongTable } from './tables.js';

/** @param {string} id */
const byId = (id) => document.getElementById(id);

/** What the page holds as JSON. @param {string} id */
const dataOf = (id) => JSON.parse(byId(`data-${id}`)?.textContent ?? '[]');

for (const table of document.querySelectorAll('table')) enhanceTable(table);

for (const { id, ...data } of dataOf('tables')) {
  const details = byId(id);
  if (details instanceof HTMLDetailsElement) makeLongTable(details, data);
}

for (const box of document.querySelectorAll('#designs input')) {
  if (!(box instanceof HTMLInputElement)) continue;
  box.addEventListener('change', () => toggleDesign(box.value));
  onDesigns.push(() => {
    box.checked = !hiddenDesigns.has(box.value);
  });
}

document.body.append(tip);
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') tip.hidden = true;
});
addEventListener('scroll', () => {
  tip.hidden = true;
});

/** Figures, one after another: so the page answers between them. */
async function drawFigures() {
  for (const figure of dataOf('figures')) {
    const place = byId(`figure-${figure.id}`)?.querySelector('.live');
    if (!(place instanceof HTMLElement)) continue;
    await drawFigure(figure, place);
  }
  document.documentElement.dataset.state = 'ready';
}
void drawFigures();
