/**
 * Figures of the table of figures as the page shows them: the same views, with what the pointer tells of
 * each mark, and with a signal `hidden` of series (`field=value`) that the reader has switched off.
 */

import type { Drawing, View } from '../figures/draw/figure.ts';
import { liveSpecOf } from '../figures/draw/render.ts';
import type { Chosen } from '../figures/draw/source.ts';
import type { WIDTHS_PT } from '../figures/draw/theme.ts';
import type { Cell, Head } from './page/html.ts';

/** A figure of the page. */
export interface LiveFigure {
  readonly id: string;
  readonly title: string;
  /** Caption and notes, sentences. */
  readonly text: readonly string[];
  readonly width: keyof typeof WIDTHS_PT;
  readonly spec: object;
  /** Fields whose values are designs. */
  readonly designFields: readonly string[];
  /** The designs that it shows. */
  readonly designs: readonly string[];
  /** What its legend tells apart, if it has one. */
  readonly seriesField: string | null;
  /** Shades of a value, not colours of names: they are turned round on a dark ground. */
  readonly isShaded: boolean;
  /** What is drawn, as a table. */
  readonly heads: readonly Head[];
  readonly rows: readonly (readonly Cell[])[];
}

type Node = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<string, unknown>>;

/** A channel of an encoding, as far as it matters here. */
interface Channel {
  readonly field?: string;
  readonly type?: string;
  readonly title?: string | null;
  readonly axis?: { readonly title?: string | null } | null;
  readonly legend?: object | null;
  readonly aggregate?: string;
}

type Encoding = Readonly<Record<string, Channel>>;

/** A mark of a view: with its data, and all encodings and panels that it is in. */
interface Unit {
  readonly node: Node;
  readonly values: readonly Row[];
  readonly encoding: Encoding;
}

/** What fields are called, those of one figure before all others; else as their axis says. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  'calibration.kind': 'basis',
  'calibration.ratio': 'model over measured',
  'calibration.low': 'tolerated from',
  'calibration.high': 'tolerated to',
  'headline.ours': 'speedup over sm-rc',
  'hardware.value': 'value',
  'crash-coverage.text': 'shown',
  'paper-region.text': 'shown',
  backend: 'design',
  column: 'design',
  workload: 'program',
  kind: 'transaction',
  label: 'quantity',
  low: 'lowest',
  high: 'highest',
  from: 'at the low end',
  to: 'at the high end',
  publishedSpeedupOverSmRc: 'published',
  published: 'published',
  end: 'end of the range',
  mean: 'mean speedup',
  p99: '99th percentile in µs',
  p999: '99.9th percentile in µs',
  p50: 'median in µs',
  step: 'line writes per epoch',
};

/** Fields that tell rows apart though no axis shows them. */
const FURTHER_FIELDS: readonly string[] = ['program', 'quantity', 'unit'];

/** The figure of `chosen`, live. `designs`: names that are designs. */
export async function liveFigure(
  { figure, drawing }: Extract<Chosen, { readonly drawing: Drawing }>,
  designs: readonly string[],
): Promise<LiveFigure> {
  const units = unitsOf(drawing.view, [], {});
  const fieldsShown = shownFields.bind(null, figure.id);
  const isDesign = (value: unknown) => typeof value === 'string' && designs.includes(value);
  const fields = new Set(units.flatMap(({ encoding }) => fieldsOf(encoding)));
  const rows = units.flatMap(({ values }) => values);
  const designFields = [...fields].filter((field) => rows.some((row) => isDesign(row[field])));
  const shown = rows.flatMap((row) => designFields.map((field) => row[field]).filter(isDesign));
  const seriesField = seriesOf(units);
  const toggled = [...new Set([...designFields, ...(seriesField === null ? [] : [seriesField])])];
  const view = {
    params: [{ name: 'hidden', value: [] }],
    background: 'transparent',
    ...decorated(drawing.view, { toggled, fieldsShown }, [], {}),
  };
  const spec = await liveSpecOf({ ...drawing, view }, figure.width);
  const isShaded = units.some(({ encoding }) => encoding.fill?.type === 'quantitative');
  return {
    id: figure.id,
    title: drawing.title,
    text: [drawing.caption, ...(drawing.notes ?? [])],
    width: figure.width,
    spec: withLegends(spec as unknown as Node, seriesField),
    designFields,
    designs: designs.filter((name) => shown.includes(name)),
    seriesField,
    isShaded,
    ...tableOf(units, fieldsShown),
  };
}

