/**
 * How the committed results are made anew, by the code of the commands that wrote them: whole files
 * where that takes less than a minute, else a fixed part whose rows depend on nothing outside of it.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runGroups } from '../harness/bench/index.ts';
import { ownStudy } from '../harness/cli/plan/own-plans.ts';
import { bugJobs, CRASH_COLUMNS, defaultJobs, runCrashJobs } from '../harness/crash/index.ts';
import { FailureError, withUndo, writeWhole } from '../harness/host/index.ts';
import { writeCsv } from '../harness/report/index.ts';
import {
  ABLATION_COLUMNS,
  ablationRows,
  CLAIM_COLUMNS,
  claimRows,
  DESIGN_COLUMNS,
  designRows,
  headlineWorkloads,
  jointColumns,
  jointRows,
  MEAN,
  planAblation,
  planClaims,
  planDesigns,
  planJoint,
  planRegion,
  planSensitivity,
  REGION_COLUMNS,
  regionRows,
  SENSITIVITY_COLUMNS,
  sensitivityRows,
} from '../harness/studies/machines/index.ts';
import { profileNamed } from '../rdma/index.ts';
import type { CheckedFile, Fields } from './csv-differences.ts';
import { DATA_PARTS, dataFile } from './figures/data.ts';

/** Results that are made anew together. */
export interface Check {
  readonly files: readonly CheckedFile[];
  /** Writes all of `files` to `directory`, with so many worker threads. */
  regenerate(directory: string, jobs: number): Promise<void>;
}

const MAIN = join(import.meta.dirname, '..', 'harness', 'cli', 'main.ts');

