/**
 * Parameters of a workload, declared as data: what the command line shows, checks and parses.
 * A parameter is a whole number, a fraction, or one of a few words.
 */

import { decimal } from '../pm/decimal.ts';
import { suggestion } from '../pm/nearest.ts';

/** A declared parameter that is a number. Bounds are inclusive. */
interface NumberParameter {
  readonly kind: 'integer' | 'fraction';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly about: string;
}

/** A declared parameter that is a word. */
interface ChoiceParameter {
  readonly kind: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
  readonly about: string;
}

/** A declared parameter. */
export type Parameter = NumberParameter | ChoiceParameter;

type Range = readonly [min: number, max: number];

/** A parameter that is a whole number: its default, its bounds, and what it is. */
export function integer(value: number, [min, max]: Range, about: string): NumberParameter {
  return { kind: 'integer', default: value, min, max, about };
}

/** A parameter that may be any number within its bounds. */
export function fraction(value: number, [min, max]: Range, about: string): NumberParameter {
  return { kind: 'fraction', default: value, min, max, about };
}

/** A parameter that is one of a few words. */
export function choice(value: string, choices: readonly string[], about: string): ChoiceParameter {
  return { kind: 'choice', default: value, choices, about };
}

/** Declared parameters by name. Names are camelCase, units last. */
export type ParameterTable = Readonly<Record<string, Parameter>>;

/** The values of a table's parameters: numbers, and words for choices. */
export type ParameterValues<T extends ParameterTable> = {
  readonly [K in keyof T]: T[K] extends { readonly kind: 'choice' } ? string : number;
};

/** What a user may give: `{ keys: 1000 }` or, from the command line, `{ keys: '1000' }`. */
export type GivenParameters = Readonly<Record<string, string | number>>;

/** Wrong input by the user: shown without a stack trace. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
}

/**
 * The values of all parameters of `table`: those given, checked, and defaults for the rest.
 * Throws ParameterError that names the parameter, what was given and what is accepted.
 */
export function parseParameters<const T extends ParameterTable>(
  owner: string,
  table: T,
  given: GivenParameters,
): ParameterValues<T> {
  const values: Record<string, number | string> = {};
  for (const [name, parameter] of Object.entries(table)) values[name] = parameter.default;
  for (const [name, raw] of Object.entries(given)) {
    const parameter = Object.hasOwn(table, name) ? table[name] : undefined;
    if (parameter === undefined) {
      const known = Object.keys(table);
      const meant = suggestion(name, known);
      throw new ParameterError(
        `${owner} has no parameter '${name}'${meant}; it has: ${known.join(', ') || 'none'}`,
      );
    }
    values[name] = parseValue(owner, name, parameter, raw);
  }
  return Object.freeze(values) as ParameterValues<T>;
}

function parseValue(
  owner: string,
  name: string,
  parameter: Parameter,
  raw: string | number,
): number | string {
  if (parameter.kind === 'choice') {
    const word = String(raw);
    if (parameter.choices.includes(word)) return word;
    throw new ParameterError(
      `${owner}: ${name} = '${word}' is not one of ${parameter.choices.join(', ')}${suggestion(word, parameter.choices)}`,
    );
  }
  const value = typeof raw === 'number' ? raw : decimal(raw.trim());
  const inRange = value >= parameter.min && value <= parameter.max;
  if (!inRange || (parameter.kind === 'integer' && !Number.isInteger(value))) {
    const kind = parameter.kind === 'integer' ? 'a whole number' : 'a number';
    throw new ParameterError(
      `${owner}: ${name} = '${raw}' is not ${kind} from ${parameter.min} to ${parameter.max}`,
    );
  }
  return value;
}