const dataOf = (node: Node): readonly Row[] | undefined =>
  (node.data as { readonly values?: readonly Row[] } | undefined)?.values;

/** Where a view of several has them. */
const INSIDE = ['layer', 'concat', 'hconcat', 'vconcat'];

/** Views inside of `node`. */
function inner(node: Node): readonly Node[] {
  const lists = INSIDE.map((key) => node[key] as Node[] | undefined);
  return [...lists.flatMap((list) => list ?? []), ...(node.spec ? [node.spec as Node] : [])];
}

/** The encodings of `node` over those that it is in; its panels count as such. */
function encodingOf(node: Node, outer: Encoding): Encoding {
  const facet = (node.facet ?? {}) as Channel & Encoding;
  const panels = facet.field === undefined ? facet : { facet };
  return { ...outer, ...panels, ...(node.encoding as Encoding | undefined) };
}

const fieldsOf = (encoding: Encoding): string[] =>
  Object.values(encoding).flatMap(({ field }) => (field === undefined ? [] : [field]));

/** All marks of `node`. */
function unitsOf(node: Node, values: readonly Row[], outer: Encoding): Unit[] {
  const own = dataOf(node) ?? values;
  const encoding = encodingOf(node, outer);
  if (node.mark !== undefined) return [{ node, values: own, encoding }];
  return inner(node).flatMap((one) => unitsOf(one, own, encoding));
}

/** The field of the legend of names, if there is one. */
function seriesOf(units: readonly Unit[]): string | null {
  for (const { encoding } of units) {
    for (const channel of [encoding.fill, encoding.color, encoding.shape]) {
      const isNamed = channel?.type === 'nominal' && channel.legend !== null;
      if (isNamed && channel.field !== undefined) return channel.field;
    }
  }
  return null;
}

/** What figures need to be decorated. */
interface Decoration {
  readonly toggled: readonly string[];
  fieldsShown(encoding: Encoding, values: readonly Row[]): Shown[];
}

/** `node` with the series that are hidden left out, and with what the pointer tells. */
function decorated(
  node: View,
  decoration: Decoration,
  values: readonly Row[],
  outer: Encoding,
): View {
  const encoding = encodingOf(node, outer);
  const own = dataOf(node);
  const filters = decoration.toggled
    .filter((field) => own?.some((row) => Object.hasOwn(row, field)))
    .map((field) => {
      const text = `${JSON.stringify(`${field}=`)} + datum[${JSON.stringify(field)}]`;
      return { filter: `indexof(hidden, ${text}) < 0` };
    });
  const result: Record<string, unknown> = { ...node };
  if (filters.length > 0) {
    result.transform = [...filters, ...((node.transform as object[] | undefined) ?? [])];
  }
  const seen = own ?? values;
  const isSummed = Object.values(encoding).some(({ aggregate }) => aggregate !== undefined);
  const isTold = node.mark !== undefined && !isSummed;
  const told = isTold ? decoration.fieldsShown(encoding, seen) : [];
  if (told.length > 0) {
    result.encoding = { ...(node.encoding as object), tooltip: told.map(tooltipOf) };
  }
  const inside = (one: unknown) => decorated(one as View, decoration, seen, encoding);
  for (const key of INSIDE) {
    const list = node[key] as unknown[] | undefined;
    if (list !== undefined) result[key] = list.map(inside);
  }
  if (node.spec !== undefined) result.spec = inside(node.spec);
  return result;
}

/** A field that is shown to a reader, and what it is called. */
interface Shown {
  readonly field: string;
  readonly title: string;
  readonly isNumber: boolean;
}

