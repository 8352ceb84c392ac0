/**
 * What a crash check would miss. Every site of the source is left out once, in each program that comes to
 * it until a crash shows it. Crashes around its turns are explored: in set-up, in transactions, and in
 * recovery. A site that no crash shows is explained by what does its work
 * (redundancy.ts), or makes good that it was not done (making-good.ts); else it is missed, and either not
 * needed, or the check has a hole there.
 */

import { LINE_BYTES } from '../../../pm/line.ts';
import { Op } from '../../../pm/op.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import type { ConfiguredSubject } from '../history/recording.ts';
import { momentsAround } from './focus.ts';
import { framesNow } from './frames.ts';
import { makingGood, UNEXPLAINED } from './making-good.ts';
import { AGES, type SurveyProgram } from './programs.ts';
import { REASONS } from './reasons.ts';
import { coveringSites, linesOf, NOTHING } from './redundancy.ts';
import type { Site, SourceScan } from './scan.ts';
import { StreamExplorer } from './stream-explorer.ts';
import {
  type LeftOut,
  type Phase,
  recordFromZero,
  recordRecoveries,
  type SiteOf,
  type Stream,
} from './streams.ts';

/**
 * `caught`: a crash shows that it is missing. `redundant`: other sites do the same before anything relies
 * on it. `made good`: recovery does, set-up begins anew, or contents are the same until another site does.
 * `explained`: contents are the same, and reasons.ts says why. `missed`: none of these. `unvisited`: no
 * program comes to it. `broken`: a program fails with the site in its place.
 */
// biome-ignore format: in one line
export type SiteVerdict = 'caught' | 'redundant' | 'made good' | 'explained' | 'missed' | 'unvisited' | 'broken';

/** What of a site is left out: all, or the last line of ranges that are several. */
export type SitePart = 'all' | 'last line';

/** How often a program comes to a site, in each part of its life. */
export type Visits = Readonly<Record<Phase, number>>;

/** Whether a finding is none that a survey may have: a site is broken, missed, or not come to for no reason. */
export function isWrong({ verdict, coveredBy }: SiteFinding): boolean {
  if (verdict === 'unvisited') return coveredBy.length === 0;
  return verdict === 'missed' || verdict === 'broken';
}

/** What a survey says of a site, or of part of one. */
export interface SiteFinding {
  readonly site: string;
  readonly part: SitePart;
  readonly visits: Visits;
  readonly verdict: SiteVerdict;
  /** Program and part of its life in which a crash showed it; null: none did. */
  readonly foundIn: string | null;
  readonly foundDuring: Phase | null;
  /** Crash points looked at around its turns with it in place, and without it. */
  readonly crashPoints: number;
  readonly crashPointsWithout: number;
  readonly problem: string | null;
  /** What does its work, or makes good that it was not done. */
  readonly coveredBy: readonly string[];
}

/** A site is looked for in so many programs at most, those that take least time. */
export const PROGRAMS_PER_SITE = 3;

/** How thoroughly to look. */
export interface SurveyExtent {
  readonly seed: number;
  /** Turns of a site that are crashed around; if nothing shows, `turnsMore`. */
  readonly turns: number;
  readonly turnsMore: number;
  readonly imagesPerCrash: number;
  /** Crash images that are recovered in search of recoveries, and recoveries that are kept. */
  readonly recoveredImages: number;
  readonly recoveries: number;
}

export const DEFAULT_SURVEY_EXTENT: Omit<SurveyExtent, 'seed'> = Object.freeze({
  turns: 3,
  turnsMore: 9,
  imagesPerCrash: 10,
  recoveredImages: 100,
  recoveries: 8,
});

/** A program, recorded, and what is known of its images. */
export class SurveyedProgram {
  readonly workload: string;
  readonly subject: ConfiguredSubject;
  /** Set-up and transactions first, then recoveries. */
  readonly streams: readonly Stream[];
  readonly explorer: StreamExplorer;
  readonly siteOf: SiteOf;

  constructor(program: SurveyProgram, scan: SourceScan, extent: SurveyExtent) {
    const workload = resolveWorkload(program.workload);
    if (workload === undefined) throw new RangeError(`no workload '${program.workload}'`);
    const given = { ...workload.smallParameters, ...program.parameters };
    const { transactions, seed = extent.seed } = program;
    this.workload = program.workload;
    this.subject = { configured: workload.configure(given), threads: 1, seed, transactions };
    this.siteOf = (op) => scan.siteOf(op, framesNow())?.name;
    const whole = recordFromZero(this.subject, this.siteOf, program.aged && AGES[program.aged]);
    const { recoveries: kept } = extent;
    const { recoveredImages: images = extent.recoveredImages } = program;
    const search = { images, kept, seed: extent.seed };
    this.streams = [whole, ...recordRecoveries(this.subject, whole, this.siteOf, search)];
    this.explorer = new StreamExplorer(this.subject);
  }

  /** How often it comes to each site. */
  visits(): Map<string, Visits> {
    const all = new Map<string, Record<Phase, number>>();
    for (const stream of this.streams) {
      for (const [i, { site }] of stream.ops.entries()) {
        if (site === undefined) continue;
        const visits = all.get(site) ?? { setUp: 0, run: 0, recovery: 0 };
        visits[stream.phaseAt(i)]++;
        all.set(site, visits);
      }
    }
    return all;
  }

