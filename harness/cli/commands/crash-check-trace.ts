/** `pmirror crash-check --trace`: what is wrong in a trace, without the program's recovery code. */

import type { SystemSpec } from '../../bench/index.ts';
import { checkTrace, traceCheckText, traceFailures } from '../../crash/index.ts';
import { FailureError, UsageError } from '../../host/index.ts';
import { type Arguments, SYSTEM_OPTIONS } from '../command.ts';
import { traceExecution } from './replay.ts';

/** Options that mean something with --trace only. */
const TRACE_ONLY = ['tx-marker', 'allow-uncovered'];

/** Options that go with it. */
const ACCEPTED = ['trace', ...TRACE_ONLY, ...Object.keys(SYSTEM_OPTIONS), 'seed'];

/** Refuses what does not go together; `options` are all that the command has. */
export function refuseMixture(given: Arguments, options: readonly string[]): void {
  const names = options.filter((name) => given[name] !== undefined);
  if (given.trace === undefined) {
    const lost = names.find((name) => TRACE_ONLY.includes(name));
    if (lost !== undefined) throw new UsageError(`--${lost} needs --trace`);
    return;
  }
  const foreign = names.filter((name) => !ACCEPTED.includes(name));
  if (foreign.length === 0) return;
  const [wrong, accepted] = [foreign, ACCEPTED.slice(1)].map((all) =>
    all.map((name) => `--${name}`).join(', '),
  );
  throw new UsageError(`${wrong}: not with --trace, which goes with ${accepted}`);
}

/** Judges a trace; what is wrong with it, or with its mirror, is a failure. */
export async function reportTrace(
  trace: string,
  given: Arguments,
  systems: readonly SystemSpec[],
): Promise<void> {
  if (trace === '') throw new UsageError('--trace: which file, or trace:NAME of an example?');
  if (trace.startsWith('workload:')) {
    throw new UsageError(
      `--trace ${trace}: export it first, by pmirror replay ${trace} --export FILE, and give the FILE`,
    );
  }
  const check = await checkTrace(traceExecution(trace, given), systems);
  process.stdout.write(`${traceCheckText(check)}\n`);
  const failures = traceFailures(check, given['allow-uncovered'] !== undefined);
  if (failures.length > 0) throw new FailureError(`${trace}: ${failures.join('; ')}`);
}
