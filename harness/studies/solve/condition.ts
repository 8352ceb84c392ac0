/**
 * Conditions on what designs cost, as a user writes them: `slowdown(sm-rc) <= 1.1`,
 * `p99(sm-ob) < 2 * p99(no-sm) + 5us`. Two sides, each of measures of designs (`measures.ts`), numbers
 * with or without a unit, + - * / and brackets; one comparison between them. What is wrong is said with its
 * place and with what is accepted there.
 */

import { suggestion } from '../../../pm/nearest.ts';
import { BACKENDS, resolveBackend } from '../../../rdma/index.ts';
import type { UsageError } from '../../host/index.ts';
import { type Kind, MEASURES, type Measure } from './measures.ts';
import { conditionError, type Token, tokensOf } from './tokens.ts';

/** A part of a condition that has a value, once the designs were run. */
export type Term =
  | { readonly op: 'number'; readonly value: number; readonly kind: Kind }
  | {
      readonly op: 'measure';
      readonly measure: Measure;
      /** Canonical names, those that it is held against last. */
      readonly designs: readonly string[];
      readonly kind: Kind;
    }
  | {
      readonly op: '+' | '-' | '*' | '/';
      readonly left: Term;
      readonly right: Term;
      readonly kind: Kind;
    };

const COMPARISONS = ['<=', '<', '>=', '>'] as const;

/** What must hold. */
export interface Condition {
  /** As given, blanks apart. */
  readonly text: string;
  readonly left: Term;
  readonly comparison: (typeof COMPARISONS)[number];
  readonly right: Term;
  /** What stands left and right of the comparison, as given. */
  readonly sides: readonly [string, string];
  /** The designs whose results it takes, by canonical name. */
  readonly designs: readonly string[];
}

/** Factors of units: times in ns, rates per second, and plain numbers. */
const UNITS: Readonly<Record<string, readonly [factor: number, kind: Kind]>> = {
  ns: [1, 'time'],
  us: [1e3, 'time'],
  µs: [1e3, 'time'],
  μs: [1e3, 'time'],
  ms: [1e6, 'time'],
  s: [1e9, 'time'],
  k: [1e3, 'ratio'],
  M: [1e6, 'ratio'],
  x: [1, 'ratio'],
};

const ACCEPTED_TERM = `a number with or without a unit (ns, us, ms, s, %, k, M, k/s, M/s), a bracket, or ${MEASURES.map(
  ({ about }) => about.replace(/:.*/, ''),
)
  .filter((about) => about !== '')
  .join(', ')}`;

