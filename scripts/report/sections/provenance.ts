/**
 * Where the results come from: commit, files with their hashes and commands, seeds, profiles with every
 * value and its source, versions. All of it is the same on every machine; the machine itself is named
 * only where the reader of the report asked for it.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import {
  type HardwareProfile,
  quantities,
  resolveProfile,
  setValues,
} from '../../../rdma/index.ts';
import { commandOf, RESULTS } from '../../figures/draw/source.ts';
import type { Section } from '../page/document.ts';
import { dataTable, type Html, html, NOTHING } from '../page/html.ts';
import type { ResultFile, Results } from '../source.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** What the user says of how the results were made. */
export interface Origin {
  /** The command that made the rows, where no manifest tells it. */
  readonly command?: string | undefined;
  /** Whether to name this machine, which makes the bytes differ between machines. */
  readonly machine: boolean;
}

/** The section. */
export function provenanceSection(results: Results, origin: Origin): Section {
  const facts: (readonly [string, string])[] = [
    ['Commit', commitText(results)],
    ['Results', results.path === RESULTS ? 'the committed ones, results/' : results.from],
    ['Seeds', valuesOf(results, 'seed') || 'no file of these results has seeds'],
    ['Profiles', profileNames(results).join(', ') || 'none named'],
    ['Versions', versionsText()],
    ['Machine', origin.machine ? machineText() : UNNAMED],
  ];
  const list = facts.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`);
  const ignored =
    results.ignored.length === 0
      ? NOTHING
      : html`<p class="muted">Not read, as their columns are those of no results: ${results.ignored.join(', ')}.</p>`;
  const body = html`<dl class="facts">${list}</dl>
${filesTable(results, origin)}${ignored}
<h3>Profiles: every value and its source</h3>
${profileNames(results).map(profileDetails)}`;
  return { id: 'provenance', title: 'Provenance', body };
}

const UNNAMED =
  'not named: results are virtual time, the same on every machine, and so is this page (--machine names it)';

/** What git says to `words`; undefined where there is no git, or the project is no repository of its own. */
function git(...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', ['--no-optional-locks', ...words], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** The commit of the project, and whether its files are as committed. */
export function commitText(results: Results): string {
  const top = git('rev-parse', '--show-toplevel');
  const commit =
    top !== undefined && realpathSync(top) === realpathSync(ROOT)
      ? git('rev-parse', 'HEAD')
      : undefined;
  if (commit === undefined) return 'unknown: the project is in no repository of git';
  const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
  const state = isChanged ? `${commit}, with changes that are not committed` : commit;
  return results.path === RESULTS
    ? state
    : `${state}: of the report; what made the rows is said with each file, where it is known`;
}

/** The different values of the column `name` over all files, numbers in order: `1 to 10` for a run of them. */
function valuesOf({ files }: Results, name: string): string {
  const texts = files.flatMap(({ records }) => records.map((row) => row[name] ?? ''));
  const numbers = [...new Set(texts)].filter((text) => text !== '' && text !== '-').map(Number);
  numbers.sort((a, b) => a - b);
  const isRun = numbers.length > 2 && numbers.every((one, i) => one === numbers[0] + i);
  return isRun ? `${numbers[0]} to ${numbers.at(-1)}` : numbers.join(', ');
}

const profileNames = ({ files }: Results): string[] =>
  [...new Set(files.flatMap(({ records }) => records.map((row) => row.profile ?? '')))].filter(
    (name) => name !== '',
  );

const PACKAGES = ['vega', 'vega-lite', 'vega-interpreter'] as const;

/** Versions of the project and of what draws the page, as the lockfile has them. */
function versionsText(): string {
  const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), 'utf8'));
  const { packages } = read('package-lock.json');
  const versions = PACKAGES.map((name) => `${name} ${packages[`node_modules/${name}`].version}`);
  const [major] = process.versions.node.split('.');
  return [`pmirror ${read('package.json').version}`, `Node ${major}`, ...versions].join(', ');
}

function machineText(): string {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return (
    `${cpu?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${gigabytes} GiB, ` +
    `${platform()} ${release()}, Node ${process.version}, report written ${new Date().toISOString()}`
  );
}

function filesTable(results: Results, { command }: Origin): Html {
  const isOurs = results.path === RESULTS;
  const made = (file: ResultFile) =>
    isOurs ? file.kind.command : (commandOf(file.path) ?? command ?? 'not recorded');
  return dataTable({
    caption: 'Files',
    heads: [
      { text: 'file' },
      { text: 'rows', isNumber: true },
      { text: 'made by' },
      { text: 'SHA-256' },
    ],
    rows: results.files.map((file) => [
      file.name,
      String(file.records.length),
      made(file),
      createHash('sha256').update(readFileSync(file.path)).digest('hex'),
    ]),
  });
}

/**
 * The profile called `name`: one that is built in, with the values set that the name tells
 * (`paper-2018+link.rateGbps=40`). Undefined for one of a file, or of other times.
 */
function profileCalled(name: string): HardwareProfile | undefined {
  const [base, ...changes] = name.split('+');
  const profile = resolveProfile(base);
  if (profile === undefined) return undefined;
  try {
    const values = changes.map((change) => {
      const at = change.indexOf('=');
      return [change.slice(0, at), change.slice(at + 1)] as const;
    });
    return setValues(profile, values);
  } catch {
    return undefined;
  }
}

function profileDetails(name: string): Html {
  const profile = profileCalled(name);
  if (profile === undefined) {
    return html`<p>${name}: is not built in (any more); its values stand in the file that the run was given.</p>\n`;
  }
  const [base, ...changes] = name.split('+');
  const all = quantities(profile);
  const count = (basis: string) => all.filter(([, one]) => one.basis === basis).length;
  const table = dataTable({
    caption: `Values of ${name}`,
    heads: [
      { text: 'value of' },
      { text: 'value', isNumber: true },
      { text: 'unit' },
      { text: 'basis' },
      { text: 'plausible' },
      { text: 'source' },
    ],
    rows: all.map(([path, { value, unit, basis, range, source }]) => [
      path,
      String(value),
      unit,
      basis,
      range === undefined ? '' : `${range[0]} to ${range[1]}`,
      source,
    ]),
  });
  const set = changes.length === 0 ? '' : ` Here: ${base} with ${changes.join(' and ')}.`;
  return html`<details><summary>${name}: ${all.length} values, ${count('measured')} measured, ${count('derived')} derived, ${count('assumed')} assumed</summary>
<p>${profile.summary}.${set} Persistence domain: ${profile.memory.persistenceDomain}, of replicas ${profile.replicaMemory.persistenceDomain}.</p>
${table}</details>
`;
}