/** Runs a command of the command line by itself. Throws FailureError with what it says if it fails. */
async function command(directory: string, ...words: readonly (string | number)[]): Promise<void> {
  const child = spawn(process.execPath, [MAIN, ...words.map(String)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // What is checked is what the code computes, not what was computed before.
    env: { ...process.env, TMPDIR: directory, PMIRROR_DB: 'none' },
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await withUndo(
    () => child.kill('SIGKILL'),
    () => once(child, 'close'),
  );
  if (code !== 0) throw new FailureError(`'pmirror ${words[0]}' failed: ${said.trim()}`);
}

/** The policy of queue pairs of which the studies are made anew. */
const POLICY = 'auto';
/** The machine of the grid of paper-region.csv. */
const MACHINE = {
  persistNs: [153.3],
  flushNs: [372.2],
  networkScale: [1],
  instructionsPerCycle: [0.9086],
};
/** The one of the assumptions of sensitivity.csv that is varied, and what is varied beside them. */
const VARIED = ['pcie.readRoundTripNs', 'instruction counts', 'instruction speed'];

/** The machine of joint.csv that is made anew beside the profile itself, and the part of claims.csv. */
const DRAWN = 1;
const CLAIMED = { profile: 'optane-cx5', programs: ['ctree', 'vacation', 'memcached'] };

async function regenerateStudy(directory: string, jobs: number): Promise<void> {
  const suite = [profileNamed('paper-2018'), headlineWorkloads(), [POLICY]] as const;
  const sensitivity = planSensitivity(...suite, ownStudy('sensitivity').length, VARIED);
  const changes = sensitivityRows(sensitivity, await runGroups(sensitivity.groups, { jobs }));
  writeCsv(join(directory, 'sensitivity.csv'), SENSITIVITY_COLUMNS, changes);
  const region = planRegion(...suite, MACHINE, ownStudy('region').length);
  const points = regionRows(region, await runGroups(region.groups, { jobs }));
  writeCsv(join(directory, 'paper-region.csv'), REGION_COLUMNS, points);
  const [profile, workloads] = suite;
  const { machines } = ownStudy('joint');
  const joint = planJoint(profile, workloads, { machines, only: [DRAWN], whole: false });
  const drawn = jointRows(joint, await runGroups(joint.groups, { jobs }));
  writeCsv(join(directory, 'joint.csv'), jointColumns(joint.assumptions), drawn);
  const claimed = workloads.filter(({ name }) => CLAIMED.programs.includes(name));
  const claims = planClaims([profileNamed(CLAIMED.profile)], claimed, { traces: [] });
  const found = claimRows(await runGroups(claims, { jobs }));
  writeCsv(join(directory, 'claims.csv'), CLAIM_COLUMNS, found);
  const profiles = [profileNamed(CLAIMED.profile)];
  const costs = designRows(profiles, await runGroups(planDesigns(profiles, claimed), { jobs }));
  // A mean is of all programs.
  const cells = costs.filter(({ program }) => program !== MEAN);
  writeCsv(join(directory, 'designs.csv'), DESIGN_COLUMNS, cells);
  const ideas = ablationRows(profile, await runGroups(planAblation(profile, claimed), { jobs }));
  const ofPrograms = ideas.filter(({ program }) => program !== MEAN);
  writeCsv(join(directory, 'ablation.csv'), ABLATION_COLUMNS, ofPrograms);
}

/** Programs whose crashes are checked again: one of each kind of transaction, and quick. */
const CRASHED: readonly string[] = ['ctree', 'redis', 'nfs', 'exim', 'transact'];

const isSeededBug = ({ error, backend }: Fields): boolean =>
  error !== '' || backend.startsWith('canary-');

async function regenerateCrashCheck(directory: string, threads: number): Promise<void> {
  const choice = { seed: 1 };
  const sound = defaultJobs(choice).filter(({ subject }) => CRASHED.includes(subject.workload));
  const jobs = [...sound, ...bugJobs(choice)];
  const { results } = await runCrashJobs(jobs, { jobs: threads });
  const rows = results.flatMap((all, i) => all.map((result) => ({ job: jobs[i], result })));
  writeCsv(join(directory, 'crash-check.csv'), CRASH_COLUMNS, rows);
}

/** Sites that are surveyed again: those that only quick programs come to. */
const SURVEYED = /^pm\/mnemosyne|^workloads\/(memcached|vacation|micro)/;

async function regenerateCrashSites(directory: string, jobs: number): Promise<void> {
  const output = join(directory, 'crash-sites.csv');
  const programs = ['transact', 'vacation', 'memcached'];
  return command(directory, 'crash-survey', ...programs, '--jobs', jobs, '--output', output);
}

/** The data that only figures need: of each file the part that is quick. */
async function regenerateFigureData(directory: string, jobs: number): Promise<void> {
  for (const name of Object.keys(DATA_PARTS)) {
    const text = await dataFile(name, {
      folder: directory,
      isPart: true,
      run: (words) => command(directory, ...words, '--jobs', jobs),
    });
    writeWhole(join(directory, name), text);
  }
}

const CELL = ['workload', 'backend', 'queuePairs'];

/** Results that were measured on a machine, and are never the same twice: nothing makes them anew unasked. */
export const MEASURED: readonly string[] = ['emulator.csv', 'emulator-growth.csv'];

/** The checks by name. Those that take longest come first. */
export const CHECKS = {
  whisper: {
    files: [
      { name: 'whisper.csv', key: CELL },
      { name: 'whisper-summary.csv', key: ['set', 'backend', 'queuePairs'] },
      { name: 'whisper-latency.csv', key: [...CELL, 'txType'] },
    ],
    regenerate: (directory, jobs) =>
      command(directory, 'bench-whisper', '--jobs', jobs, '--output', directory),
  },
  study: {
    files: [
      {
        name: 'sensitivity.csv',
        key: ['queuePairs', 'assumption', 'backend'],
        isPart: ({ queuePairs, assumption }) =>
          queuePairs === POLICY && VARIED.includes(assumption),
      },
      {
        name: 'paper-region.csv',
        key: ['queuePairs', ...Object.keys(MACHINE), 'computeModel'],
        isPart: (row) =>
          row.queuePairs === POLICY &&
          Object.entries(MACHINE).every(([axis, [at]]) => Number(row[axis]) === at),
      },
      {
        name: 'joint.csv',
        key: ['machine', 'computeModel'],
        isPart: ({ machine }) => Number(machine) <= DRAWN,
      },
      {
        name: 'claims.csv',
        key: ['workload', 'profile', 'queuePairs', 'backend'],
        isPart: ({ workload, profile }) =>
          profile === CLAIMED.profile && CLAIMED.programs.includes(workload),
      },
      {
        name: 'designs.csv',
        key: ['workload', 'profile', 'backend'],
        isPart: ({ workload, profile }) =>
          profile === CLAIMED.profile && ['', ...CLAIMED.programs].includes(workload),
      },
      {
        name: 'ablation.csv',
        key: ['workload', 'profile', 'variant'],
        isPart: ({ workload }) => CLAIMED.programs.includes(workload),
      },
    ],
    regenerate: regenerateStudy,
  },
  validation: {
    files: [{ name: 'validation.csv', key: ['section', 'program', 'conditions', 'metric'] }],
    regenerate: (directory) =>
      command(directory, 'validate', '--output', join(directory, 'validation.csv')),
  },
  'crash-check': {
    files: [
      {
        name: 'crash-check.csv',
        key: ['workload', 'error', 'backend', 'profile', 'threads', 'queuePairs', 'isolation'],
        isPart: (row) => CRASHED.includes(row.workload) || isSeededBug(row),
      },
    ],
    regenerate: regenerateCrashCheck,
  },
  'crash-sites': {
    files: [
      {
        name: 'crash-sites.csv',
        key: ['site', 'part'],
        isPart: ({ site, verdict }) => SURVEYED.test(site) && verdict !== 'unvisited',
      },
    ],
    regenerate: regenerateCrashSites,
  },
  taxonomy: {
    files: [{ name: 'taxonomy.csv', key: ['persistenceDomain', 'ddio', 'verb', 'backend'] }],
    regenerate: (directory) =>
      command(directory, 'crash-check', '--taxonomy', '--output', join(directory, 'taxonomy.csv')),
  },
  calibration: {
    files: [
      { name: 'calibration.csv', key: ['quantity'] },
      { name: 'ddio.csv', key: ['ddio', 'ddioWays', 'linesPerDurabilityPoint'] },
    ],
    regenerate: (directory) => {
      const [output, ddio] = ['calibration.csv', 'ddio.csv'].map((name) => join(directory, name));
      return command(directory, 'calibrate', '--output', output, '--ddio', ddio);
    },
  },
  'figures-data': {
    files: [
      { name: 'threads.csv', key: [...CELL, 'threads'], isPart: DATA_PARTS['threads.csv'] },
      { name: 'replicas.csv', key: [...CELL, 'replicas'], isPart: DATA_PARTS['replicas.csv'] },
      {
        name: 'inflight.csv',
        key: [...CELL, 'inflight', 'group'],
        isPart: DATA_PARTS['inflight.csv'],
      },
      {
        name: 'hardware.csv',
        key: ['quantity', 'value', 'backend'],
        isPart: DATA_PARTS['hardware.csv'],
      },
    ],
    regenerate: regenerateFigureData,
  },
  transact: {
    files: [{ name: 'transact.csv', key: ['epochsPerTx', 'linesPerEpoch', 'backend'] }],
    regenerate: (directory, jobs) => {
      const output = join(directory, 'transact.csv');
      return command(directory, 'bench-transact', '--jobs', jobs, '--output', output);
    },
  },
} as const satisfies Record<string, Check>;
