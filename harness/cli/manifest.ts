/**
 * What produced a CSV file, as JSON in a file beside it: `a.manifest.json` of `a.csv`. It holds all that a
 * run is a function of: the command line, the commit, the profiles with every value and its source, the
 * seeds. The hash tells whether the file is still the one that was written then.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cpus, hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type HardwareProfile, quantities } from '../../rdma/index.ts';
import { currentCommit } from '../bench/index.ts';

/** A file that was read. */
export interface Input {
  readonly file: string;
  readonly sha256: string;
}

/** What a command made its rows from, beside the code. */
export interface Origin {
  readonly profiles?: readonly HardwareProfile[];
  readonly seeds?: readonly number[];
  readonly inputs?: readonly Input[];
  /** The machine, of rows that were measured on it. */
  readonly measuredOn?: string;
}

const ROOT = join(import.meta.dirname, '..', '..');

/** The version of this program. */
export const { version: VERSION } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

/** The commit that runs, as `currentCommit` has it. */
export function runningCommit(): string {
  commit ??= currentCommit(ROOT);
  return commit;
}

let commit: string | undefined;

/** Where the manifest of the file at `path` is. */
export function manifestPath(path: string): string {
  return `${path.replace(/\.csv$/, '')}.manifest.json`;
}

/** The command line as one would type it. */
export function commandText(words: readonly string[]): string {
  return ['pmirror', ...words.map(shellWord)].join(' ');
}

/** `word` for a shell: quoted where it must be. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export const sha256Of = (contents: string | Uint8Array): string =>
  createHash('sha256').update(contents).digest('hex');

/** A command, as a user types it and in words. */
interface Typed {
  readonly command: string;
  readonly words: readonly string[];
}

/** The manifest of a file that a command made from its origin. */
export function manifestText(
  typed: Typed,
  { profiles = [], seeds = [], inputs, measuredOn }: Origin,
  file: { readonly name: string; readonly text: string | Uint8Array },
): string {
  const manifest = {
    file: file.name,
    sha256: sha256Of(file.text),
    ...runOf(typed),
    ...(measuredOn !== undefined && { measuredOn }),
    seeds,
    profiles: profiles.map(profileEntry),
    ...(inputs && { inputs }),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** What produces rows of a results database, and on which machine. */
export function runManifest(typed: Typed): string {
  const [cpu] = cpus();
  const machine = { host: hostname(), cpu: cpu?.model ?? null, cores: cpus().length };
  return JSON.stringify({ ...runOf(typed), machine });
}

function runOf({ command, words }: Typed) {
  return {
    command,
    arguments: words,
    version: VERSION,
    ...commitOf(runningCommit()),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** `modified`: tracked files differed from the commit. Both null outside of a checkout. */
function commitOf(commit: string): { commit: string | null; modified: boolean | null } {
  if (commit === 'unknown') return { commit: null, modified: null };
  const [id, changed] = commit.split('-');
  return { commit: id, modified: changed !== undefined };
}

function profileEntry(profile: HardwareProfile) {
  const { name, summary, memory, replicaMemory } = profile;
  return {
    name,
    summary,
    persistenceDomain: memory.persistenceDomain,
    replicaPersistenceDomain: replicaMemory.persistenceDomain,
    values: Object.fromEntries(quantities(profile)),
  };
}
