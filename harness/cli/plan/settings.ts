/** What a plan sets, as the texts of options, each with where it stands in the file. */

import { exitCodeOf, FailureError, UsageError } from '../../host/index.ts';
import type { Given, Option } from '../options.ts';
import { SWEEP_OPTIONS } from '../swept.ts';
import type { Path, PlanDocument } from './document.ts';
import { PLURALS } from './shapes.ts';

/** An option as a plan gives it. */
interface Setting {
  /** As a command line would give them. */
  readonly texts: readonly string[];
  readonly path: Path;
  /** Of an option that is a map: where its keys stand, and the text of each. */
  readonly inner: readonly { readonly key: string; readonly path: Path; readonly text: string }[];
}

/** By the names of options. */
export type Settings = ReadonlyMap<string, Setting>;

const OPTION_OF: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(PLURALS).map(([option, key]) => [key, option]),
);

const isOption = (name: string): name is keyof typeof SWEEP_OPTIONS =>
  Object.hasOwn(SWEEP_OPTIONS, name);

type Fields = Readonly<Record<string, unknown>>;

/** What the map at `path` sets. Throws UsageError for a value that its option refuses. */
export function settingsAt(document: PlanDocument, path: Path, map: Fields): Settings {
  const settings = new Map<string, Setting>();
  for (const [key, value] of Object.entries(map)) {
    const name = Object.hasOwn(OPTION_OF, key) ? OPTION_OF[key] : key;
    const place = [...path, key];
    // Profiles with values of their own are expanded before.
    if (!isOption(name) || (name === 'profile' && hasMaps(value))) continue;
    const setting = settingOf(document, place, name, value);
    if (setting === undefined) continue;
    refuseValues(document, SWEEP_OPTIONS[name], setting);
    settings.set(name, setting);
  }
  return settings;
}

/** Whether `value`, or one of its items, is a map. */
export const hasMaps = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(hasMaps) : typeof value === 'object';

function settingOf(
  document: PlanDocument,
  path: Path,
  name: string,
  value: unknown,
): Setting | undefined {
  if (value === false) return undefined;
  if (value === true) return { texts: [], path, inner: [] };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { texts: wordsAt(document, path, value), path, inner: [] };
  }
  const inner = Object.entries(value).flatMap(([key, own]) => {
    const place = [...path, key];
    if (name === 'replica') {
      return replicaTexts(document, place, own).map((text) => ({ key, path: place, text }));
    }
    return [{ key, path: place, text: `${key}=${wordsAt(document, place, own).join()}` }];
  });
  return { texts: inner.map(({ text }) => text), path, inner };
}

/** The words of the value at `path`: one, or a list. */
export function wordsAt(document: PlanDocument, path: Path, value: unknown): string[] {
  if (!Array.isArray(value)) return [document.textAt(path)];
  return value.map((_, i) => document.textAt([...path, i]));
}

/** What `--replica` is given for one that is another machine: `1:optane-cx5`, `1:ddio.enabled=0`. */
function replicaTexts(document: PlanDocument, path: Path, value: Fields): string[] {
  const index = String(path.at(-1));
  const { profile, set } = value;
  const values = Object.keys(typeof set === 'object' && set !== null ? set : {});
  return [
    ...(profile === undefined ? [] : [`${index}:${document.textAt([...path, 'profile'])}`]),
    ...values.map((key) => `${index}:${key}=${document.textAt([...path, 'set', key])}`),
  ];
}

/** Throws UsageError for the first value that `option` refuses, with its place. */
function refuseValues(
  document: PlanDocument,
  option: Option,
  { texts, path, inner }: Setting,
): void {
  const parse = (some: readonly string[], place: Path) => {
    try {
      option.parse(some, String(path.at(-1)));
    } catch (error) {
      throw located(document, error, place);
    }
  };
  for (const one of inner) parse([one.text], one.path);
  parse(texts, path);
}

/** `error` with the place in the plan that it is about; a defect is left as it is. */
function located(document: PlanDocument, error: unknown, path: Path): unknown {
  const exitCode = exitCodeOf(error);
  if (exitCode === undefined || !(error instanceof Error)) return error;
  const { message } = document.error(path, error.message);
  return exitCode === 2 ? new UsageError(message) : new FailureError(message);
}

/**
 * Does `work` with `settings`; what it throws is told with its likely place, which is `path` if it names none
 * of them. Without a path it is then left as it is.
 */
export function withPlace<T>(
  document: PlanDocument,
  { settings, path }: { readonly settings: Settings; readonly path: Path | undefined },
  work: () => T,
): T {
  try {
    return work();
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    // What the plan does not set is of the command line, whatever else is named beside it.
    const [, option] = /^--([\w-]+)/.exec(message) ?? [];
    if (path === undefined && option !== undefined && !settings.has(option)) throw error;
    const place = placeIn(settings, message) ?? path;
    throw place === undefined ? error : located(document, error, place);
  }
}

/** Where the setting stands that `message` names first: a key of a map or, if it names none, an option. */
function placeIn(settings: Settings, message: string): Path | undefined {
  const first = (named: readonly { readonly key: string; readonly path: Path }[]) =>
    named
      .map(({ key, path }) => ({ path, at: message.search(asWord(key)) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0]?.path;
  const all = [...settings];
  const inner = all.flatMap(([, setting]) => setting.inner);
  const keys = inner.flatMap(({ key, path }) =>
    key.split('=').map((name) => ({ key: name.trim(), path })),
  );
  return first(keys) ?? first(all.map(([key, { path }]) => ({ key, path })));
}

/** Finds `name` where it is no part of another. */
const asWord = (name: string): RegExp =>
  new RegExp(`(?<![\\w.-])(?:--)?${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.-])`);

/** The options that `settings` give. */
export function givenBy(settings: Settings): Given {
  return new Map([...settings].map(([name, { texts }]) => [name, texts]));
}
