/** A survey on worker threads, one a processor core: what programs come to, then site by site. */

import {
  pluginFiles,
  runOnWorkers,
  type Units,
  type WorkOptions,
  workUnit,
} from '../../bench/index.ts';
import type { SurveyProgram } from './programs.ts';
import { isForTests, type Site, SourceScan } from './scan.ts';
import {
  addVisits,
  DEFAULT_SURVEY_EXTENT,
  PROGRAMS_PER_SITE,
  type SiteFinding,
  type SurveyExtent,
  untried,
} from './survey.ts';
import type { SiteVisits, SurveyItem, SurveyWork } from './worker.ts';

/** What to survey. */
export interface SurveyPlan {
  readonly programs: readonly SurveyProgram[];
  readonly extent: SurveyExtent;
  /** Of the name of a site. */
  readonly wanted: RegExp;
  /** Whether sites that no program comes to are told, too. */
  readonly isWhole: boolean;
}

/** What a worker takes for each program of a site, in bytes: with three 250 to 320 MB were seen. */
const PROGRAM_BYTES = 100e6;

/** What becomes of every site, in the order of the source. */
export async function runSurvey(plan: SurveyPlan, options: WorkOptions): Promise<SiteFinding[]> {
  const { programs, extent, wanted, isWhole } = plan;
  const visits = programs.map((program): SurveyItem => ({ kind: 'visits', program, extent }));
  const comes = await runItems(visits, 'programs', options);
  const bySite = programs.map((_, i) => {
    const work = comes[i];
    return new Map(work.kind === 'visits' ? work.sites.map((one) => [one.site, one]) : []);
  });
  const found: SiteFinding[] = [];
  const items: { readonly at: number; readonly item: SurveyItem }[] = [];
  for (const site of new SourceScan(pluginFiles()).sites) {
    if (!wanted.test(site.name)) continue;
    const all = bySite.map((sites) => sites.get(site.name));
    const tried = itemsOf(site, all, plan);
    const ended = bySite.flatMap((sites) => sites.get(site.endOfCall)?.visits ?? []);
    if (tried.length > 0) {
      for (const item of tried) items.push({ at: found.length, item });
      found.push(untried(site, undefined));
    } else if ((isWhole && !isForTests(site)) || ended.length > 0) {
      found.push(untried(site, ended.length > 0 ? addVisits(ended) : undefined));
    }
  }
  const works = await runItems(
    items.map(({ item }) => item),
    'places',
    options,
  );
  const surveyed = Map.groupBy(
    works.map((work, i) => ({ work, at: items[i].at })),
    ({ at }) => at,
  );
  return found.flatMap((one, at) => {
    const own = surveyed
      .get(at)
      ?.flatMap(({ work }) => (work.kind === 'site' ? [work.finding] : []));
    return own ?? [one];
  });
}

/** A small survey of one workload: what it comes to in a few transactions. */
export function surveyWorkload(
  workload: string,
  seed: number,
  options: WorkOptions,
): Promise<SiteFinding[]> {
  const extent = {
    ...DEFAULT_SURVEY_EXTENT,
    turns: 2,
    turnsMore: 2,
    recoveredImages: 30,
    recoveries: 2,
    seed,
  };
  const programs = [{ workload, transactions: 6 }];
  return runSurvey({ programs, extent, wanted: /./, isWhole: false }, options);
}

/** What is to be done for a site: nothing if no program comes to it. */
function itemsOf(
  { name: site }: Site,
  all: readonly (SiteVisits | undefined)[],
  { programs, extent }: SurveyPlan,
): SurveyItem[] {
  const comes = all.flatMap((one, i) => (one === undefined ? [] : [{ ...one, i }]));
  if (comes.length === 0) return [];
  const usual = comes.filter(({ i }) => programs[i].isSpare === undefined);
  const known = usual.length > 0 ? usual : comes;
  const visits = addVisits(known.map((one) => one.visits));
  const chosen = known.slice(0, PROGRAMS_PER_SITE).map(({ i }) => programs[i]);
  const ranging = known.filter((one) => one.hasRanges).slice(0, PROGRAMS_PER_SITE);
  const whole = { kind: 'site', site, part: 'all', visits, programs: chosen, extent } as const;
  if (ranging.length === 0) return [whole];
  const last = {
    ...whole,
    part: 'last line',
    programs: ranging.map(({ i }) => programs[i]),
  } as const;
  return [whole, last];
}

async function runItems(
  items: readonly SurveyItem[],
  noun: string,
  options: WorkOptions,
): Promise<readonly SurveyWork[]> {
  const kind = {
    script: new URL('./worker.ts', import.meta.url),
    plugins: pluginFiles(),
    labelOf: nameOf,
    nameInErrors: nameOf,
    bytesOf: (item: SurveyItem) =>
      PROGRAM_BYTES * (item.kind === 'site' ? item.programs.length : 1),
    // A worker need not record the programs of the next site anew.
    nearOf: (item: SurveyItem) =>
      JSON.stringify(item.kind === 'site' ? item.programs : item.program),
  };
  const units: Units<SurveyItem, SurveyWork> = {
    noun,
    countOf: () => 1,
    unitsOf: async (item) => [surveyUnit(item)],
    only: () => undefined,
    kept: (work) => [work],
    joined: (_, [kept]) => kept as SurveyWork,
  };
  return (await runOnWorkers(items, { kind, units }, options)).results;
}

const nameOf = (item: SurveyItem): string =>
  item.kind === 'site' ? item.site : item.program.workload;

function surveyUnit(item: SurveyItem) {
  const programs = item.kind === 'site' ? item.programs : [item.program];
  const parts = programs.map(({ workload }) => workload);
  return workUnit({ kind: 'survey', label: nameOf(item), of: item, systems: [], parts });
}
