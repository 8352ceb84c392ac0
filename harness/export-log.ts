/**
 * Writes a run of a workload as a store log of pmemcheck, beginning with what the program put into
 * memory before its first transaction. The file appears whole or not at all.
 */

import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { PmHeap } from '../pm/heap.ts';
import { StoreLogWriter } from '../workloads/imported/store-log-writer.ts';
import type { WorkloadExecution } from './cell.ts';
import { replaceableFile } from './csv.ts';
import { FailureError, systemReason } from './errors.ts';
import { configure, type Registry } from './run.ts';

/** Text is written to the file in pieces of about this many characters. */
const PIECE_CHARACTERS = 1 << 20;

/** Runs `execution`, its warm-up included, into the file `given`. Returns the markers it has. */
export function exportStoreLog(
  execution: WorkloadExecution,
  registry: Registry,
  given: string,
): readonly string[] {
  const path = replaceableFile(given);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, 'w');
    let markers: readonly string[];
    try {
      markers = writeLog(execution, registry, basename(path), (text) => {
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      });
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    return markers;
  } catch (error) {
    rmSync(temporary, { force: true });
    if (error instanceof Error && 'syscall' in error) {
      throw new FailureError(`cannot write ${path}: ${systemReason(error)}`);
    }
    throw error;
  }
}

function writeLog(
  execution: WorkloadExecution,
  registry: Registry,
  file: string,
  write: (text: string) => void,
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
  for (let i = 0; i < total; i++) {
    heap.switchTo(i % threads);
    program.transaction(i % threads);
  }
  heap.detach();
  log.end();
  flush();
  return markers.filter((marker) => seen.has(marker));
}
