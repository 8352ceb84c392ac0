/**
 * `npm run figures:data [-- FILE.csv ...]`: the CSV files that only figures need, each made by the
 * commands below, in short runs: some three minutes together on two cores. `results/README.md` says
 * what is in them. Machines that differ in several values at once are profiles written for the run.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { geometricMean, mean } from 'simple-statistics';
import { DEFAULT_SEED } from '../../harness/bench/index.ts';
import { command, type Program } from '../../harness/cli/command.ts';
import { manifestPath, manifestText } from '../../harness/cli/manifest.ts';
import { namesOf } from '../../harness/cli/options.ts';
import { start } from '../../harness/cli/start.ts';
import { FailureError, replaceFiles, withWorkspace } from '../../harness/host/index.ts';
import { column, csvText, openColumn } from '../../harness/report/index.ts';
import { profileNamed } from '../../rdma/index.ts';
import { BASE, hardwareMachines, type Machine } from './data-machines.ts';
import { SUITE } from './draw/cells.ts';
import { RESULTS } from './draw/source.ts';

type Fields = Readonly<Record<string, string>>;

/** How a file is made: commands whose rows are put together, on machines made for it. */
interface DataFile {
  /** What is typed after `npm run pmirror --`: a command, its programs, its options. */
  readonly commands: readonly (readonly [
    command: string,
    programs: readonly string[],
    options: string,
  ])[];
  /** With machines: one row a machine, policy and design, with means over the programs. */
  readonly machines?: (sensitivity: readonly Fields[]) => readonly Machine[];
}

/** Programs with one client, with several, with locks, and of one queue pair. */
const IN_FLIGHT: readonly string[] = ['ctree', 'ycsb', 'vacation', 'echo'];

/** The files, by name. */
const DATA_FILES: Readonly<Record<string, DataFile>> = {
  'threads.csv': {
    commands: [
      ['sweep', ['ycsb', 'tpcc'], '--vary threads=1:8:x2 --transactions 256'],
      ['sweep', ['echo', 'memcached'], '--vary threads=1:16:x2 --transactions 256'],
      [
        'sweep',
        ['vacation', 'nfs', 'exim', 'transact'],
        '--vary threads=1:64:x2 --transactions 512',
      ],
    ],
  },
  'replicas.csv': { commands: [['run', SUITE, '--replicas 1,2,3 --transactions 100']] },
  'inflight.csv': {
    commands: [
      ['run', IN_FLIGHT, '--backends all --inflight 1,2,4,8,16 --transactions 256'],
      ['run', IN_FLIGHT, '--backends all --group 2,4,8,16 --transactions 256'],
    ],
  },
  'hardware.csv': {
    commands: [['run', SUITE, '--transactions 50']],
    machines: hardwareMachines,
  },
};

/** The part of each file that can be made by itself and quickly. */
export const DATA_PARTS: Readonly<Record<string, (row: Fields) => boolean>> = {
  'threads.csv': ({ workload }) => PART_PROGRAMS.includes(workload),
  'replicas.csv': ({ workload }) => PART_PROGRAMS.includes(workload),
  'inflight.csv': ({ workload }) => PART_PROGRAMS.includes(workload),
  'hardware.csv': ({ quantity, value }) => quantity === 'link rate' && value === '10',
};

const PART_PROGRAMS: readonly string[] = ['ycsb', 'ctree'];

/** How and where a file is made. */
export interface Making {
  /** For what is only needed meanwhile. */
  readonly folder: string;
  /** True: only what {@link DATA_PARTS} says. */
  readonly isPart: boolean;
  /** Runs `pmirror` with `words`. */
  run(words: readonly string[]): Promise<void>;
}

