/**
 * A temporary directory for scratch files (traces that do not fit into memory, the databases of
 * workloads that run a real one), removed at the end, on an error, and on Ctrl-C. What a run leaves that
 * was killed outright is removed by the next.
 */

import { scratchDirectory } from './leftovers.ts';

/** What must be undone before the process may go: last one first. */
const pending: (() => void | Promise<void>)[] = [];

/** Runs and forgets everything that {@link onAbandon} registered. Errors are not reported. */
async function abandon(): Promise<void> {
  for (let undo = pending.pop(); undo !== undefined; undo = pending.pop()) {
    await Promise.resolve(undo()).catch(() => {});
  }
}

/** So long a signal waits for threads that end by themselves. */
const PATIENCE_MS = 900;

/** What is left of {@link abandon} when a thread that blocks was waited for long enough. */
function abandonAtOnce(): void {
  for (let undo = pending.pop(); undo !== undefined; undo = pending.pop()) {
    try {
      void Promise.resolve(undo()).catch(() => {});
    } catch {
      // The next one may still be undone.
    }
  }
}

/** Ends the process as the signal does by itself, which no thread can hold up; `exit` waits for all. */
function dieOf(signal: NodeJS.Signals): never {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Whoever started us may have had the signal ignored.
  process.kill(process.pid, 'SIGKILL');
  throw new Error(`alive after ${signal}`);
}

/** Whether a thread of ours is inside a file operation, which may block for ever, as on a pipe. */
function isReading(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
}

/** Registers `undo` for the case that a signal ends the process; returns how to take it back. */
export function onAbandon(undo: () => void | Promise<void>): () => void {
  pending.push(undo);
  return () => {
    const at = pending.indexOf(undo);
    if (at >= 0) pending.splice(at, 1);
  };
}

/**
 * From now on Ctrl-C, or a request to terminate, cleans up and exits with 128 + signal number; where a
 * thread blocks in a system call, the process dies of the signal, which a shell shows alike.
 */
export function exitOnSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => {
      const patience = setTimeout(() => {
        abandonAtOnce();
        dieOf(signal);
      }, PATIENCE_MS);
      void abandon().finally(() => {
        clearTimeout(patience);
        if (isReading()) dieOf(signal);
        process.exit(code);
      });
    });
  }
}

/** Runs `work` with a fresh temporary directory, which is gone afterwards whatever happens. */
export async function withWorkspace<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const { directory, remove } = scratchDirectory();
  const keep = onAbandon(remove);
  try {
    return await work(directory);
  } finally {
    keep();
    remove();
  }
}
