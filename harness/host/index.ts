/** The machine that runs us: errors, whole files, worker threads, progress. */

export { exitCodeOf, FailureError, systemReason, UsageError } from './errors.ts';
export { type PoolOptions, runOnWorkers } from './pool.ts';
export { startProgress, withProgress } from './progress.ts';
export { currentScreen, type Screen, showOn, type Tone, toned, withoutColour } from './screen.ts';
export { isStandardInput, readableAgain } from './spool.ts';
export { replaceFile, requireWritable, writeWhole } from './whole-file.ts';
export { serve, type WorkerSettings } from './worker-port.ts';
export { exitOnSignals, onAbandon, withWorkspace } from './workspace.ts';
