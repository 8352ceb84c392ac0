/** What a user's own backend is written with: `import ... from 'pmirror/backend'`. */

export type { Backend, Chooser, DurabilityPromise, Posting } from './backend.ts';
export { Verb, type VerbCode } from './network/verb.ts';
