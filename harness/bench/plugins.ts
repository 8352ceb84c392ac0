/**
 * Backends and workloads of users, each in a file of its own: plain TypeScript or JavaScript that exports
 * one. The file is loaded in this process and in every worker, and its part is then known by its name.
 */

import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { z } from 'zod';
import { ORDERS } from '../../pm/order.ts';
import {
  addBackend,
  type Backend,
  CAPABILITIES,
  type Capability,
  CORES_MAX,
  resolveBackend,
} from '../../rdma/index.ts';
import { addWorkload, resolveWorkload } from '../../workloads/index.ts';
import type { AnyWorkload } from '../../workloads/workload.ts';
import { FailureError, lateFault, reasonAt, systemReason, UsageError } from '../host/index.ts';
import { isOfModel } from './model-version.ts';
import { guardedBackend, guardedWorkload } from './plugin-guard.ts';

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
  const part = loadedPart(file, word);
  const plugin = {
    file,
    word,
    sha256: sha256Of(
      filesBehind(file)
        .map((one) => sha256Of(readFileSync(one)))
        .join(),
    ),
    ...part,
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

/** The part that `file` exports, guarded. */
function loadedPart(file: string, word: string): Part {
  watchPlugins();
  try {
    const found = partOf(
      watchingImports(() => createRequire(import.meta.url)(file)),
      word,
    );
    const { kind, part } = found;
    return kind === 'backend'
      ? { kind, part: guardedBackend(part, { kind, name: part.name, file }) }
      : { kind, part: guardedWorkload(part, { kind, name: part.name, file }) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new FailureError(`the plug-in ${word} cannot be loaded: ${reasonAt(error, file)}`);
  }
}

/** From the first plug-in on: `pmirror/...` is what this package exports, wherever the file lies; and what it does behind our back is told, too. */
function watchPlugins(): void {
  if (loaded.size > 0) return;
  registerHooks({
    resolve: (name, context, next) =>
      name.startsWith('pmirror/')
        ? next(name, { ...context, parentURL: import.meta.url })
        : next(name, context),
  });
  const { exit } = process;
  // It would end a command as if all were done.
  process.exit = () => {
    throw new Error('process.exit is not for plug-ins');
  };
  // In a worker the pool is told.
  if (!isMainThread) return;
  process.on('uncaughtException', (error) => {
    const fault = lateFault(error, pluginFiles());
    process.stderr.write(`${fault === undefined ? error.stack : `pmirror: ${fault.message}`}\n`);
    exit(1);
  });
}

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
  const checked = (kind === 'backend' ? BACKEND_FIELDS : WORKLOAD_FIELDS).safeParse(part);
  if (!checked.success) {
    const [{ path, message }] = checked.error.issues;
    throw new UsageError(`the plug-in ${word}: ${path.join('.')}: ${message}`);
  }
  const names = kind === 'backend' ? [part.name, ...part.aliases] : [part.name];
  const find = kind === 'backend' ? resolveBackend : resolveWorkload;
  const taken = names.find((name) => find(name) !== undefined);
  if (taken !== undefined) {
    throw new UsageError(`the plug-in ${word}: the name '${taken}' is taken; give it another`);
  }
  return found;
}

const NAME = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,39}$/, 'a name is of lower-case letters, digits, dots and dashes');
const COUNT = z.int().min(1);

/** What a backend states of itself. */
const BACKEND_FIELDS = z.looseObject({
  name: NAME,
  aliases: z.array(NAME),
  summary: z.string(),
  role: z.literal('design', "the others are taken; it must be 'design'"),
  ddio: z.enum(['on', 'off', 'none']),
  over: z.literal('cxl').optional(),
  durability: z.nullable(
    z.object({
      after: z.enum(['earlierEpochs', 'everyEarlierLine', 'everyEarlierLineOfAll']),
      awaitedBy: z.enum(['everyFence', 'durabilityPoint']),
    }),
  ),
  needs: z.array(z.enum(Object.keys(CAPABILITIES) as [Capability])).optional(),
});

/** What a workload states of itself. */
const WORKLOAD_FIELDS = z.looseObject({
  name: NAME,
  summary: z.string(),
  protocol: z.string(),
  group: z.enum(['whisper', 'extra', 'micro']),
  parameters: z.looseObject({}),
  smallParameters: z.looseObject({}),
  threadsMax: COUNT.max(CORES_MAX),
  threadsDefault: COUNT.max(CORES_MAX),
  orderNeeded: z.enum(ORDERS),
  transactionsDefault: COUNT,
  txTypes: z.array(z.string()).min(1),
});

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null ? (value as Fields) : undefined;

/** Whether it is meant to be one. */
function isBackend(value: unknown): value is Backend {
  const hooks = ['onLine', 'onOrderingPoint', 'onDurabilityPoint'];
  return hooks.every((hook) => typeof fieldsOf(value)?.[hook] === 'function');
}

function isWorkload(value: unknown): value is AnyWorkload {
  return typeof fieldsOf(value)?.configure === 'function';
}
