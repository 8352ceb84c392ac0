/**
 * Ends this process with the one that started it. npm tells nobody when it is hung up or killed, and what
 * it has started would go on, and write its files after the end that the user saw.
 */

import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Between two looks. */
const LOOK_EVERY_MS = 100;

let parent: number | undefined;

/**
 * From now on the end of the parent is ours. A thread looks, since the main one may have to compute.
 * @public for `scripts/require-node.cjs`
 */
export function endWithParent(): void {
  parent = process.ppid;
  // It may have ended while this process was starting.
  if (isReaper(parent)) process.kill(process.pid, 'SIGTERM');
  const script = `
    setInterval(() => {
      if (process.ppid !== ${parent}) process.kill(process.pid, 'SIGTERM');
    }, ${LOOK_EVERY_MS});`;
  new Worker(script, { eval: true, execArgv: [] }).unref();
}

/** Whether the process `pid` takes in those whose parent has ended. npm may be the first one of a container. */
function isReaper(pid: number): boolean {
  try {
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8');
    return pid === 1 ? !name.startsWith('npm') : /^systemd$/m.test(name);
  } catch {
    // No Linux.
    return pid === 1;
  }
}

/** Whether this process has outlived the parent that it should end with: then it must write nothing. */
export function isOrphan(): boolean {
  return parent !== undefined && process.ppid !== parent;
}
