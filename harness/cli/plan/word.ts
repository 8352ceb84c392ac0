/** The word for what is swept: programs, or the file of a plan. */

import { UsageError } from '../../host/index.ts';
import { readFiles } from '../file-options.ts';
import { splitWords } from '../options.ts';
import { type ChosenProgram, PROGRAMS_WORD } from '../programs.ts';

/** What a command line names, and its words. */
export type Swept = { readonly words: readonly string[] } & (
  | { readonly plan: string; readonly programs?: undefined }
  | { readonly plan?: undefined; readonly programs: readonly ChosenProgram[] }
);

/** Whether a word is the path of a plan. */
const isPlanFile = (word: string): boolean => /\.(ya?ml|json)$/i.test(word);

const plansIn = (texts: readonly string[]): string[] =>
  texts.flatMap((text) => (isPlanFile(text) ? [text] : splitWords([text]).filter(isPlanFile)));

const { default: usual, help } = PROGRAMS_WORD;

export const SWEPT_WORD = {
  default: usual,
  help: `${help}; or one plan, a file whose name ends in .yaml, .yml or .json`,
  parse(texts: readonly string[]): Swept {
    const [plan, ...more] = plansIn(texts);
    if (plan === undefined) return { words: texts, programs: PROGRAMS_WORD.parse(texts) };
    if (texts.length === 1 && more.length === 0 && plan === texts[0]) return { words: texts, plan };
    throw new UsageError(`${plan} is a plan: give it alone, as a plan says what programs are run`);
  },
  files: (texts: readonly string[]) => {
    const [plan] = plansIn(texts);
    return plan === undefined ? PROGRAMS_WORD.files(texts) : readFiles([plan]);
  },
};
