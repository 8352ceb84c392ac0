/**
 * Results of perma-bench (github.com/hpides/perma-bench): a list of benchmarks, each with the
 * configurations and results of its runs. The model has one thread that writes at random places and makes
 * each access durable: the time of an access is the run's over its accesses.
 */

import { UsageError } from '../../host/index.ts';
import { quantityNamed } from '../calibration/index.ts';
import type { MeasuredFile, MeasuredRow } from './rows.ts';

/** By how lines get to memory, as perma-bench calls it. */
const METHODS: Readonly<Record<string, string>> = { cache: 'store+clwb', nocache: 'ntstore' };

const NS_PER_S = 1e9;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** Whether `json` has the shape of such results. */
export function isPermaBench(json: unknown): boolean {
  return listOf(json).some((one) => isFields(one) && Array.isArray(one.benchmarks));
}

/**
 * The figures in `json`, of the file `name`. `dimms`: DIMMs of the machine, which the results do not
 * say. Throws UsageError where there is nothing that the model has.
 */
export function readPermaBench(json: unknown, name: string, dimms: number): MeasuredFile {
  const rows: MeasuredRow[] = [];
  const left = new Map<string, number>();
  listOf(json).forEach((group, i) => {
    const runs = isFields(group) && Array.isArray(group.benchmarks) ? group.benchmarks : [];
    runs.forEach((run, j) => {
      const row = rowOf(run, dimms);
      if (typeof row === 'string') left.set(row, (left.get(row) ?? 0) + 1);
      else rows.push({ ...row, source: `${name}, benchmark ${i + 1}, run ${j + 1}` });
    });
  });
  const skipped = [...left].map(([why, count]) => `${name}: ${count} runs: ${why}`);
  if (rows.length === 0 && skipped.length === 0) {
    throw new UsageError(`${name}: results of perma-bench without a run`);
  }
  return { format: 'perma-bench', rows, skipped };
}

function rowOf(run: unknown, dimms: number): Omit<MeasuredRow, 'source'> | string {
  if (!isFields(run) || !isFields(run.config) || !isFields(run.results))
    return 'no config or results';
  const { config, results } = run;
  if (config.memory_type === 'dram') return 'on DRAM, not on persistent memory';
  if (config.operation !== 'write') return 'not writes: the model has no counterpart';
  if (config.exec_mode !== 'random') return 'not at random places';
  if (config.number_threads !== 1) return 'more than one thread, each of which waits for fences';
  const method = METHODS[String(config.persist_instruction)];
  if (method === undefined) {
    return `persist_instruction ${String(config.persist_instruction)}, not cache or nocache`;
  }
  const [bytes, total, seconds] = [
    config.access_size,
    results.accessed_bytes,
    results.execution_time,
  ].map(Number);
  const value = (seconds * NS_PER_S * bytes) / total;
  const quantity = quantityNamed(
    `persist uncached ${bytes} B, ${dimms} DIMM${dimms === 1 ? '' : 's'}, ${method}+sfence`,
  );
  if (quantity === undefined) return `accesses of ${bytes} B`;
  if (!(value > 0 && Number.isFinite(value))) return 'no accessed_bytes or execution_time above 0';
  return { quantity, value };
}
