/**
 * Plans: files that say what is run. A plan is one sweep, or a list of experiments, each of which is one;
 * an experiment expands into the cells that `pmirror sweep` would run for the same words.
 */

import { statSync } from 'node:fs';
import { UsageError } from '../../host/index.ts';
import { relativeTo, userPath } from '../file-options.ts';
import { distinct, type Given, type OptionTable } from '../options.ts';
import { type ChosenProgram, PROGRAMS_WORD } from '../programs.ts';
import { type ChosenSweep, chosenSweep, SWEEP_OPTIONS } from '../swept.ts';
import { joinedSweeps } from './cells.ts';
import { type Path, type PlanDocument, readPlanDocument } from './document.ts';
import { refuseShape } from './schema.ts';
import { givenBy, hasMaps, type Settings, settingsAt, withPlace } from './settings.ts';
import { groupsOfStudy, type StudyRequest, studyAt } from './studies.ts';

/** One sweep of a plan. */
export interface Experiment extends ChosenSweep {
  readonly name: string;
}

/** A plan with all its cells. */
export interface Plan {
  /** As the user wrote it. */
  readonly word: string;
  readonly sha256: string;
  readonly experiments: readonly Experiment[];
}

/** With so many cells no further experiment is looked at. */
const CELLS_MAX = 200_000;
const TOO_MANY = `the experiments before it have more than ${CELLS_MAX} cells: put it into another plan`;

/**
 * The plan in the file `word`. `given` stands for what the plan says of the same options, in every experiment
 * whose programs have such options. Throws UsageError or FailureError with the place of what is wrong.
 */
export function readPlan(word: string, given: Given = new Map()): Plan {
  const file = userPath(word);
  const document = readPlanDocument(file, word);
  refuseShape(document);
  const root = document.root as Fields;
  const changes = new Map([...given].filter(([name]) => Object.hasOwn(SWEEP_OPTIONS, name)));
  const experiments = relativeTo(document.directory, () => {
    const common = partAt(document, [], root);
    if (!Array.isArray(root.experiments)) {
      return [experimentOf(document, { ...common, name: nameOfFile(word) }, changes)];
    }
    const one = (own: Fields, path: Path, i: number): Experiment => {
      if (own.study !== undefined) {
        return studyExperiment(studyAt(document, path, { own, common: root }), changes);
      }
      const part = partAt(document, path, own);
      const name = typeof own.name === 'string' ? own.name : String(i + 1);
      return experimentOf(document, { ...inheriting(common, part), name }, changes);
    };
    let cells = 0;
    return root.experiments.map((own: Fields, i) => {
      const path = ['experiments', i];
      if (cells > CELLS_MAX) throw document.error(path, TOO_MANY);
      const experiment = one(own, path, i);
      cells += experiment.plan.groups.reduce((sum, { systems }) => sum + systems.length, 0);
      return experiment;
    });
  });
  refuseSameNames(document, experiments);
  refuseUnused(word, changes, experiments);
  return { word, sha256: document.sha256, experiments };
}

/** The studies of the plan in the file `word`, which plan their cells themselves. */
export function readStudies(word: string): readonly StudyRequest[] {
  const document = readPlanDocument(userPath(word), word);
  refuseShape(document);
  const root = document.root as Fields;
  const experiments: readonly Fields[] = Array.isArray(root.experiments) ? root.experiments : [];
  return relativeTo(document.directory, () =>
    experiments.flatMap((own, i) => {
      if (own.study === undefined) return [];
      return [studyAt(document, ['experiments', i], { own, common: root })];
    }),
  );
}

