/** The machine that runs us: errors, whole files, worker threads, progress. */

export { duplicateKey } from './duplicate-keys.ts';
export {
  exitCodeOf,
  FailureError,
  lateFault,
  reasonAt,
  shownError,
  systemReason,
  UsageError,
} from './errors.ts';
export { machineText } from './machine.ts';
export { refuseWithoutRoom, roomBytes } from './memory.ts';
export { outliveReaders } from './output-streams.ts';
export { inOwnProcess, serveOnce } from './own-process.ts';
export {
  endWith,
  type Kind,
  type OnProgress,
  type RunItems,
  withWorkers,
  workersFor,
} from './pool.ts';
export { startProgress, withProgress } from './progress.ts';
export { besideDatabase, type NamedFile, refuseSameFile } from './same-file.ts';
export { currentScreen, type Screen, showOn, type Tone, toned, withoutColour } from './screen.ts';
export { withUndo } from './signals.ts';
export { isStandardInput, readableAgain } from './spool.ts';
export {
  type FileWriter,
  makeDirectories,
  type NewFile,
  replaceFiles,
  requireWritable,
  writeWhole,
} from './whole-file.ts';
export { serve, type WorkerSettings } from './worker-port.ts';
export { withWorkspace } from './workspace.ts';
