/** Encodings that figures share: designs by colour, pattern, shape and dash; words and numbers of titles. */

import { designLooks, INK, inDesignOrder, type Look } from './theme.ts';

/** Fill of an area: a colour, or the name of a pattern, from which `withPatterns` draws it. */
const fillOf = ({ colour, pattern, lines }: Look): string =>
  pattern === 'plain' ? colour : `url(#${pattern}-${colour.slice(1)}-${lines.slice(1)})`;

/** The channel `field` with one value a look; `range` picks what of the look. */
function channel(
  field: string,
  looks: Readonly<Record<string, Look>>,
  range: (look: Look) => unknown,
  legend: object | null,
) {
  const scale = {
    domain: Object.keys(looks),
    range: Object.values(looks).map(range),
  };
  return { field, type: 'nominal', title: null, scale, legend };
}

/** Areas of `field`: pattern and colour. */
export const areas = (
  field: string,
  looks: Readonly<Record<string, Look>>,
  legend: object | null = {},
) => ({
  fill: channel(
    field,
    looks,
    fillOf,
    legend && { symbolType: 'square', symbolStrokeColor: INK, ...legend },
  ),
});

/** Points of `field`: colour and shape. */
export const points = (
  field: string,
  looks: Readonly<Record<string, Look>>,
  legend: object | null = {},
) => ({
  color: channel(field, looks, (one) => one.colour, legend),
  shape: channel(field, looks, (one) => one.shape, legend),
});

/**
 * Lines of `field` with a point at each value: colour, shape and dashes. Dashes go by conditions, not
 * by a scale, which would dash the outlines of the legend's points, too.
 */
export const lines = (
  field: string,
  looks: Readonly<Record<string, Look>>,
  legend: object | null = {},
) => ({
  ...points(field, looks, legend),
  strokeDash: {
    condition: Object.entries(looks)
      .filter(([, { dash }]) => dash.length > 0)
      .map(([name, { dash }]) => ({
        test: `datum[${JSON.stringify(field)}] === ${JSON.stringify(name)}`,
        value: dash,
      })),
    value: [1, 0],
  },
});

/** The mark of {@link lines}. */
export const LINE = { type: 'line', point: { filled: true, size: 22, opacity: 1 } } as const;

/** Looks of the designs that `rows` have, in the order of every figure. */
export const looksOfDesigns = (rows: readonly { readonly backend: string }[]) =>
  designLooks(inDesignOrder(rows.map(({ backend }) => backend)));

/** A quantitative axis of `field`; a logarithmic one says so in its title. */
export function axis(
  field: string,
  title: string,
  { log = false, zero = false, domain, values, format }: AxisOptions = {},
) {
  return {
    field,
    type: 'quantitative',
    scale: {
      ...(log ? { type: 'log', base: log === 2 ? 2 : 10 } : { zero }),
      ...(log && domain === undefined ? { padding: 4 } : {}),
      ...(domain === undefined ? {} : { domain }),
      nice: domain === undefined && log === false,
    },
    axis: {
      title: log ? `${title} (log scale)` : title,
      ...(values === undefined ? {} : { values }),
      ...(format === undefined ? {} : { format }),
    },
  };
}

interface AxisOptions {
  /** Logarithmic: true is of base 10. */
  readonly log?: boolean | 2;
  /** The axis begins at zero, as it must under bars. */
  readonly zero?: boolean;
  readonly domain?: readonly number[];
  readonly values?: readonly number[];
  readonly format?: string;
}

/** `value` with three significant digits, as a factor. */
export const times = (value: number): string => `${digits(value)}×`;

/** `value` with three significant digits and no exponent. */
export const digits = (value: number): string => {
  const places = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Math.abs(value) >= 1000
    ? String(Number(value.toPrecision(3))).replace(/\B(?=(\d{3})+$)/g, ' ')
    : value.toFixed(places);
};

/** `words` in a list: "a, b and c". */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Geometric mean; null of nothing. */
export function geometricMean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** The different values of `key` over `rows`, in order of appearance. */
export function distinct<Row, Value>(rows: readonly Row[], key: (row: Row) => Value): Value[] {
  return [...new Set(rows.map(key))];
}

/** Numbers of `values`, gaps left out. */
export const present = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null);
