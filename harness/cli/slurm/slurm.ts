/** The programs of Slurm, as functions. */

import { execFile } from 'node:child_process';
import { FailureError, systemReason } from '../../host/index.ts';

/** A job or, of an array, a task that Slurm knows of. */
export interface JobState {
  readonly job: string;
  /** Of an array. */
  readonly task: string | undefined;
  /** `PENDING`, `RUNNING`, `COMPLETED`, `FAILED`, ... */
  readonly state: string;
  /** Why it waits, or has failed. */
  readonly reason: string;
}

/** States of jobs that have not ended. See squeue(1), "job state codes". */
const UNENDED =
  /^(PENDING|RUNNING|SUSPENDED|STOPPED|COMPLETING|CONFIGURING|RE|SIGNALING|STAGE_OUT)/;

export const isAlive = ({ state }: JobState): boolean => UNENDED.test(state);

/** The jobs of this user, also those that have just ended. Throws FailureError. */
export async function ownJobs(): Promise<readonly JobState[]> {
  const format = ['--format=%A|%F|%K|%T|%r', '--states=all', '--array', '--noheader', '--me'];
  return (await runProgram('squeue', format)).split('\n').flatMap((line) => {
    const [job, array, task, state, reason] = line.trim().split('|');
    if (state === undefined) return [];
    const isTask = /^\d+$/.test(task);
    return [{ job: isTask ? array : job, task: isTask ? task : undefined, state, reason }];
  });
}

/** Throws FailureError where there is no Slurm. */
export const requireSlurm = (): Promise<string> => runProgram('sbatch', ['--version']);

/** Submits a script; the number of the job. Throws FailureError with what sbatch says. */
export async function submitJob(words: readonly string[]): Promise<string> {
  const [job] = (await runProgram('sbatch', words)).trim().split(';');
  if (!/^\d+$/.test(job)) throw new FailureError(`sbatch gave no number of a job, but '${job}'`);
  return job;
}

/** Lets a held job start. */
export const releaseJob = (job: string): Promise<string> =>
  runProgram('scontrol', ['release', job]);

/** Ends jobs that may have ended. */
export const cancelJobs = (jobs: readonly string[]): Promise<string> =>
  runProgram('scancel', ['--quiet', ...jobs]);

/** What `program` prints. Throws FailureError if there is none, or it fails. */
function runProgram(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new FailureError(failureText(program, error, stderr)));
    });
  });
}

function failureText(program: string, error: Error, stderr: string): string {
  if ('code' in error && error.code === 'ENOENT') {
    return (
      `${program} is not installed here: --executor slurm is for a machine that submits to a Slurm cluster. ` +
      'Elsewhere use --executor local, or --shard 1/N, 2/N, ... with another scheduler'
    );
  }
  const said = stderr
    .split('\n')
    .map((line) => line.replace(/^\w+: (error: )?/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('Try "'));
  return `${program} refused: ${said.length > 0 ? said.join('; ') : systemReason(error)}`;
}
