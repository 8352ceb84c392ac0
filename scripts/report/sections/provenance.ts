/**
 * Where the results come from: commit, files with their hashes and commands, seeds, profiles with every
 * value and its source, versions. All of it is the same on every machine; the machine itself is named
 * only where the reader of the report asked for it.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runningCommit, VERSION } from '../../../harness/cli/manifest.ts';
import { machineText } from '../../../harness/host/index.ts';
import {
  type HardwareProfile,
  type Quantity,
  quantities,
  resolveProfile,
  setValues,
} from '../../../rdma/index.ts';
import { commandOf, manifestOf, RESULTS } from '../../figures/draw/source.ts';
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
    ['Machine', origin.machine ? nowText() : UNNAMED],
  ];
  const list = facts.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`);
  const ignored =
    results.ignored.length === 0
      ? NOTHING
      : html`<p class="muted">Not read, as their columns are those of no results: ${results.ignored.join(', ')}.</p>`;
  const body = html`<dl class="facts">${list}</dl>
${filesTable(results, origin)}${ignored}
<h3>Profiles: every value and its source</h3>
${profileNames(results).map((name) => profileDetails(name, results))}`;
  return { id: 'provenance', title: 'Provenance', body };
}

const UNNAMED =
  'not named: results are virtual time, the same on every machine, and so is this page (--machine names it)';

/** The commit of the project, and whether its files are as committed. */
export function commitText(results: Results): string {
  const [commit, changed] = runningCommit().split('-');
  if (commit === 'unknown') return 'unknown: the project is in no repository of git';
  const state = changed === undefined ? commit : `${commit}, with changes that are not committed`;
  return results.path === RESULTS
    ? state
    : `${state}: of this report; what made the rows is said with each file, where it is known`;
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
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const versions = PACKAGES.map((name) => `${name} ${packages[`node_modules/${name}`].version}`);
  const [major] = process.versions.node.split('.');
  return [`pmirror ${VERSION}`, `Node ${major}`, ...versions].join(', ');
}

const nowText = (): string => `${machineText()}, report written ${new Date().toISOString()}`;

/** The commit that made `file`, as its manifest tells. */
function madeAt({ path }: ResultFile): string {
  const manifest = manifestOf(path);
  if (!manifest?.commit) return 'not recorded';
  return manifest.modified ? `${manifest.commit}, with changes` : manifest.commit;
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
      ...(isOurs ? [] : [{ text: 'at commit' }]),
      { text: 'SHA-256' },
    ],
    rows: results.files.map((file) => [
      file.name,
      String(file.records.length),
      made(file),
      ...(isOurs ? [] : [madeAt(file)]),
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

/** What the page says of a profile. */
interface ProfileText {
  readonly summary: string;
  readonly values: readonly (readonly [
    string,
    Pick<Quantity, 'value' | 'range'> & Readonly<Record<'unit' | 'basis' | 'source', string>>,
  ])[];
}

/** The profile called `name`: as the manifest of one of the files has it, else as it is built in. */
function profileText(name: string, { files }: Results): ProfileText | undefined {
  for (const { path } of files) {
    const found = manifestOf(path)?.profiles?.find((one) => one.name === name);
    if (found === undefined) continue;
    const values = Object.entries(found.values).map(([key, { range, ...rest }]) => {
      return [key, range === undefined ? rest : { ...rest, range }] as const;
    });
    return { summary: found.summary, values };
  }
  const profile = profileCalled(name);
  return profile && { summary: profile.summary, values: quantities(profile) };
}

function profileDetails(name: string, results: Results): Html {
  const profile = profileText(name, results);
  if (profile === undefined) {
    return html`<p>${name}: is not built in (any more); its values stand in the file that the run was given.</p>\n`;
  }
  const [base, ...changes] = name.split('+');
  const { values, summary } = profile;
  const count = (basis: string) => values.filter(([, one]) => one.basis === basis).length;
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
    rows: values.map(([path, { value, unit, basis, range, source }]) => [
      path,
      String(value),
      unit,
      basis,
      range === undefined ? '' : `${range[0]} to ${range[1]}`,
      source,
    ]),
  });
  const set = changes.length === 0 ? '' : ` Here: ${base} with ${changes.join(' and ')}.`;
  return html`<details><summary>${name}: ${values.length} values, ${count('measured')} measured, ${count('derived')} derived, ${count('assumed')} assumed</summary>
<p>${summary}.${set}</p>
${table}</details>
`;
}
