/**
 * Writes a run of a workload as a store log of pmemcheck, beginning with what the program put into
 * memory before its first transaction. Beside it comes the pool that the log says is mapped: all zero,
 * since tools that replay the log write the stores there. Both files appear whole or not at all. A log
 * whose name ends in .gz is compressed, a piece at a time: gzip and its like read that as one file.
 */

import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PmHeap } from '../../pm/heap.ts';
import { poolBytes, StoreLogWriter } from '../../workloads/traces/export.ts';
import { runInTurn } from '../../workloads/workload.ts';
import { type FileWriter, replaceFiles } from '../host/index.ts';
import type { WorkloadExecution } from './cells.ts';
import type { ProgressCallback } from './functional-run.ts';
import { configure, type Registry } from './run.ts';

/** Text is written to the file in pieces of about this many characters. */
const PIECE_CHARACTERS = 1 << 20;

/** Transactions between two reports of progress. */
const PROGRESS_EVERY = 1000;

/** The longest name of a file that file systems in use take. */
const NAME_BYTES_MAX = 255;

const POOL_SUFFIX = '.pool';

/** The pool of the log at `log`: beside it, its name with `.pool` behind it, shortened if it must be. */
export function poolOf(log: string): string {
  const name = basename(log);
  const whole = `${name}${POOL_SUFFIX}`;
  if (Buffer.byteLength(whole) <= NAME_BYTES_MAX) return `${log}${POOL_SUFFIX}`;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const end = `-${digest}${POOL_SUFFIX}`;
  let cut = name;
  while (Buffer.byteLength(cut + end) > NAME_BYTES_MAX) cut = [...cut].slice(0, -1).join('');
  return join(dirname(log), cut + end);
}

/** How a log is written. */
interface ExportOptions {
  /** How the log names the pool: a path from where its reader is started. */
  readonly poolInLog?: string;
  /** Is told which share of the transactions was run. */
  readonly onProgress?: ProgressCallback;
}

/**
 * Runs `execution`, its warm-up included, into a log at `path` and its pool. Returns the markers it has.
 */
export function exportStoreLog(
  execution: WorkloadExecution,
  registry: Registry,
  path: string,
  { poolInLog = poolOf(path), onProgress = () => {} }: ExportOptions = {},
): readonly string[] {
  let markers: readonly string[] = [];
  let heapBytes = 0;
  replaceFiles([
    {
      path,
      fill: (file) => {
        const write = path.endsWith('.gz') ? zipping(file) : file.write;
        const target = { pool: poolInLog, write, onProgress };
        ({ markers, heapBytes } = writeLog(execution, registry, target));
      },
    },
    { path: poolOf(path), fill: (file) => file.setSize(poolBytes(heapBytes)) },
  ]);
  return markers;
}

/** A compressed piece behind another is the whole, compressed (RFC 1952, section 2.2). */
function zipping(file: FileWriter): (text: string) => void {
  return (text) => file.write(gzipSync(text));
}

/** Where a log goes, the pool it names, and who is told how far it is. */
interface LogTarget {
  readonly pool: string;
  write(text: string): void;
  readonly onProgress: ProgressCallback;
}

function writeLog(
  execution: WorkloadExecution,
  registry: Registry,
  { pool, write, onProgress }: LogTarget,
): { readonly markers: readonly string[]; readonly heapBytes: number } {
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
  try {
    const log = new StoreLogWriter({ bytes: heap.bytes, markers, file: pool }, (text) => {
      if (text.endsWith('.BEGIN|')) seen.add(text.slice(0, -'.BEGIN|'.length));
      piece.push(text);
      characters += text.length;
      if (characters > PIECE_CHARACTERS) flush();
    });
    log.start();
    heap.attach(Array.from({ length: threads }, () => log));
    runInTurn(heap, program, { threads, transactions: total }, (i) => {
      if (i % PROGRESS_EVERY === 0) onProgress(i / total);
    });
    heap.detach();
    log.end();
  } finally {
    program.close?.();
  }
  flush();
  const used = markers.filter((marker) => seen.has(marker));
  return { markers: used, heapBytes: heap.sizeBytes };
}
