/** Break-evens: where along a value of the machine a condition on designs begins or ceases to hold. */

export { answerLines, stretchesOf } from './answer.ts';
export { SOLVE_COLUMNS, solveRows } from './columns.ts';
export { type Condition, parseCondition } from './condition.ts';
export { evaluate } from './evaluate.ts';
export { MEASURES } from './measures.ts';
export { crossingValue } from './search.ts';
export { type Solution, solve } from './solve.ts';
export { parseOver, subjectOf } from './subject.ts';