/** The fields of `encoding` for a reader of the figure `id`: names first, then numbers. */
function shownFields(id: string, encoding: Encoding, values: readonly Row[]): Shown[] {
  const has = (field: string) => values.some((row) => Object.hasOwn(row, field));
  const further = FURTHER_FIELDS.filter(has).map((field): Channel => ({ field }));
  const found = new Map<string, Shown>();
  for (const { field, title, axis, aggregate } of [...Object.values(encoding), ...further]) {
    // An aggregate is no field of a row, and an order is for drawing only.
    if (field === undefined || aggregate !== undefined || field === 'order') continue;
    if (found.has(field) || !has(field)) continue;
    const own = FIELD_NAMES[`${id}.${field}`] ?? FIELD_NAMES[field];
    const named = (axis?.title ?? title)?.replace(/ \((ratio|log scale)\)/g, '');
    const isNumber = values.some((row) => typeof row[field] === 'number');
    found.set(field, { field, title: own ?? named ?? field, isNumber });
  }
  const all = [...found.values()];
  return [...all.filter((one) => !one.isNumber), ...all.filter((one) => one.isNumber)];
}

const tooltipOf = ({ field, title, isNumber }: Shown): object =>
  isNumber
    ? { field, title, type: 'quantitative', format: ',.4~r' }
    : { field, title, type: 'nominal' };

/** What is drawn, as rows: of the data that most of the figure's marks show. */
function tableOf(
  units: readonly Unit[],
  fieldsShown: Decoration['fieldsShown'],
): Pick<LiveFigure, 'heads' | 'rows'> {
  const groups = [...Map.groupBy(units, ({ values }) => columnsKey(values)).values()];
  const count = (group: readonly Unit[]) =>
    [...new Set(group.map(({ values }) => values))].reduce((sum, one) => sum + one.length, 0);
  const most = groups.reduce((a, b) => (count(b) > count(a) ? b : a));
  const merged: Record<string, Shown> = {};
  for (const { encoding, values } of most) {
    for (const one of fieldsShown(encoding, values)) merged[one.field] ??= one;
  }
  const fields = Object.values(merged);
  const ordered = [
    ...fields.filter((one) => !one.isNumber),
    ...fields.filter((one) => one.isNumber),
  ];
  const texts = new Set<string>();
  const rows: Cell[][] = [];
  for (const row of new Set(most.flatMap(({ values }) => values))) {
    const cells = ordered.map(({ field, isNumber }) => cellOf(row[field], isNumber));
    // Two marks of one row: once.
    const text = JSON.stringify(cells);
    if (!texts.has(text)) rows.push(cells);
    texts.add(text);
  }
  return { heads: ordered.map(({ title, isNumber }) => ({ text: title, isNumber })), rows };
}

const columnsKey = (values: readonly Row[]): string => Object.keys(values[0] ?? {}).join();

function cellOf(value: unknown, isNumber: boolean): Cell {
  if (value === null || value === undefined) return '';
  if (!isNumber || typeof value !== 'number') return String(value);
  return Number.isFinite(value) ? { text: String(Number(value.toPrecision(4))), sort: value } : '';
}

/**
 * `spec` of vega with legends that can be clicked and say what is hidden, and without what the pointer
 * would tell of a line: it is of the line's first point.
 */
function withLegends(spec: Node, field: string | null): Node {
  return JSON.parse(JSON.stringify(spec), (key, value) => {
    if (key === 'marks' && Array.isArray(value)) return value.map(withoutLineTooltip);
    if (key !== 'legends' || field === null || !Array.isArray(value)) return value;
    return value.map((legend) =>
      legend.gradientLength === undefined ? clickable(legend, field) : legend,
    );
  });
}

function withoutLineTooltip(mark: {
  type?: string;
  encode?: { update?: { tooltip?: unknown } };
  interactive?: boolean;
}) {
  if (mark.type === 'line') {
    delete mark.encode?.update?.tooltip;
    mark.interactive = false;
  }
  return mark;
}

function clickable(legend: { encode?: Record<string, { update?: object }> }, field: string) {
  const isHidden = `indexof(hidden, ${JSON.stringify(`${field}=`)} + datum.value) >= 0`;
  const part = (name: string) => {
    const given = legend.encode?.[name];
    const update = {
      ...given?.update,
      opacity: { signal: `${isHidden} ? 0.25 : 1` },
      cursor: { value: 'pointer' },
    };
    return { ...given, interactive: true, update };
  };
  return {
    ...legend,
    encode: { ...legend.encode, symbols: part('symbols'), labels: part('labels') },
  };
}
