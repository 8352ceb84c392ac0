/** What a condition comes to with the results of its designs. */

import type { CellResult } from '../../bench/index.ts';
import type { Condition, Term } from './condition.ts';

/** Results by the name of their design, of one execution in the same conditions. */
export type ResultsByDesign = ReadonlyMap<string, CellResult>;

/** Both sides of a condition, and whether it holds. */
export interface Evaluation {
  readonly left: number;
  readonly right: number;
  readonly holds: boolean;
}

/** Evaluates `condition`. The results of all of its designs must be there. */
export function evaluate(condition: Condition, results: ResultsByDesign): Evaluation {
  const left = termValue(condition.left, results);
  const right = termValue(condition.right, results);
  const holds = {
    '<=': left <= right,
    '<': left < right,
    '>=': left >= right,
    '>': left > right,
  }[condition.comparison];
  return { left, right, holds };
}

function termValue(term: Term, results: ResultsByDesign): number {
  switch (term.op) {
    case 'number':
      return term.value;
    case 'measure':
      return term.measure.of(
        term.designs.map((name) => {
          const result = results.get(name);
          if (result === undefined) throw new Error(`${name} was not run`);
          return result;
        }),
      );
    default: {
      const [left, right] = [termValue(term.left, results), termValue(term.right, results)];
      if (term.op === '+') return left + right;
      if (term.op === '-') return left - right;
      return term.op === '*' ? left * right : left / right;
    }
  }
}
