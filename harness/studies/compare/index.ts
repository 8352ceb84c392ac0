/** What moved between two sets of results. */

export {
  type ComparedFile,
  compareFiles,
  type FileComparison,
  FURTHER_KEYS,
  type Move,
  signed,
  tellingColumns,
  toldApart,
} from './compare.ts';
export { KNOWN_FILES, keyIn, kindOf } from './kinds.ts';
