/**
 * Values of this program as JSON, and back, exactly: a result that was kept is the result that was computed.
 * What JSON has stays as it is, so that other tools can read it. What JSON lacks is an object with the one
 * key `$`: numbers that are none or -0, undefined fields, typed arrays, maps, sets and whole numbers of any size.
 */

const TYPED_ARRAYS = {
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
} as const;

type Plain =
  | string
  | number
  | boolean
  | null
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** How a value is written. */
interface Writing {
  /** Fields in the order of their names, and those that are undefined not at all. */
  readonly canonical: boolean;
}

/** `value` as JSON that {@link parseExact} makes it of again. Throws TypeError for functions, symbols and classes. */
export function exactJson(value: unknown): string {
  return JSON.stringify(plainOf(value, { canonical: false }));
}

/** A text that is the same for values that mean the same: fields in any order, undefined or not there. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(plainOf(value, { canonical: true }));
}

/** The value that {@link exactJson} wrote as `text`. Throws SyntaxError for what it did not write. */
export function parseExact(text: string): unknown {
  return exactOf(JSON.parse(text) as Plain);
}

function plainOf(value: unknown, writing: Writing): Plain {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { $: Object.is(value, -0) ? '-0' : String(value) };
    case 'undefined':
      return { $: 'undefined' };
    case 'bigint':
      return { $: ['bigint', String(value)] };
    case 'object':
      return value === null ? null : plainObject(value, writing);
    default:
      throw new TypeError(`a ${typeof value} is no data`);
  }
}

function plainObject(value: object, writing: Writing): Plain {
  const plain = (one: unknown): Plain => plainOf(one, writing);
  if (Array.isArray(value)) return Array.from(value, plain);
  const { name } = value.constructor ?? Object;
  if (Object.hasOwn(TYPED_ARRAYS, name)) {
    return { $: [name, Array.from(value as Iterable<number | bigint>, plain)] };
  }
  if (value instanceof Map) return { $: ['Map', [...value].map((entry) => entry.map(plain))] };
  if (value instanceof Set) return { $: ['Set', [...value].map(plain)] };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`an object of class ${name} is no plain data`);
  }
  let entries = Object.entries(value);
  if (writing.canonical) {
    entries = entries
      .filter(([, one]) => one !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }
  const object = Object.fromEntries(entries.map(([key, one]) => [key, plain(one)]));
  return Object.hasOwn(object, '$')
    ? { $: ['object', entries.map(([key]) => [key, object[key]])] }
    : object;
}

function exactOf(plain: Plain): unknown {
  if (typeof plain !== 'object' || plain === null) return plain;
  if (isList(plain)) return plain.map(exactOf);
  if (Object.hasOwn(plain, '$')) return specialOf(plain.$);
  return Object.fromEntries(Object.entries(plain).map(([key, one]) => [key, exactOf(one)]));
}

const isList = (plain: Plain): plain is readonly Plain[] => Array.isArray(plain);

function specialOf(special: Plain): unknown {
  if (special === 'undefined') return undefined;
  // -0, NaN and the infinities.
  if (typeof special === 'string') return Number(special);
  const [name, content] = isList(special) ? special : [];
  if (name === 'bigint') return BigInt(String(content));
  const items = isList(content) ? content.map(exactOf) : [];
  if (name === 'Map') return new Map(items as [unknown, unknown][]);
  if (name === 'Set') return new Set(items);
  if (name === 'object') return Object.fromEntries(items as [string, unknown][]);
  if (typeof name === 'string' && Object.hasOwn(TYPED_ARRAYS, name)) {
    const make = TYPED_ARRAYS[name as keyof typeof TYPED_ARRAYS] as {
      from(items: unknown[]): unknown;
    };
    return make.from(items);
  }
  throw new SyntaxError(`'${String(name)}' is no kind of value`);
}

/**
 * Where two values first differ, as a path with both values: `report.elapsedPs: 1 and 2`. Undefined if they
 * are written alike.
 */
export function firstDifference(a: unknown, b: unknown): string | undefined {
  return differenceAt(plainOf(a, { canonical: true }), plainOf(b, { canonical: true }), '');
}

function differenceAt(
  a: Plain | undefined,
  b: Plain | undefined,
  path: string,
): string | undefined {
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) {
    const [of, to] = [a, b] as [Readonly<Record<string, Plain>>, Readonly<Record<string, Plain>>];
    for (const key of new Set([...Object.keys(of), ...Object.keys(to)])) {
      const found = differenceAt(of[key], to[key], path === '' ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return isList(a) === isList(b) ? undefined : `${path}: a list and none`;
  }
  return a === b ? undefined : `${path}: ${shown(a)} and ${shown(b)}`;
}

const SHOWN_MAX = 60;

function shown(plain: Plain | undefined): string {
  const text = plain === undefined ? 'nothing' : JSON.stringify(plain);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}...`;
}
