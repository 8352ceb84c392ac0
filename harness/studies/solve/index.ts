/** Break-evens: where along a value of the machine a condition on designs begins or ceases to hold. */

export { answerLines } from './answer.ts';
export { SOLVE_COLUMNS, solveRows } from './columns.ts';
export { parseCondition } from './condition.ts';
export { MEASURES } from './measures.ts';
export { solve } from './solve.ts';
export { parseOver, subjectOf } from './subject.ts';