/** The condition in `text`. Throws UsageError. */
export function parseCondition(text: string): Condition {
  return new Parser(text.trim()).condition();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  condition(): Condition {
    const left = this.#sum();
    const token = this.#take();
    const comparison = COMPARISONS.find((one) => one === token.text);
    if (comparison === undefined) {
      throw this.#error(token, `${found(token)}; accepted: + - * / or ${COMPARISONS.join(' ')}`);
    }
    const right = this.#sum();
    const end = this.#peek();
    if (end.kind !== 'end') {
      throw this.#error(end, `${found(end)}; accepted: + - * / or the end of the condition`);
    }
    const [first, second] = matched(left, right);
    if (first.kind !== second.kind) {
      throw this.#error(
        token,
        `${WHAT[first.kind]} is compared with ${WHAT[second.kind]}; accepted: two of one kind` +
          (isTime(first) || isTime(second) ? ', and times have a unit: ns, us, ms or s' : ''),
      );
    }
    const designs = [...new Set([...designsOf(first), ...designsOf(second)])];
    if (designs.length === 0) {
      throw this.#error(token, `no design stands on either side; accepted: ${ACCEPTED_TERM}`);
    }
    const sides = [
      this.#text.slice(0, token.at),
      this.#text.slice(this.#tokens[this.#after(token)].at),
    ];
    return {
      text: this.#text.replaceAll(/\s+/g, ' '),
      left: first,
      comparison,
      right: second,
      sides: [sides[0].trim(), sides[1].trim()],
      designs,
    };
  }

  #after(token: Token): number {
    return this.#tokens.indexOf(token) + 1;
  }

  #sum(): Term {
    let left = this.#product();
    for (;;) {
      const token = this.#peek();
      if (token.text !== '+' && token.text !== '-') return left;
      this.#next++;
      const [first, second] = matched(left, this.#product());
      if (first.kind !== second.kind) {
        throw this.#error(
          token,
          `${WHAT[first.kind]} ${token.text} ${WHAT[second.kind]}; accepted: two of one kind`,
        );
      }
      left = { op: token.text, left: first, right: second, kind: first.kind };
    }
  }

  #product(): Term {
    let left = this.#factor();
    for (;;) {
      const token = this.#peek();
      if (token.text !== '*' && token.text !== '/') return left;
      this.#next++;
      const right = this.#factor();
      const kind = kindOf(token.text, left.kind, right.kind);
      if (kind === undefined) {
        throw this.#error(
          token,
          `${WHAT[left.kind]} ${token.text} ${WHAT[right.kind]}; accepted: ` +
            (token.text === '*' ? 'a number as one of both' : 'a number below, or two of one kind'),
        );
      }
      left = { op: token.text, left, right, kind };
    }
  }

  #factor(): Term {
    const token = this.#take();
    if (token.text === '(') {
      const inner = this.#sum();
      this.#expect(')');
      return inner;
    }
    if (token.kind === 'number') return this.#number(token);
    if (token.kind === 'name') return this.#measure(token);
    throw this.#error(token, `${found(token)}; accepted: ${ACCEPTED_TERM}`);
  }

  #number(token: Token): Term {
    let value = Number(token.text);
    let kind: Kind = 'ratio';
    const unit = this.#peek();
    if (unit.text === '%') {
      this.#next++;
      value /= 100;
    } else if (unit.kind === 'name') {
      if (!Object.hasOwn(UNITS, unit.text)) {
        throw this.#error(
          unit,
          `no unit '${unit.text}'; accepted: ns, us, ms, s, %, k, M, k/s, M/s`,
        );
      }
      this.#next++;
      const [factor, own] = UNITS[unit.text];
      value *= factor;
      kind = own;
    }
    // "per second", which is no division by a measure.
    const [slash, second] = this.#tokens.slice(this.#next);
    if (kind === 'ratio' && slash.text === '/' && second?.text === 's') {
      this.#next += 2;
      kind = 'rate';
    }
    return { op: 'number', value, kind };
  }

  #measure(token: Token): Term {
    const measure = MEASURES.find(({ name }) => name === token.text);
    if (measure === undefined) {
      const names = MEASURES.map(({ name }) => name);
      const meant = suggestion(token.text, names);
      throw this.#error(token, `no measure '${token.text}'${meant}; accepted: ${ACCEPTED_TERM}`);
    }
    this.#expect('(');
    const designs: string[] = [];
    const most = measure.designs + measure.usual.length;
    do designs.push(this.#design());
    while (designs.length < most && this.#peek().text === ',' && ++this.#next > 0);
    this.#expect(')', designs.length < most ? ', or ' : '');
    const rest = measure.usual.slice(designs.length - measure.designs);
    return {
      op: 'measure',
      measure,
      designs: [...designs, ...rest, ...measure.beside],
      kind: measure.kind,
    };
  }

  #design(): string {
    const token = this.#take();
    const design = token.kind === 'name' ? resolveBackend(token.text) : undefined;
    if (design !== undefined) return design.name;
    const known = BACKENDS.flatMap(({ name, aliases }) => [name, ...aliases]);
    const what =
      token.kind === 'name'
        ? `no design '${token.text}'${suggestion(token.text, known)}`
        : found(token);
    throw this.#error(token, `${what}; accepted: ${BACKENDS.map(({ name }) => name).join(', ')}`);
  }

  #expect(text: string, others = ''): void {
    const token = this.#take();
    if (token.text !== text) {
      throw this.#error(token, `${found(token)}; accepted: ${others}${text}`);
    }
  }

  #peek(): Token {
    return this.#tokens[this.#next];
  }

  /** The next word; the end stays where it is. */
  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  #error(token: Token, what: string): UsageError {
    return conditionError(this.#text, token.at, what);
  }
}

const WHAT: Readonly<Record<Kind, string>> = { ratio: 'a number', time: 'a time', rate: 'a rate' };

function found(token: Token): string {
  return token.kind === 'end' ? 'the condition ends here' : `found '${token.text}'`;
}

const isTime = ({ kind }: Term): boolean => kind === 'time';

/** A plain number beside a rate is one a second: there is no other unit of it. */
function matched(left: Term, right: Term): [Term, Term] {
  const asRate = (term: Term, other: Term): Term =>
    term.op === 'number' && term.kind === 'ratio' && other.kind === 'rate'
      ? { ...term, kind: 'rate' }
      : term;
  return [asRate(left, right), asRate(right, left)];
}

/** What a product or quotient is; undefined if it is nothing that can be compared. */
function kindOf(op: '*' | '/', left: Kind, right: Kind): Kind | undefined {
  if (right === 'ratio') return left;
  if (op === '*') return left === 'ratio' ? right : undefined;
  return left === right ? 'ratio' : undefined;
}

function designsOf(term: Term): readonly string[] {
  if (term.op === 'number') return [];
  if (term.op === 'measure') return term.designs;
  return [...designsOf(term.left), ...designsOf(term.right)];
}