  /** Whether one of its write-backs at `site` is of several lines. */
  hasRanges(site: string): boolean {
    return this.streams.some(({ ops }) => ops.some((op) => op.site === site && isRange(op)));
  }
}

const isRange = (op: Parameters<LeftOut>[0]): boolean =>
  op.op === Op.WRITE_BACK && linesOf(op).length > 1;

/** Leaves `part` of `site` out. */
function without(site: string, part: SitePart): LeftOut {
  return (op) => {
    if (op.site !== site) return op;
    if (part === 'all') return undefined;
    if (!isRange(op)) return op;
    const lines = linesOf(op);
    return { ...op, b: lines[lines.length - 1] * LINE_BYTES - op.a };
  };
}

/** Surveys one site in `programs`, which all come to it. */
export function surveySite(
  { site, part, visits }: Pick<SiteFinding, 'site' | 'part' | 'visits'>,
  programs: Iterable<SurveyedProgram>,
  extent: SurveyExtent,
): SiteFinding {
  const found = { site, part, visits, foundIn: null, foundDuring: null, problem: null };
  const counts = { crashPoints: 0, crashPointsWithout: 0 };
  const leftOut = without(site, part);
  const coveredBy = new Set<string>();
  const open: { readonly program: SurveyedProgram; readonly stream: Stream }[] = [];
  const isHere = (op: { readonly site: string | undefined }): boolean => op.site === site;
  const tryOut = (program: SurveyedProgram, stream: Stream, turns: number): SiteFinding | null => {
    const explore = (left: LeftOut) => {
      const moments = momentsAround(stream, isHere, left, turns);
      const { imagesPerCrash, seed } = extent;
      return program.explorer.explore(stream, { moments, imagesPerCrash, seed }, left);
    };
    const where = { foundIn: program.workload, foundDuring: phaseOf(stream, site) };
    if (turns === extent.turns) {
      const { crashPoints, problem } = explore((op) => op);
      counts.crashPoints += crashPoints;
      if (problem !== null) {
        return { ...found, ...counts, ...where, problem, verdict: 'broken', coveredBy: [] };
      }
    }
    const { crashPoints, problem } = explore(leftOut);
    counts.crashPointsWithout += crashPoints;
    if (problem === null) return null;
    return { ...found, ...counts, ...where, problem, verdict: 'caught', coveredBy: [] };
  };
  for (const program of programs) {
    for (const stream of program.streams) {
      if (!stream.ops.some((op) => op.site === site)) continue;
      const finding = tryOut(program, stream, extent.turns);
      if (finding !== null) return finding;
      const covering = coveringSites(stream, leftOut);
      if (covering === null) open.push({ program, stream });
      else for (const by of covering) coveredBy.add(by);
    }
  }
  for (const { program, stream } of open) {
    const finding = tryOut(program, stream, extent.turnsMore);
    if (finding !== null) return finding;
  }
  for (const { program, stream } of open) {
    const { subject, siteOf } = program;
    const made = makingGood(subject, stream, { leftOut, siteOf, count: extent.turnsMore });
    for (const by of made) coveredBy.add(by);
  }
  if (open.length > 0 && coveredBy.has(UNEXPLAINED)) {
    const reason = reasonOf(site, part);
    const verdict = reason.length > 0 ? 'explained' : 'missed';
    return { ...found, ...counts, verdict, coveredBy: reason };
  }
  const verdict = open.length === 0 ? 'redundant' : 'made good';
  return { ...found, ...counts, verdict, coveredBy: [...coveredBy].sort() };
}

/** Why a part of a site is not needed, or why no program comes to it, if somebody knows. */
function reasonOf(site: string, part: SitePart): string[] {
  const key = part === 'all' ? site : `${site} ${part}`;
  return Object.hasOwn(REASONS, key) ? [REASONS[key]] : [];
}

/** The part of a program's life in which the first turn of a site is. */
function phaseOf(stream: Stream, site: string): Phase {
  return stream.phaseAt(stream.ops.findIndex((op) => op.site === site));
}

/** A site that is not looked for in any program: none comes to it, or it had nothing to do there. */
export function untried({ name }: Site, visits: Visits | undefined): SiteFinding {
  return {
    site: name,
    part: 'all',
    visits: visits ?? NO_VISITS,
    verdict: visits === undefined ? 'unvisited' : 'redundant',
    foundIn: null,
    foundDuring: null,
    crashPoints: 0,
    crashPointsWithout: 0,
    problem: null,
    coveredBy: visits === undefined ? reasonOf(name, 'all') : [NOTHING],
  };
}

/** Visits of several programs together. */
export function addVisits(all: readonly Visits[]): Visits {
  return all.reduce(
    (sum, one) => ({
      setUp: sum.setUp + one.setUp,
      run: sum.run + one.run,
      recovery: sum.recovery + one.recovery,
    }),
    NO_VISITS,
  );
}

const NO_VISITS: Visits = { setUp: 0, run: 0, recovery: 0 };
