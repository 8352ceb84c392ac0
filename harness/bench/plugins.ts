/**
 * Backends and workloads of users, each in a file of its own: plain TypeScript or JavaScript that exports
 * one. The file is loaded in this process and in every worker, and its part is then known by its name.
 */

import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { addBackend, type Backend, resolveBackend } from '../../rdma/index.ts';
import { addWorkload, resolveWorkload } from '../../workloads/index.ts';
import type { AnyWorkload } from '../../workloads/workload.ts';
import { FailureError, systemReason, UsageError } from '../host/index.ts';
import { isOfModel } from './model-version.ts';

/** A part in a file. */
export type Plugin = {
  readonly file: string;
  /** As the user wrote the path. */
  readonly word: string;
  /** Of the file and of all that it imports, but for this program itself. What it reads later is not in it. */
  readonly sha256: string;
} & (
  | { readonly kind: 'backend'; readonly part: Backend }
  | { readonly kind: 'workload'; readonly part: AnyWorkload }
);

/** By file. */
const loaded = new Map<string, Plugin>();

/** Whether a word is the path of such a file. */
export const isPluginFile = (word: string): boolean => /\.[cm]?[jt]s$/.test(word);

/** Files that were loaded, for workers to load too. */
export const pluginFiles = (): readonly string[] => [...loaded.keys()];

/** The plug-in whose part has that name, if there is one. */
export function pluginOf(name: string): Plugin | undefined {
  return [...loaded.values()].find(({ part }) => part.name === name);
}

/** All that were loaded. */
export const plugins = (): readonly Plugin[] => [...loaded.values()];

/** A backend or workload as a command line names it: a plug-in by its file. */
export const backendWord = (name: string): string => pluginOf(name)?.word ?? name;

/** Loads all of `files`. */
export function loadPlugins(files: readonly string[]): void {
  for (const file of files) loadPlugin(file);
}

/**
 * The part in `file`, which the user wrote as `word`. Throws FailureError where the file cannot be read or
 * throws, UsageError where it has no part, several, or one of a name that is taken.
 */
export function loadPlugin(file: string, word = file): Plugin {
  const known = loaded.get(file);
  if (known !== undefined) return known;
  try {
    readFileSync(file);
  } catch (error) {
    throw new FailureError(`cannot read the plug-in ${word}: ${systemReason(error)}`);
  }
  let exported: unknown;
  try {
    exported = watchingImports(() => createRequire(import.meta.url)(file));
  } catch (error) {
    throw new FailureError(`the plug-in ${word} cannot be loaded: ${reasonOf(error)}`);
  }
  const plugin = {
    file,
    word,
    sha256: sha256Of(
      filesBehind(file)
        .map((one) => sha256Of(readFileSync(one)))
        .join(),
    ),
    ...partOf(exported, word),
  };
  loaded.set(file, plugin);
  if (plugin.kind === 'backend') addBackend(plugin.part);
  else addWorkload(plugin.part);
  return plugin;
}

const sha256Of = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** Files by those that import them, of what plug-ins import. */
const importsOf = new Map<string, Set<string>>();

/** Does `load` and notes who imports what. */
function watchingImports<T>(load: () => T): T {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const { parentURL } = context;
      if (parentURL?.startsWith('file:') && found.url.startsWith('file:')) {
        const [from, to] = [parentURL, found.url].map((url) => fileURLToPath(url));
        importsOf.set(from, (importsOf.get(from) ?? new Set()).add(to));
      }
      return found;
    },
  });
  try {
    return load();
  } finally {
    hooks.deregister();
  }
}

/** `file` and all that it imports and those import, but for sources of this program, in a fixed order. */
function filesBehind(file: string): readonly string[] {
  const files = new Set([realpathSync(file)]);
  for (const one of files) {
    for (const imported of importsOf.get(one) ?? []) if (!isOfModel(imported)) files.add(imported);
  }
  const [first, ...others] = files;
  return [first, ...others.sort()];
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

type Part =
  | { readonly kind: 'backend'; readonly part: Backend }
  | { readonly kind: 'workload'; readonly part: AnyWorkload };

function partOf(exported: unknown, word: string): Part {
  const values: unknown[] =
    typeof exported === 'object' && exported !== null ? Object.values(exported) : [];
  const parts = [...new Set(values)].flatMap((one): Part[] => {
    if (isBackend(one)) return [{ kind: 'backend', part: one }];
    return isWorkload(one) ? [{ kind: 'workload', part: one }] : [];
  });
  const [found, ...more] = parts;
  if (found === undefined) {
    throw new UsageError(
      `the plug-in ${word} exports neither a Backend (name, aliases, ddio, durability, onLine, ` +
        'onOrderingPoint, onDurabilityPoint) nor a workload (what defineWorkload returns)',
    );
  }
  if (more.length > 0) {
    const names = parts.map(({ part }) => part.name).join(', ');
    throw new UsageError(`the plug-in ${word} exports several parts: ${names}; put each in a file`);
  }
  const { kind, part } = found;
  if (kind === 'backend' && part.role !== 'design') {
    throw new UsageError(`the plug-in ${word}: role '${part.role}' is taken; it must be 'design'`);
  }
  const names = kind === 'backend' ? [part.name, ...part.aliases] : [part.name];
  const find = kind === 'backend' ? resolveBackend : resolveWorkload;
  const taken = names.find((name) => find(name) !== undefined);
  if (taken !== undefined) {
    throw new UsageError(`the plug-in ${word}: the name '${taken}' is taken; give it another`);
  }
  return found;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null ? (value as Fields) : undefined;

const HOOKS = ['onLine', 'onOrderingPoint', 'onDurabilityPoint'];

function isBackend(value: unknown): value is Backend {
  const fields = fieldsOf(value);
  return (
    fields !== undefined &&
    typeof fields.name === 'string' &&
    Array.isArray(fields.aliases) &&
    ['on', 'off', 'none'].includes(String(fields.ddio)) &&
    typeof fields.durability === 'object' &&
    HOOKS.every((hook) => typeof fields[hook] === 'function')
  );
}

function isWorkload(value: unknown): value is AnyWorkload {
  const fields = fieldsOf(value);
  return (
    fields !== undefined &&
    typeof fields.name === 'string' &&
    Array.isArray(fields.txTypes) &&
    typeof fields.configure === 'function'
  );
}
