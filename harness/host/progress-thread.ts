/**
 * Tells on stderr that work goes on while the main thread computes, and cannot. A thread of its own, which the
 * main one leaves word of what it would say.
 */

import { Worker } from 'node:worker_threads';

/** A little more than between two lines of the main thread, which says what it can itself. */
const SILENT_MS = 11_000;

const TEXT_BYTES = 256;

const SCRIPT = `
  const { workerData } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  const { state, text, startMs, silentMs } = workerData;
  setInterval(() => {
    const nowMs = Date.now() - startMs;
    if (nowMs - Atomics.load(state, 0) < silentMs) return;
    Atomics.store(state, 0, nowMs);
    const said = Buffer.from(text.subarray(0, Atomics.load(state, 1))).toString();
    try {
      writeSync(2, said + ' (' + Math.round(nowMs / 1000) + ' s)\\n');
    } catch {
      // Nobody reads it.
    }
  }, silentMs / 10);`;

/** A thread that speaks when nobody has for a while. */
export interface ProgressThread {
  /** What it would say from now on. */
  say(text: string): void;
  /** Somebody else has just spoken. */
  spoken(): void;
  stop(): void;
}

export function startProgressThread(silentMs = SILENT_MS): ProgressThread {
  const startMs = Date.now();
  // The time of the last line, and the length of the text.
  const state = new Int32Array(new SharedArrayBuffer(8));
  const text = new Uint8Array(new SharedArrayBuffer(TEXT_BYTES));
  const worker = new Worker(SCRIPT, {
    eval: true,
    execArgv: [],
    workerData: { state, text, startMs, silentMs },
  });
  worker.unref();
  return {
    say(said) {
      const bytes = Buffer.from(said).subarray(0, TEXT_BYTES);
      text.set(bytes);
      Atomics.store(state, 1, bytes.length);
    },
    spoken: () => void Atomics.store(state, 0, Date.now() - startMs),
    stop: () => void worker.terminate(),
  };
}
