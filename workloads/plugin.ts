/** What a user's own workload is written with: `import ... from 'pmirror/workload'`. */

export type { PmHeap } from '../pm/heap.ts';
export { LINE_BYTES } from '../pm/line.ts';
export { Random } from '../pm/random.ts';
export { choice, fraction, integer } from './parameters.ts';
export { defineWorkload, NotSetUpError, type Program, VerifyError } from './workload.ts';
