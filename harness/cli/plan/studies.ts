/**
 * Experiments of a plan that are studies of `pmirror study`: what a file says of them, and the cells that they
 * run. A study makes its machines itself, and its rows; how many, around which profile and for which
 * programs is the plan's.
 */

import { z } from 'zod';
import { type HardwareProfile, PROFILES } from '../../../rdma/index.ts';
import type { AnyWorkload } from '../../../workloads/workload.ts';
import type { CellGroup, QueuePairPolicy } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import {
  type GridAxes,
  headlineWorkloads,
  planAblation,
  planClaims,
  planDesigns,
  planJoint,
  planRegion,
  planSensitivity,
} from '../../studies/machines/index.ts';
import { parseAxis } from '../../studies/sweep/index.ts';
import { distinct } from '../options.ts';
import { parseProfiles } from '../profiles.ts';
import { PROGRAMS_WORD } from '../programs.ts';
import { SYSTEM_OPTIONS } from '../systems.ts';
import type { Path, PlanDocument } from './document.ts';
import { withPlace, wordsAt } from './settings.ts';
import { NAME, WORDS } from './shapes.ts';

export const STUDIES = ['joint', 'claims', 'designs', 'ablation', 'sensitivity', 'region'] as const;
export type StudyName = (typeof STUDIES)[number];

/** What a study is of. */
export interface StudyRequest {
  readonly study: StudyName;
  readonly name: string;
  readonly workloads: readonly AnyWorkload[];
  /** Names of examples. */
  readonly traces: readonly string[];
  /** One, but for studies that are of all. */
  readonly profiles: readonly HardwareProfile[];
  readonly policies: readonly QueuePairPolicy[];
  /** How many are drawn. */
  readonly machines: number;
  /** How many times as long as the short suite's the runs are. */
  readonly length: number;
  readonly grid: GridAxes;
}

const COMMON = { name: NAME.optional(), programs: WORDS.optional(), profiles: WORDS.optional() };
const LENGTH = z
  .number({ error: 'it is not a number' })
  .min(0.01, { error: 'it is not from 0.01 to 100' })
  .max(100, { error: 'it is not from 0.01 to 100' })
  .describe("times the length of the short suite's runs");
const POLICIES = WORDS.describe(SYSTEM_OPTIONS['queue-pairs'].help);
const AXES = ['persistNs', 'flushNs', 'networkScale', 'instructionsPerCycle'] as const;

const study = <const N extends StudyName, T extends z.ZodRawShape>(name: N, own: T) =>
  z.strictObject({ study: z.literal(name), ...COMMON, ...own });

/** What may stand in an experiment that is a study. */
export const STUDY_SHAPES = {
  joint: study('joint', {
    machines: z
      .int({ error: 'it is not a whole number' })
      .min(1, { error: 'it is not from 1 to 1000' })
      .max(1000, { error: 'it is not from 1 to 1000' })
      .describe('drawn from all assumptions'),
  }),
  claims: study('claims', {}),
  designs: study('designs', {}),
  ablation: study('ablation', {}),
  sensitivity: study('sensitivity', { 'queue-pairs': POLICIES, length: LENGTH }),
  region: study('region', {
    'queue-pairs': POLICIES,
    length: LENGTH,
    grid: z.strictObject({
      persistNs: WORDS,
      flushNs: WORDS,
      networkScale: WORDS,
      instructionsPerCycle: WORDS,
    }),
  }),
} as const satisfies Record<StudyName, z.ZodObject>;

type Fields = Readonly<Record<string, unknown>>;

/** Reads what a map at `path` says of a study, with what of `common`, the map of the whole plan, it does not say. */
export function studyAt(
  document: PlanDocument,
  path: Path,
  { own, common }: { readonly own: Fields; readonly common: Fields },
): StudyRequest {
  const name = STUDIES.find((one) => one === own.study) ?? 'joint';
  const wordsOf = (key: string): { words: readonly string[]; place: Path } => {
    const isOwn = Object.hasOwn(own, key);
    const place = isOwn ? [...path, key] : [key];
    const value = isOwn ? own[key] : common[key];
    return { place, words: value === undefined ? [] : wordsAt(document, place, value) };
  };
  const read = <T>(key: string, parse: (words: readonly string[]) => T): T => {
    const { words, place } = wordsOf(key);
    return withPlace(document, { settings: new Map(), path: place }, () => parse(words));
  };
  const grid = (own.grid ?? {}) as Fields;
  return {
    study: name,
    name: typeof own.name === 'string' ? own.name : name,
    ...read('programs', programsOf),
    profiles: read('profiles', (words) => profilesOf(name, words)),
    policies: Object.hasOwn(own, 'queue-pairs')
      ? read('queue-pairs', (words) => distinct(SYSTEM_OPTIONS['queue-pairs'].parse(words, 'it')))
      : [],
    machines: Number(own.machines ?? 0),
    length: Number(own.length ?? 1),
    grid: Object.fromEntries(
      AXES.map((axis) => {
        const place = [...path, 'grid', axis];
        if (!Object.hasOwn(grid, axis)) return [axis, []];
        const texts = wordsAt(document, place, grid[axis]).join();
        return [
          axis,
          withPlace(document, { settings: new Map(), path: place }, () => numbersOf(axis, texts)),
        ];
      }),
    ) as unknown as GridAxes,
  };
}

function numbersOf(axis: string, texts: string): readonly number[] {
  const values = parseAxis(`${axis}=${texts}`).values.map(Number);
  if (values.every((value) => value > 0 && value <= 1e6)) return values;
  throw new UsageError(`${axis}: its values are numbers above 0 and up to 1000000`);
}

function programsOf(words: readonly string[]): Pick<StudyRequest, 'workloads' | 'traces'> {
  const named = words.filter((word) => word !== 'whisper');
  const programs = named.length === 0 ? [] : PROGRAMS_WORD.parse(named);
  const workloads = programs.flatMap((one) => (one.kind === 'workload' ? [one.workload] : []));
  const traces = programs.flatMap((one) => {
    if (one.kind === 'workload') return [];
    if (one.example !== undefined) return [one.example.name];
    throw new UsageError(`${one.name}: a study is of workloads and of the traces that come along`);
  });
  const headline = named.length < words.length || words.length === 0 ? headlineWorkloads() : [];
  return { workloads: distinct([...headline, ...workloads]), traces };
}

/** Whether a study is of any number of profiles, such as all. */
export const isOfAll = ({ study }: Pick<StudyRequest, 'study'>): boolean =>
  study === 'claims' || study === 'designs';

function profilesOf(study: StudyName, words: readonly string[]): readonly HardwareProfile[] {
  const isOfMany = isOfAll({ study });
  if (words.includes('all') && isOfMany) return PROFILES;
  const profiles = parseProfiles(words);
  if (profiles.length === 1 || isOfMany) return profiles;
  throw new UsageError(`study ${study} is of one profile; these are ${profiles.length}`);
}

/** The cells of a study. */
export function groupsOfStudy(request: StudyRequest): readonly CellGroup[] {
  const { workloads, profiles, policies, machines, length, traces } = request;
  const [profile] = profiles;
  const plans: Readonly<Record<StudyName, () => readonly CellGroup[]>> = {
    joint: () => planJoint(profile, workloads, { machines }).groups,
    claims: () => planClaims(profiles, workloads, { traces }),
    designs: () => planDesigns(profiles, workloads),
    ablation: () => planAblation(profile, workloads),
    sensitivity: () => planSensitivity(profile, workloads, policies, length).groups,
    region: () => planRegion(profile, workloads, policies, request.grid, length).groups,
  };
  return plans[request.study]();
}
