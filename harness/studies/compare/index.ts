/** What moved between two sets of results. */

export {
  type ComparedFile,
  compareFiles,
  type FileComparison,
  type Move,
  signed,
} from './compare.ts';
export { KNOWN_FILES, keyIn, kindOf } from './kinds.ts';
