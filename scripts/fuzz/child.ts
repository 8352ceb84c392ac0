/**
 * The process in which cases run. Its parent is told each case before it begins, so that one which never
 * ends, or ends the process, is known.
 */

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { workInThisThread } from '../../harness/host/testing/same-thread.ts';
import type { Case } from './case.ts';
import { keptCases } from './corpus.ts';
import { enter, type Verdict, verdictOf } from './sandbox.ts';
import { TARGETS, type TargetName } from './targets.ts';

/** How many cases ended with exit code 0, 1 and 2. */
export type Codes = [done: number, failed: number, refused: number];

/** What a child is to do. */
export interface Order {
  readonly targets: readonly TargetName[];
  readonly seed: number;
  /** For each target; or cases of each. */
  readonly seconds?: number | undefined;
  readonly runs?: number | undefined;
  /** Of one case: fast-check's way to it. */
  readonly path?: string | undefined;
  /** Kept cases come first. */
  readonly corpus: boolean;
  /** Where to work. */
  readonly directory: string;
}

/** A case that did not keep what commands must. */
export interface Failure {
  /** A target, or the name of a kept case. */
  readonly target: string;
  /** Leads to the case by the seed; of a kept case there is none. */
  readonly path: string | undefined;
  readonly one: Case;
  readonly complaints: readonly string[];
}

export type Report =
  | { readonly kind: 'begin'; readonly target: string; readonly path: string; readonly one: Case }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'ran'; readonly target: string; readonly codes: Codes }
  | { readonly kind: 'done' };

const report = (what: Report): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(what, undefined, undefined, () => resolve());
  });

/** The case that is running: fast-check does not wait for one that its time limit interrupts. */
let running: Promise<unknown> = Promise.resolve();

/** How a case goes, when the one before has ended. */
function judge(target: string, path: string, one: Case): Promise<Verdict> {
  const verdict = running.then(async () => {
    await report({ kind: 'begin', target, path, one });
    return verdictOf(one);
  });
  running = verdict.catch(() => {});
  return verdict;
}

async function runCorpus(): Promise<void> {
  const codes: Codes = [0, 0, 0];
  for (const [target, one] of keptCases()) {
    const { complaints, exitCode } = await judge(target, '', one);
    codes[exitCode]++;
    if (complaints.length > 0) {
      await report({ kind: 'failed', failure: { target, path: undefined, one, complaints } });
    }
  }
  await report({ kind: 'ran', target: 'corpus', codes });
}

async function runTarget(target: TargetName, { seed, seconds, runs, path }: Order): Promise<void> {
  const codes: Codes = [0, 0, 0];
  let count = 0;
  let found: readonly string[] = [];
  const cases: fc.Arbitrary<Case> = TARGETS[target].cases();
  const property = fc.asyncProperty(cases, async (one) => {
    const { complaints, exitCode } = await judge(target, path ?? String(count++), one);
    codes[exitCode]++;
    if (complaints.length === 0) return;
    found = complaints;
    throw new Error(complaints.join('\n'));
  });
  const result = await fc.check(property, {
    seed,
    ...(path !== undefined && { path }),
    numRuns: path === undefined ? (runs ?? 10_000_000) : 1,
    ...(seconds !== undefined && { interruptAfterTimeLimit: seconds * 1000 }),
    // A case that fails is made smaller, not every one that is made smaller counted.
    endOnFailure: false,
  });
  await report({ kind: 'ran', target, codes });
  if (!result.failed || result.counterexample === null) return;
  const [one] = result.counterexample;
  // An error of the fuzzer itself counts, too.
  const complaints = found.length > 0 ? found : [String(result.errorInstance)];
  const failure = { target, path: result.counterexamplePath ?? undefined, one, complaints };
  await report({ kind: 'failed', failure });
}

if (import.meta.main) {
  process.once('message', async (order: Order) => {
    enter(mkdtempSync(join(order.directory, 'child-')));
    workInThisThread();
    if (order.corpus) await runCorpus();
    for (const target of order.targets) await runTarget(target, order);
    await report({ kind: 'done' });
    process.disconnect();
  });
}