/** A study as an experiment like others: its cells, and nothing that varies. */
function studyExperiment(request: StudyRequest, changes: Given): Experiment {
  const [changed] = changes.keys();
  if (changed !== undefined) {
    throw new UsageError(
      `--${changed}: ${request.name} is a study, and no option changes its cells`,
    );
  }
  const groups = groupsOfStudy(request);
  const systems = groups.flatMap((group) => group.systems);
  const backends = distinct(systems.map(({ backend }) => backend));
  const profiles = distinct(systems.map(({ profile }) => profile));
  return {
    name: request.name,
    plan: { axes: [], groups, executionPoints: new Map(), profilePoints: new Map() },
    systems: { backends, profiles, replicas: [1], whereTheyRun: false },
    percentiles: [],
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** What a map says: settings, and lists of which each item may have settings of its own. */
interface Part {
  readonly path: Path;
  readonly settings: Settings;
  readonly programs: readonly Entry[] | undefined;
  readonly profiles: readonly Entry[] | undefined;
}

/** Items of a list, with the settings that they have beside all others. */
interface Entry {
  readonly words: readonly string[];
  readonly own: Settings;
  readonly path: Path;
}

function partAt(document: PlanDocument, path: Path, map: Fields): Part {
  return {
    path,
    settings: settingsAt(document, path, map),
    programs: entriesAt(document, [...path, 'programs'], map.programs, 'program'),
    profiles: hasMaps(map.profiles)
      ? entriesAt(document, [...path, 'profiles'], map.profiles, 'profile')
      : undefined,
  };
}

/** Words next to each other are one entry, and each map is one. */
function entriesAt(
  document: PlanDocument,
  path: Path,
  value: unknown,
  key: string,
): readonly Entry[] | undefined {
  if (value === undefined) return undefined;
  const items: [Path, unknown][] = Array.isArray(value)
    ? value.map((item, i) => [[...path, i], item])
    : [[path, value]];
  const entries: Entry[] = [];
  let isOpen = false;
  for (const [place, item] of items) {
    const isMap = typeof item === 'object' && item !== null;
    const words = [document.textAt(isMap ? [...place, key] : place)];
    const own: Settings = isMap ? settingsAt(document, place, item as Fields) : new Map();
    const last = entries.at(-1);
    if (isOpen && !isMap && last !== undefined) {
      entries[entries.length - 1] = { ...last, words: [...last.words, ...words] };
    } else entries.push({ words, own, path: place });
    isOpen = !isMap;
  }
  return entries;
}

/** `own` with what of `common` it does not say itself. */
function inheriting(common: Part, own: Part): Part {
  const hasProfiles = own.profiles !== undefined || own.settings.has('profile');
  return {
    path: own.path,
    settings: new Map([...common.settings, ...own.settings]),
    programs: own.programs ?? common.programs,
    profiles: hasProfiles ? own.profiles : common.profiles,
  };
}

/** All that an experiment runs: each entry of programs with each of profiles. */
function experimentOf(
  document: PlanDocument,
  { name, path, settings, programs, profiles = [NONE] }: Part & { readonly name: string },
  given: Given,
): Experiment {
  const sweeps: ChosenSweep[] = [];
  for (const program of programs ?? [{ ...NONE, words: [PROGRAMS_WORD.default] }]) {
    const chosen = withPlace(document, { settings: new Map(), path: program.path }, () =>
      programsOf(program.words),
    );
    for (const profile of given.has('profile') ? [NONE] : profiles) {
      const own = new Map([...settings, ...program.own, ...profile.own]);
      const changes = forPrograms(given, chosen);
      for (const changed of changes.keys()) own.delete(changed);
      const all = new Map([...givenBy(own), ...wordsOf(profile), ...changes]);
      // Where something was changed and the plan does not have what is wrong, it is the change.
      const place = { settings: own, path: changes.size > 0 ? undefined : path };
      sweeps.push(withPlace(document, place, () => chosenSweep(chosen, all)));
    }
  }
  return { name, ...joinedSweeps(sweeps) };
}

const NONE: Entry = { words: [], own: new Map(), path: [] };

const wordsOf = ({ words }: Entry): [string, readonly string[]][] =>
  words.length === 0 ? [] : [['profile', words]];

/** The programs of a plan are read more than once, so they are files. */
function programsOf(words: readonly string[]): readonly ChosenProgram[] {
  const programs = PROGRAMS_WORD.parse(words);
  for (const program of programs) {
    if (program.kind === 'workload' || program.example !== undefined) continue;
    if (statSync(program.file, { throwIfNoEntry: false })?.isFile()) continue;
    throw new UsageError(`there is no file ${program.file}; a plan takes traces from files`);
  }
  return programs;
}

/** What of `given` `programs` have. */
function forPrograms(given: Given, programs: readonly ChosenProgram[]): Given {
  const options: OptionTable = SWEEP_OPTIONS;
  return new Map(
    [...given].filter(([name]) => {
      const { of } = options[name];
      return of === undefined || programs.every(({ kind }) => kind === of);
    }),
  );
}

/** Refuses what no experiment has a use for. */
function refuseUnused(word: string, given: Given, experiments: readonly Experiment[]): void {
  const options: OptionTable = SWEEP_OPTIONS;
  const kinds = experiments.flatMap(({ plan }) =>
    plan.groups.map(({ execution }) => execution.kind),
  );
  for (const name of given.keys()) {
    const { of } = options[name];
    if (of === undefined || kinds.includes(of)) continue;
    throw new UsageError(`--${name} is for a ${of}; ${word} runs none`);
  }
}

/** The name of a file without directory and ending. */
const nameOfFile = (word: string): string =>
  word.replace(/^.*\//s, '').replace(/\.[^.]*$/, '') || 'plan';

/** Refuses two experiments of one name, and two profiles of one name that differ. */
function refuseSameNames(document: PlanDocument, experiments: readonly Experiment[]): void {
  const names = experiments.map(({ name }) => name);
  const twice = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twice >= 0) {
    throw document.error(
      ['experiments', twice, 'name'],
      `two experiments have the name ${names[twice]}; give each its own`,
    );
  }
  const profiles = new Map<string, unknown>();
  for (const [i, { systems }] of experiments.entries()) {
    for (const profile of systems.profiles) {
      const known = profiles.get(profile.name) ?? profile;
      profiles.set(profile.name, known);
      if (known === profile || JSON.stringify(known) === JSON.stringify(profile)) continue;
      throw document.error(
        ['experiments', i],
        `two profiles have the name ${profile.name} and differ; give each its own`,
      );
    }
  }
}
