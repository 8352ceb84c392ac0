// Figures of the page: drawn by vega with its interpreter, which needs no code made at run time, so that
// the page can forbid that. What the reader hides is one list for each figure.

import { make } from './tables.js';

/**
 * @typedef {object} FigureData
 * @property {string} id
 * @property {object} spec
 * @property {string[]} designFields
 * @property {string | null} seriesField
 */

/**
 * @typedef {object} VegaView
 * @property {(name: string, value: unknown) => VegaView} signal
 * @property {() => Promise<VegaView>} runAsync
 * @property {() => VegaView} resize
 * @property {(type: string, listen: (event: Event, item?: VegaItem) => void) => VegaView} addEventListener
 */

/**
 * @typedef {object} VegaItem
 * @property {{ role?: string }} mark
 * @property {{ value?: unknown }} [datum]
 */

/** The designs that are hidden in all figures. @type {Set<string>} */
export const hiddenDesigns = new Set();

/** What to do when they change. @type {(() => void)[]} */
export const onDesigns = [];

/** @param {string} name */
export function toggleDesign(name) {
  if (!hiddenDesigns.delete(name)) hiddenDesigns.add(name);
  for (const act of onDesigns) act();
}

export const tip = make('div', { className: 'tip', hidden: true });

/**
 * Shows what a mark is, beside the pointer: names and values as text.
 * @param {unknown} _view
 * @param {MouseEvent} event
 * @param {unknown} _item
 * @param {Record<string, unknown> | null | undefined} value
 */
function showTip(_view, event, _item, value) {
  tip.hidden = value === null || value === undefined;
  if (value === null || value === undefined) return;
  const lines = Object.entries(value).map(([name, text]) =>
    make('div', {}, [
      make('span', { textContent: `${name} ` }),
      make('b', { textContent: String(text) }),
    ]),
  );
  tip.replaceChildren(...lines);
  const { clientWidth, clientHeight } = document.documentElement;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(event.clientX + 14, clientWidth - width - 4);
  const below = event.clientY + 18;
  const top = below + height > clientHeight ? event.clientY - height - 10 : below;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}

/**
 * Draws one figure into `place`.
 * @param {FigureData} data
 * @param {HTMLElement} place
 */
export async function drawFigure({ spec, designFields, seriesField }, place) {
  const runtime = vega.parse(spec, undefined, { ast: true });
  // What is missing when all is hidden is no error.
  const logger = vega.logger(vega.Error);
  /** @type {VegaView} */
  const view = new vega.View(runtime, {
    expr: expressionInterpreter,
    renderer: 'svg',
    hover: true,
    container: place,
    logger,
    tooltip: showTip,
  });
  /** @type {Set<string>} */
  const hiddenSeries = new Set();
  const update = () => {
    const designs = designFields.flatMap((field) =>
      [...hiddenDesigns].map((name) => `${field}=${name}`),
    );
    view.signal('hidden', [...designs, ...hiddenSeries]);
    return view.runAsync().then(() => view.resize().runAsync());
  };
  if (designFields.length > 0) onDesigns.push(update);
  view.addEventListener('click', (_event, item) => {
    if (!item?.mark.role?.startsWith('legend-') || item.datum?.value === undefined) return;
    const value = String(item.datum.value);
    if (seriesField === null) return;
    if (designFields.includes(seriesField)) return toggleDesign(value);
    const series = `${seriesField}=${value}`;
    if (!hiddenSeries.delete(series)) hiddenSeries.add(series);
    void update();
  });
  await update();
  // The place has a text of its own for those who cannot see it, and the table below.
  place.querySelector('svg')?.setAttribute('aria-hidden', 'true');
  place.dataset.state = 'drawn';
}
