/** Runs the fuzzer: its cases in a process of their own, which is ended where it hangs. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { withUndo, withWorkspace } from '../../harness/host/index.ts';
import type { Codes, Failure, Order, Report } from './child.ts';
import { TARGETS, type TargetName } from './targets.ts';

/** No case may take longer, on a machine that is busy, too. */
const CASE_SECONDS_MAX = 60;

/** What every script loads first. */
const REQUIRED = join(import.meta.dirname, '..', 'require-node.cjs');

/** A child may use so much. */
const HEAP_MB = 1500;

/** What is fuzzed, and how long. */
export type Budget = Omit<Order, 'directory' | 'seconds'> & {
  /** For all targets together. */
  readonly seconds?: number | undefined;
};

/** What came of it. */
export interface Findings {
  readonly failures: readonly Failure[];
  /** Of the cases that ran, by target. */
  readonly codes: ReadonlyMap<string, Codes>;
}

/** Fuzzes; `onReport` is told what comes of each target as soon as it is known. */
export function fuzz(budget: Budget, onReport: (said: string) => void): Promise<Findings> {
  return withWorkspace(async (directory) => {
    const failures: Failure[] = [];
    const codes = new Map<string, Codes>();
    const { targets, seconds } = budget;
    const each = seconds === undefined ? undefined : Math.max(0.1, seconds / targets.length);
    let left: readonly TargetName[] = targets;
    let corpus = budget.corpus;
    while (left.length > 0 || corpus) {
      const order = { ...budget, targets: left, seconds: each, corpus, directory };
      const ended = await watched(order, (report) => {
        if (report.kind === 'failed') failures.push(report.failure);
        if (report.kind === 'ran') {
          codes.set(report.target, report.codes);
          const [done, failed, refused] = report.codes;
          onReport(`${report.target}: ${done} done, ${failed} failed, ${refused} refused`);
        }
      });
      if (ended === undefined) break;
      failures.push(ended);
      // The child is gone: another goes on behind the target at which it was.
      corpus = false;
      left = left.slice(left.indexOf(ended.target as TargetName) + 1);
    }
    return { failures, codes };
  });
}

/** Runs one child; what it was at if it hung or ended by itself. */
async function watched(
  order: Order,
  onReport: (report: Report) => void,
): Promise<Failure | undefined> {
  const child = fork(join(import.meta.dirname, 'child.ts'), {
    execArgv: ['--require', REQUIRED, `--max-old-space-size=${HEAP_MB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4000);
  });
  let at: (Report & { readonly kind: 'begin' }) | undefined;
  let isDone = false;
  let hung = false;
  const end = (): void => {
    hung = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(end, CASE_SECONDS_MAX * 1000);
  child.on('message', (report: Report) => {
    clearTimeout(timer);
    timer = setTimeout(end, CASE_SECONDS_MAX * 1000);
    if (report.kind === 'begin') at = report;
    else if (report.kind === 'done') isDone = true;
    else onReport(report);
  });
  const kill = (): void => void child.kill('SIGKILL');
  await withUndo(kill, async () => {
    child.send(order);
    await once(child, 'close');
  });
  clearTimeout(timer);
  if (isDone) return undefined;
  if (at === undefined)
    throw new Error(`the fuzzer did not start${hung ? ' in time' : ''}:\n${said}`);
  const complaints = [hung ? `no end within ${CASE_SECONDS_MAX} s` : `the process ended:\n${said}`];
  return { target: at.target, path: at.path, one: at.one, complaints };
}

/** A failure in words: what was typed, what is wrong, and how to see it again. */
export function failureText({ target, path, one, complaints }: Failure, seed: number): string {
  const again =
    path === undefined || path === ''
      ? `scripts/fuzz/corpus/${target}.json`
      : `npm run fuzz -- --only ${target} --seed ${seed} --path ${path}`;
  return [
    `${target}: ${one.program} ${one.words.map((word) => JSON.stringify(word)).join(' ')}`,
    ...Object.entries(one.files).map(([name, file]) => `  ${name}: ${short(JSON.stringify(file))}`),
    ...complaints.map((what) => `  ${short(what).replaceAll('\n', '\n    ')}`),
    `  again: ${again}`,
  ].join('\n');
}

const SHOWN = 1000;

const short = (text: string): string =>
  text.length > SHOWN ? `${text.slice(0, SHOWN)}... (${text.length} characters)` : text;

/** All targets. */
export const EVERY_TARGET = Object.keys(TARGETS) as TargetName[];
