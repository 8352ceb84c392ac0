/**
 * Submits a sweep, or what has failed of it. What was submitted is in a file of the shared directory, where
 * also the jobs themselves find it: the job that submits failed shards again is this program, too.
 */

import { existsSync, readFileSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { modelVersion } from '../../bench/index.ts';
import { FailureError, makeDirectories, replaceFiles, systemReason } from '../../host/index.ts';
import { sha256Of } from '../manifest.ts';
import { arrayJob, FILES, finishJob, type Job, retryJob, type Work } from './scripts.ts';
import { cancelJobs, isAlive, ownJobs, releaseJob, requireSlurm, submitJob } from './slurm.ts';

const SUBMISSION = z.object({
  /** Of all that says what is computed and by which version. */
  key: z.string(),
  /** How often shards of this key were submitted. */
  attempt: z.number(),
  array: z.string().optional(),
  finish: z.string(),
  retry: z.string().optional(),
});

/** What was submitted last: the numbers of its jobs. */
export type Submission = Readonly<z.infer<typeof SUBMISSION>>;

export const jobsOf = ({ array, finish, retry }: Submission): string[] =>
  [array, finish, retry].filter((job) => job !== undefined);

/** What was submitted last in `directory`; undefined where nothing was. Throws FailureError. */
export function lastSubmission(directory: string): Submission | undefined {
  const path = join(directory, FILES.state);
  if (!existsSync(path)) return undefined;
  try {
    return SUBMISSION.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError || error instanceof SyntaxError;
    throw new FailureError(
      `cannot read ${path}: ${why ? 'it is no record of a submission' : systemReason(error)}`,
    );
  }
}

/** The shards of `work` that have not been computed to the end. */
export const missingShards = ({ shards, directory }: Work): number[] =>
  Array.from({ length: shards }, (_, i) => i + 1).filter(
    (shard) => !existsSync(join(directory, FILES.done(shard))),
  );

/**
 * Submits what of `work` is missing; `inputs` are the texts that say which cells it has. Where the same is
 * under way already, that is what comes back, and nothing is submitted. Throws FailureError: what sbatch
 * refuses, and where jobs of other work use the directory.
 */
export async function submit(
  work: Work,
  inputs: readonly string[],
): Promise<Submission & { readonly isNew: boolean }> {
  const { directory, shards, cells } = work;
  const key = sha256Of(JSON.stringify([modelVersion(), cells, shards, inputs]));
  await requireSlurm();
  const last = lastSubmission(directory);
  // The job that submits again is the last of its submission, of which only the merging may linger.
  const isRetry = last?.retry !== undefined && process.env.SLURM_JOB_ID === last.retry;
  if (isRetry) await cancelJobs([last.finish]);
  else if (last !== undefined && (await areAlive(jobsOf(last)))) {
    if (last.key === key) return { ...last, isNew: false };
    throw new FailureError(
      `${directory} is in use by other work, the jobs ${jobsOf(last).join(', ')}: ` +
        'wait for them, end them with scancel, or give another --shared',
    );
  }
  if (last?.key !== key) await forget(directory, shards);
  await rm(join(directory, FILES.finished), { force: true });
  const attempt = last?.key === key ? last.attempt + 1 : 1;
  const submitted = await submitJobs(work);
  const submission = { key, attempt, ...submitted };
  writeText(directory, FILES.state, `${JSON.stringify(submission)}\n`);
  if (submitted.array !== undefined) await releaseJob(submitted.array);
  return { ...submission, isNew: true };
}

/** Submits the jobs of `work`, the array held; all or, throwing FailureError, none. */
async function submitJobs(work: Work): Promise<Pick<Submission, 'array' | 'finish' | 'retry'>> {
  const { directory } = work;
  const missing = missingShards(work);
  const submitted: string[] = [];
  const written: string[] = [];
  const give = async (job: Job): Promise<string> => {
    if (!existsSync(join(directory, job.file))) written.push(job.file);
    writeText(directory, job.file, job.script);
    const number = await submitJob(job.words);
    submitted.push(number);
    return number;
  };
  try {
    const array = missing.length === 0 ? undefined : await give(arrayJob(work, missing));
    const finish = await give(finishJob(work, array));
    const isLast = array === undefined || work.retries === 0;
    return { array, finish, retry: isLast ? undefined : await give(retryJob(work, array)) };
  } catch (error) {
    if (submitted.length > 0) await cancelJobs(submitted);
    for (const name of written) await rm(join(directory, name), { force: true });
    // Only if nothing else is in it.
    await rmdir(directory).catch(() => undefined);
    throw error;
  }
}

/** Whether one of `jobs` has not ended. */
const areAlive = async (jobs: readonly string[]): Promise<boolean> =>
  (await ownJobs()).some((one) => jobs.includes(one.job) && isAlive(one));

/** Forgets which shards are done; the rows in their databases stay. */
async function forget(directory: string, shards: number): Promise<void> {
  for (let shard = 1; shard <= shards; shard++) {
    await rm(join(directory, FILES.done(shard)), { force: true });
  }
}

function writeText(directory: string, name: string, text: string): void {
  makeDirectories(directory);
  replaceFiles([{ path: join(directory, name), fill: (file) => file.write(text) }]);
}
