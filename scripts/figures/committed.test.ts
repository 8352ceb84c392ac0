/** The committed figures: drawn again, the same bytes; readable in print and in grey. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Drawing, Figure } from './draw/figure.ts';
import { pdfOf } from './draw/formats.ts';
import { type Rendered, render } from './draw/render.ts';
import { choose, RESULTS } from './draw/source.ts';
import { darkened, TEXT_PT, WIDTHS_PT } from './draw/theme.ts';
import { FIGURES } from './index.ts';

const COMMITTED = join(RESULTS, 'figures');

/** A figure whose CSV has not been made yet has no committed picture either. */
const MADE = FIGURES.filter(({ tables }) =>
  Object.values(tables).every(({ file }) => existsSync(join(RESULTS, file))),
);

const drawn = new Map<Figure, { readonly drawing: Drawing; readonly rendered: Rendered }>();
for (const one of choose(MADE, { from: RESULTS, only: MADE.map(({ id }) => id) })) {
  assert('drawing' in one);
  drawn.set(one.figure, {
    drawing: one.drawing,
    rendered: await render(one.drawing, one.figure.width),
  });
}

for (const [figure, { drawing, rendered }] of drawn) {
  test(`${figure.id}: the committed SVG is what the committed CSV gives (npm run figures)`, () => {
    const committed = (name: string) => readFileSync(join(COMMITTED, `${name}.svg`), 'utf8');
    assert.equal(committed(figure.id) === rendered.svg, true, `${figure.id}.svg is behind`);
    if (figure.dark !== true) return;
    assert.equal(committed(`${figure.id}-dark`) === darkened(rendered.svg), true);
  });

  test(`${figure.id}: fills its width, and no text is smaller than ${TEXT_PT} pt`, () => {
    assert.match(rendered.svg, new RegExp(`^<svg[^>]* width="${WIDTHS_PT[figure.width]}pt"`));
    const sizes = [...rendered.svg.matchAll(/font-size="([\d.]+)px"/g)].map(([, size]) => size);
    assert.ok(sizes.length > 3);
    assert.deepEqual(
      sizes.filter((size) => Number(size) < TEXT_PT),
      [],
    );
  });

  test(`${figure.id}: the notebook's version is plain vega-lite with the same title`, () => {
    const spec = JSON.parse(rendered.json);
    assert.equal(spec.title.text.join(' '), drawing.title);
    assert.doesNotMatch(rendered.json, /url\(#/);
  });

  test(`${figure.id}: can be had as PDF, fonts in it`, async () => {
    assert.match((await pdfOf(rendered)).toString('latin1'), /\/FontFile2/);
  });

  test(`${figure.id}: what has a colour has a pattern, shape, dash or place, too`, () => {
    assert.deepEqual(byColourAlone(drawing.view), []);
  });

  test(`${figure.id}: a logarithmic axis says so`, () => {
    for (const channel of channels(drawing.view)) {
      if (channel.scale?.type !== 'log') continue;
      assert.match(String(channel.axis?.title ?? channel.title), /log/);
    }
  });
}

test('no figure is committed that is not in the table', () => {
  const names = MADE.flatMap(({ id, dark }) =>
    dark === true ? [`${id}.svg`, `${id}-dark.svg`] : [`${id}.svg`],
  );
  assert.deepEqual(readdirSync(COMMITTED).sort(), names.sort());
});

test('the test of colours fails where a colour stands alone', () => {
  const color = { field: 'a', type: 'nominal', scale: { range: ['#bb5566', '#aa5577'] } };
  assert.deepEqual(byColourAlone({ mark: 'point', encoding: { color } }), ['a']);
  assert.deepEqual(byColourAlone({ encoding: { color, shape: { field: 'a' } } }), []);
});

interface Channel {
  readonly field?: string;
  readonly type?: string;
  readonly title?: unknown;
  readonly scale?: { readonly type?: string; readonly range?: readonly string[] };
  readonly axis?: { readonly title?: unknown };
}

/** Every encoding in `view` and what it holds. */
function encodings(view: unknown): Readonly<Record<string, Channel>>[] {
  if (typeof view !== 'object' || view === null) return [];
  return Object.entries(view).flatMap(([key, value]) => {
    if (key === 'data') return [];
    return [...(key === 'encoding' ? [value] : []), ...encodings(value)];
  });
}

const channels = (view: unknown): Channel[] => encodings(view).flatMap(Object.values);

/** Fields of `view` that only a colour shows which grey would not. */
function byColourAlone(view: unknown): string[] {
  return encodings(view).flatMap((encoding) => {
    const colour = encoding.color ?? encoding.fill;
    if (colour?.field === undefined || colour.type !== 'nominal') return [];
    const others = ['shape', 'strokeDash', 'x', 'xOffset', 'y', 'yOffset'];
    const isShownTwice = others.some((name) => encoding[name]?.field === colour.field);
    return isShownTwice || areDifferentInGrey(colour.scale?.range ?? []) ? [] : [colour.field];
  });
}

/** True if any two of `fills` differ in pattern, or by a fifth of the way from black to white. */
function areDifferentInGrey(fills: readonly string[]): boolean {
  return fills.every((one, index) =>
    fills
      .slice(index + 1)
      .every((two) => pattern(one) !== pattern(two) || Math.abs(grey(one) - grey(two)) > 0.2),
  );
}

const pattern = (fill: string): string => /url\(#([a-z]+)-/.exec(fill)?.[1] ?? 'plain';

/** Lightness of a colour, 0 to 1, as grey print shows it (Rec. 601 luma). */
function grey(fill: string): number {
  const [, red, green, blue] = /([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/.exec(fill) ?? [];
  const value = (hex: string) => Number.parseInt(hex, 16) / 255;
  return 0.299 * value(red) + 0.587 * value(green) + 0.114 * value(blue);
}
