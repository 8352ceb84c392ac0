/**
 * Ends this process with the one that started it. npm tells nobody when it is hung up or killed, and what
 * it has started would go on, and write its files after the end that the user saw.
 */

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
  const script = `
    setInterval(() => {
      if (process.ppid !== ${parent}) process.kill(process.pid, 'SIGTERM');
    }, ${LOOK_EVERY_MS});`;
  new Worker(script, { eval: true, execArgv: [] }).unref();
}

/** Whether this process has outlived the parent that it should end with: then it must write nothing. */
export function isOrphan(): boolean {
  return parent !== undefined && process.ppid !== parent;
}
