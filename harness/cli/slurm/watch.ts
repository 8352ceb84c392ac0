/** Waits for what was submitted, and tells how far it is. The jobs go on whether anybody watches or not. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FailureError, withProgress } from '../../host/index.ts';
import { FILES, type Work } from './scripts.ts';
import { isAlive, type JobState, ownJobs } from './slurm.ts';
import { jobsOf, lastSubmission, missingShards, type Submission } from './submission.ts';

const POLL_MS = 1_000;
/** So long a shared file system may take to show what another machine has written. */
const PATIENCE_MS = 60_000;
/** So often in a row Slurm may be out of reach, such as when its controller is started anew. */
const MISSED_MAX = 300;

/** Waits until the answer of `work` is there. Throws FailureError where it will not be. */
export async function watch(work: Work): Promise<void> {
  await withProgress(work.shards, { unit: 'shards' }, async (update) => {
    let aliveAt = performance.now();
    for (;;) {
      const submission = lastSubmission(work.directory);
      if (submission === undefined || existsSync(join(work.directory, FILES.finished))) return;
      const jobs = await patiently();
      const missing = missingShards(work);
      update(work.shards - missing.length, labelOf(submission, jobs));
      const own = jobs.filter(({ job }) => jobsOf(submission).includes(job));
      if (own.some(isAlive)) aliveAt = performance.now();
      const hasFailed = isLost(submission, own);
      if (hasFailed || performance.now() - aliveAt > PATIENCE_MS) {
        throw new FailureError(failureText(work, missing));
      }
      await setTimeout(POLL_MS);
    }
  });
}

/** {@link ownJobs}, again and again where Slurm does not answer. */
async function patiently(): Promise<readonly JobState[]> {
  for (let missed = 1; ; missed++) {
    try {
      return await ownJobs();
    } catch (error) {
      if (missed === MISSED_MAX) throw error;
      await setTimeout(POLL_MS);
    }
  }
}

/** What a submission is doing. */
function labelOf({ array, finish, attempt }: Submission, jobs: readonly JobState[]): string {
  const tasks = jobs.filter(({ job }) => job === array);
  const count = (state: string) => tasks.filter((task) => task.state === state).length;
  const waiting = tasks.filter(({ state }) => state === 'PENDING');
  const reasons = [...new Set(waiting.map(({ reason }) => reason))].filter(
    (reason) => reason !== 'None',
  );
  const parts = [
    ...(count('RUNNING') > 0 ? [`${count('RUNNING')} running`] : []),
    ...(waiting.length > 0
      ? [`${waiting.length} waiting${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`]
      : []),
    ...(count('FAILED') > 0 ? [`${count('FAILED')} failed`] : []),
    ...(jobs.some(({ job, state }) => job === finish && state === 'RUNNING') ? ['merging'] : []),
  ];
  const doing = parts.length === 0 ? 'between jobs' : parts.join(', ');
  return attempt > 1 ? `${doing}; attempt ${attempt}` : doing;
}

/** Whether all jobs of a submission have ended, and Slurm says that it neither finished nor was followed up. */
function isLost({ finish, retry }: Submission, jobs: readonly JobState[]): boolean {
  if (jobs.some(isAlive)) return false;
  const stateOf = (job: string | undefined) => jobs.find((one) => one.job === job)?.state;
  const [finished, retried] = [stateOf(finish), stateOf(retry)];
  // What Slurm has forgotten, or says is done, may only not be seen here yet.
  const isOver = (state: string | undefined) => state !== undefined && state !== 'COMPLETED';
  return isOver(finished) && (retry === undefined || isOver(retried));
}

/** So many lines of a log are shown, of so many logs. */
const LINES = 5;
const LOGS = 3;

function failureText(work: Work, missing: readonly number[]): string {
  const { directory, shards } = work;
  const shown = missing.slice(0, LOGS).map((shard) => `shard-${shard}`);
  const what =
    missing.length === 0
      ? 'all shards are done, but the answer was not written'
      : `${missing.length} of ${shards} shards failed: ${missing.join(', ')}`;
  const logs = [...(missing.length === 0 ? ['finish'] : shown), 'retry'].flatMap((name) =>
    lastLines(join(directory, FILES.log(name))),
  );
  const none =
    logs.length === 0
      ? `\nNo log is in ${directory}: can the machines of the cluster write there?`
      : '';
  return (
    `${what}. What is done is kept; the same command submits the rest again.${none}` +
    logs.map((text) => `\n${text}`).join('')
  );
}

/** The last lines of the log at `path`, with its path; none where there is no log. */
function lastLines(path: string): string[] {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return [];
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return [`${path}:`, ...lines.slice(-LINES).map((line) => `  ${line}`)];
}
