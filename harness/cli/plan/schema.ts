/**
 * What may stand in the file of a plan: the options of `pmirror sweep` as keys, the pairs of an option as
 * a map, several values as a list. The schema checks shapes; what values may be is known to the
 * options themselves, which parse the words of a plan as those of a command line.
 */

import { z } from 'zod';
import { suggestion } from '../../../pm/nearest.ts';
import type { UsageError } from '../../host/index.ts';
import { helpOf, type OptionTable } from '../options.ts';
import { PROGRAM_OPTIONS, PROGRAMS_WORD } from '../programs.ts';
import { SWEEP_OPTIONS } from '../swept.ts';
import type { Path, PlanDocument } from './document.ts';
import { LISTS, NAME, PAIRS, PLURALS, REPLICAS, TEXT, WORD, WORDS } from './shapes.ts';
import { STUDIES, STUDY_SHAPES } from './studies.ts';

/** Options whose values are written otherwise than as words. */
const SHAPES: Readonly<Record<string, z.ZodType>> = {
  zip: z.boolean({ error: 'it is not true or false' }),
  set: PAIRS,
  param: PAIRS,
  vary: LISTS,
  replica: REPLICAS,
};

/** The name of an option in a plan. */
export const keyOf = (option: string): string => PLURALS[option] ?? option;

const shapeOf = (option: string): z.ZodType => SHAPES[option] ?? WORDS;

/** The options of `table` as keys, each of which may be left out. */
function fieldsOf(table: OptionTable): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(table).map(([name, option]) => [
      keyOf(name),
      shapeOf(name).optional().describe(helpOf(option)),
    ]),
  );
}

/** An item of a list: a word, or a map with it at `key` and what is its own. */
function listOf(key: string, own: Record<string, z.ZodType>, about: string) {
  const item = z.union([WORD, z.strictObject({ [key]: WORD, ...own })], {
    error: `it is not a word, or a map with ${[key, ...Object.keys(own)].join(', ')}`,
  });
  return z
    .union([item, z.array(item).min(1, { error: 'the list is empty' })], {
      error: `it is not a word, a map with ${key}, or a list of such`,
    })
    .optional()
    .describe(about);
}

/** What an experiment may be told, and all of them in common. */
const SETTINGS = {
  programs: listOf(
    'program',
    fieldsOf(PROGRAM_OPTIONS),
    `${PROGRAMS_WORD.help}; {program: NAME, ...} with options of its own`,
  ),
  ...fieldsOf(SWEEP_OPTIONS),
  profiles: listOf(
    'profile',
    { set: PAIRS.optional() },
    `${SWEEP_OPTIONS.profile.help}; {profile: NAME, set: {...}} with values of its own`,
  ),
};

const EXPERIMENT = z.strictObject(
  { name: NAME.optional().describe('of the experiment, in tables and files'), ...SETTINGS },
  { error: 'it is not a map' },
);

const ITEM = z.looseObject({}, { error: 'it is not a map' });

/** The file of a plan whose experiments are of this shape. */
const planOf = (experiment: z.ZodType) =>
  z.strictObject(
    {
      $schema: TEXT.optional().describe('for editors'),
      about: TEXT.optional().describe('what the plan is for'),
      ...SETTINGS,
      experiments: z
        .array(experiment, { error: 'it is not a list' })
        .min(1, { error: 'the list is empty' })
        .max(1000, { error: 'these are more than 1000' })
        .optional()
        .describe('each with keys of its own, which take the place of those that stand above'),
    },
    { error: 'a plan is a map of keys such as programs, backends and vary' },
  );

/** Experiments are checked one by one: which shape they have depends on what they are. */
const PLAN = planOf(ITEM);

/** The JSON schema of plans, for editors (draft 7, which they know best). */
export function planJsonSchema(): Record<string, unknown> {
  const whole = planOf(z.union([EXPERIMENT, ...Object.values(STUDY_SHAPES)]));
  return { ...z.toJSONSchema(whole, { target: 'draft-7', io: 'input' }), title: 'pmirror plan' };
}

/** Throws UsageError for the first thing in `document` that may not stand there. */
export function refuseShape(document: PlanDocument): void {
  refuseWith(PLAN, document, [], document.root);
  const { experiments } = document.root as { readonly experiments?: readonly object[] };
  for (const [i, experiment] of (experiments ?? []).entries()) {
    const path = ['experiments', i];
    refuseWith(shapeOfExperiment(document, path, experiment), document, path, experiment);
  }
}

function shapeOfExperiment(document: PlanDocument, path: Path, experiment: object) {
  if (!('study' in experiment)) return EXPERIMENT;
  const name = STUDIES.find((one) => one === experiment.study);
  if (name !== undefined) return STUDY_SHAPES[name];
  throw document.error([...path, 'study'], `it is not one of ${STUDIES.join(', ')}`);
}

function refuseWith(shape: z.ZodObject, document: PlanDocument, path: Path, value: unknown): void {
  const { error } = shape.safeParse(value);
  if (error === undefined) return;
  throw issueError(document, deepest(error.issues), { path, keys: Object.keys(shape.shape) });
}

type Issue = z.core.$ZodIssue;

/** What is wrong in the alternative of a union that fits best: the one in which most was understood. */
function deepest([issue]: readonly Issue[]): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .map((issues) => deepest(issues))
    .filter(({ path, code }) => path.length > 0 || code === 'unrecognized_keys');
  const best = inner.sort((a, b) => b.path.length - a.path.length)[0];
  return best === undefined ? issue : { ...best, path: [...issue.path, ...best.path] };
}

function issueError(
  document: PlanDocument,
  issue: Issue,
  around: { readonly path: Path; readonly keys: readonly string[] },
): UsageError {
  const inner = issue.path.filter((step) => typeof step !== 'symbol');
  const path = [...around.path, ...inner];
  if (issue.code !== 'unrecognized_keys') return document.error(path, issue.message);
  const [key] = issue.keys;
  const accepted = inner.length === 0 ? around.keys : acceptedAt(inner);
  return document.error(
    [...path, key],
    `there is no such key${suggestion(key, accepted)}; accepted: ${accepted.join(', ')}`,
  );
}

/** The keys of the map at `path` in an experiment. */
function acceptedAt(path: Path): readonly string[] {
  const place = path.filter((step) => typeof step === 'string').at(-1);
  if (place === 'programs') return ['program', ...Object.keys(fieldsOf(PROGRAM_OPTIONS))];
  return place === 'grid' ? Object.keys(STUDY_SHAPES.region.shape.grid.shape) : ['profile', 'set'];
}
