/** A worker thread of a survey: records programs, and surveys sites in those that it has recorded. */

import { workerData } from 'node:worker_threads';
import { loadPlugins, pluginFiles } from '../../bench/index.ts';
import { serve, type WorkerSettings } from '../../host/index.ts';
import type { SurveyProgram } from './programs.ts';
import { SourceScan } from './scan.ts';
import {
  PROGRAMS_PER_SITE,
  type SiteFinding,
  type SitePart,
  type SurveyExtent,
  SurveyedProgram,
  surveySite,
  type Visits,
} from './survey.ts';

/** What a program comes to, or what becomes of a site in programs that come to it. */
export type SurveyItem = { readonly extent: SurveyExtent } & (
  | { readonly kind: 'visits'; readonly program: SurveyProgram }
  | {
      readonly kind: 'site';
      readonly site: string;
      readonly part: SitePart;
      readonly visits: Visits;
      readonly programs: readonly SurveyProgram[];
    }
);

/** How often a program comes to a site, and whether one of its write-backs there is of several lines. */
export interface SiteVisits {
  readonly site: string;
  readonly visits: Visits;
  readonly hasRanges: boolean;
}

export type SurveyWork =
  | { readonly kind: 'visits'; readonly sites: readonly SiteVisits[] }
  | { readonly kind: 'site'; readonly finding: SiteFinding };

/** Programs that are kept, those used last: those of one site. Each has 5 to 60 MB of memory images. */
const KEPT_MAX = PROGRAMS_PER_SITE;

loadPlugins((workerData as WorkerSettings).plugins);
const scan = new SourceScan(pluginFiles());
const kept = new Map<string, SurveyedProgram>();

function recorded(program: SurveyProgram, extent: SurveyExtent): SurveyedProgram {
  const key = JSON.stringify(program);
  const known = kept.get(key);
  kept.delete(key);
  // One goes before another comes.
  for (const oldest of kept.keys()) if (kept.size >= KEPT_MAX) kept.delete(oldest);
  const found = known ?? new SurveyedProgram(program, scan, extent);
  kept.set(key, found);
  return found;
}

function* inTurn(
  programs: readonly SurveyProgram[],
  extent: SurveyExtent,
): Generator<SurveyedProgram, void, void> {
  for (const program of programs) yield recorded(program, extent);
}

serve<SurveyItem, SurveyWork>(({ item }) => {
  const { extent } = item;
  if (item.kind === 'site') {
    return { kind: 'site', finding: surveySite(item, inTurn(item.programs, extent), extent) };
  }
  const program = recorded(item.program, extent);
  const sites = [...program.visits()].map(([site, visits]) => ({
    site,
    visits,
    hasRanges: program.hasRanges(site),
  }));
  return { kind: 'visits', sites };
});