/** The text of the data file `name`. */
export async function dataFile(name: string, { folder, isPart, run }: Making): Promise<string> {
  const { commands, machines } = DATA_FILES[name];
  const sensitivity: Fields[] = parse(readFileSync(join(RESULTS, 'sensitivity.csv')), {
    columns: true,
  });
  const made = machines?.(sensitivity).filter(({ labels }) => !isPart || DATA_PARTS[name](labels));
  const profiles = (made ?? []).flatMap(({ profile }) => {
    const path = join(folder, `${profile.name}.json`);
    writeFileSync(path, JSON.stringify(profile));
    return ['--profile', path];
  });
  const rows: Fields[] = [];
  for (const [command, programs, options] of commands) {
    const isChosen = (program: string) =>
      !isPart || made !== undefined || PART_PROGRAMS.includes(program);
    const chosen = programs.filter(isChosen);
    if (chosen.length === 0) continue;
    const output = join(folder, 'rows.csv');
    await run([command, ...chosen, ...options.split(' '), ...profiles, '--output', output]);
    const written: Fields[] = parse(readFileSync(output), { columns: true });
    rows.push(...written);
  }
  const all = made === undefined ? rows : meansOf(rows, made);
  return csvText(columnsOfAll(all), all);
}

/** The columns of the first row, and every parameter that any row has. */
function columnsOfAll([first]: readonly Fields[]) {
  const own = Object.keys(first).filter((name) => !name.startsWith(PARAMETER));
  const columns = own.map((name) => column<Fields>(name, '-', '', (row) => row[name] ?? ''));
  const parameters = openColumn<Fields>(`${PARAMETER}*`, '-', '', parametersIn);
  return columns.toSpliced(own.indexOf('parameters') + 1, 0, parameters);
}

const PARAMETER = 'param.';

/** The parameters of a row that has them in columns. */
function parametersIn(row: Fields): Record<string, string> {
  const own = Object.entries(row).filter(([name]) => name.startsWith(PARAMETER));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(PARAMETER.length), value]));
}

/** Means over the programs of each machine, policy and design that is compared with sm-rc. */
function meansOf(rows: readonly Fields[], machines: readonly Machine[]): Record<string, string>[] {
  const labels = new Map(machines.map((one) => [one.profile.name, one.labels]));
  const compared = rows.filter(({ backend }) => backend !== 'no-sm' && backend !== 'sm-rc');
  const groups = Map.groupBy(compared, (row) =>
    [row.profile, row.queuePairs, row.backend].join(' '),
  );
  const digits = (value: number) => String(Number(value.toPrecision(6)));
  return [...groups.values()].map((group) => {
    const [{ profile, queuePairs, backend, replicas }] = group;
    const speedups = group.map((row) => Number(row.speedupOverSmRc));
    return {
      ...labels.get(profile),
      profile: BASE,
      replicas,
      queuePairs,
      backend,
      members: String(group.length),
      geometricMeanSpeedupOverSmRc: digits(geometricMean(speedups)),
      arithmeticMeanSpeedupOverSmRc: digits(mean(speedups)),
    };
  });
}

/** Runs `pmirror` with `words` as a process of its own. Throws FailureError. */
async function pmirror(words: readonly string[]): Promise<void> {
  const main = join(import.meta.dirname, '..', '..', 'harness', 'cli', 'main.ts');
  const child = spawn(process.execPath, [main, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new FailureError(`pmirror ${words.join(' ')}: exit code ${code}`);
}

/** Makes the files `names`, and says when each is there. */
async function makeAll(names: readonly string[], say: (text: string) => void): Promise<void> {
  for (const name of names) {
    await withWorkspace(async (folder) => {
      const text = await dataFile(name, { folder, isPart: false, run: pmirror });
      const typed = { command: `npm run figures:data -- ${name}`, words: [name] };
      const origin = { profiles: [profileNamed(BASE)], seeds: [DEFAULT_SEED] };
      const manifest = manifestText(typed, origin, { name, text });
      replaceFiles([
        { path: join(RESULTS, name), fill: (file) => file.write(text) },
        { path: manifestPath(join(RESULTS, name)), fill: (file) => file.write(manifest) },
      ]);
      say(`${name}\n`);
    });
  }
}

const FILES = Object.keys(DATA_FILES);

/** The command line. */
export const PROGRAM: Program = {
  name: 'npm run figures:data --',
  short: 'figures:data',
  about: 'Makes the committed CSV files that only figures need.',
  commands: [
    command(
      {
        usage: '$0 [names..]',
        summary: 'makes them',
        words: { names: namesOf('file', FILES) },
        options: {},
        examples: [],
      },
      ({ names = FILES }, _given, answer) => makeAll(names, (text) => answer.say(text)),
    ),
  ],
};

if (import.meta.main) await start(PROGRAM);
