/**
 * How signals end this process: by themselves, at once, whatever its threads do, for nobody listens to them.
 * A listener would be called by the main thread only when that has nothing else to do. What is left behind
 * then is removed by a process that outlives this one (`leftovers.ts`). Only while the main thread waits for others,
 * or must finish a few calls, do signals wait for it.
 */

import { setImmediate } from 'node:timers/promises';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What is undone before a signal ends the process: last one first. */
const undos: (() => void)[] = [];
let holds = 0;

/**
 * Does `work`, in which this thread only waits. A signal meanwhile does `undo` and then ends the process;
 * what `undo` throws is not reported.
 */
export async function withUndo<T>(undo: () => void, work: () => Promise<T>): Promise<T> {
  hold();
  undos.push(undo);
  try {
    return await work();
  } finally {
    undos.splice(undos.indexOf(undo), 1);
    await letGo();
  }
}

/** Does `work`, which is short and must be whole: a signal ends the process only after it. */
export function uninterrupted<T>(work: () => T): T {
  hold();
  try {
    return work();
  } finally {
    void letGo();
  }
}

function hold(): void {
  holds++;
  if (holds > 1) return;
  for (const signal of SIGNALS) process.on(signal, endBy);
}

/** A signal that came is only seen when the event loop has turned; without a listener it would be lost. */
async function letGo(): Promise<void> {
  await setImmediate();
  await setImmediate();
  holds--;
  if (holds > 0) return;
  for (const signal of SIGNALS) process.removeListener(signal, endBy);
}

/** Undoes what is to be undone, then ends the process as the signal does by itself: no thread holds it up. */
function endBy(signal: NodeJS.Signals): never {
  for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
    try {
      undo();
    } catch {
      // The next one may still be undone.
    }
  }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Whoever started us may have had the signal ignored.
  process.kill(process.pid, 'SIGKILL');
  throw new Error(`alive after ${signal}`);
}
