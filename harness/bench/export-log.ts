/**
 * Writes a run of a workload as a store log of pmemcheck, beginning with what the program put into
 * memory before its first transaction. The file appears whole or not at all.
 */

import { basename } from 'node:path';
import { PmHeap } from '../../pm/heap.ts';
import { StoreLogWriter } from '../../workloads/traces/export.ts';
import { runInTurn } from '../../workloads/workload.ts';
import { replaceFile } from '../host/index.ts';
import type { WorkloadExecution } from './cells.ts';
import type { ProgressCallback } from './functional-run.ts';
import { configure, type Registry } from './run.ts';

/** Text is written to the file in pieces of about this many characters. */
const PIECE_CHARACTERS = 1 << 20;

/** Transactions between two reports of progress. */
const PROGRESS_EVERY = 1000;

/**
 * Runs `execution`, its warm-up included, into the file at `path`. Returns the markers it has. `onProgress`
 * is told which share of the transactions was run.
 */
export function exportStoreLog(
  execution: WorkloadExecution,
  registry: Registry,
  path: string,
  onProgress: ProgressCallback = () => {},
): readonly string[] {
  return replaceFile(path, (write, file) =>
    writeLog(execution, registry, { file: basename(file), write, onProgress }),
  );
}

/** Where a log goes, and who is told how far it is. */
interface LogTarget {
  readonly file: string;
  write(text: string): void;
  readonly onProgress: ProgressCallback;
}

function writeLog(
  execution: WorkloadExecution,
  registry: Registry,
  { file, write, onProgress }: LogTarget,
): readonly string[] {
  const { threads, seed, transactions, warmupTransactions } = execution;
  const configured = configure(execution, registry);
  const total = transactions + warmupTransactions;
  const heap = new PmHeap(configured.heapBytes(threads, total));
  const program = configured.create(heap, threads, seed);
  const markers = configured.workload.txTypes;
  const seen = new Set<string>();
  let piece: string[] = [];
  let characters = 0;
  const flush = (): void => {
    write(piece.join(''));
    piece = [];
    characters = 0;
  };
  const log = new StoreLogWriter({ bytes: heap.bytes, markers, file }, (text) => {
    if (text.endsWith('.BEGIN|')) seen.add(text.slice(0, -'.BEGIN|'.length));
    piece.push(text);
    characters += text.length;
    if (characters > PIECE_CHARACTERS) flush();
  });
  log.start();
  heap.attach(Array.from({ length: threads }, () => log));
  try {
    runInTurn(heap, program, { threads, transactions: total }, (i) => {
      if (i % PROGRESS_EVERY === 0) onProgress(i / total);
    });
  } finally {
    program.close?.();
  }
  heap.detach();
  log.end();
  flush();
  return markers.filter((marker) => seen.has(marker));
}
