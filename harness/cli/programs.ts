/**
 * The PROGRAM argument of commands: the name of a workload, `trace:NAME` (an example trace), or the
 * path of a trace file. Here it becomes what is executed, with the options that say how.
 */

import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { printable } from '../../pm/printable.ts';
import { COMPUTE_MODELS } from '../../workloads/compute-model.ts';
import { resolveWorkload, WORKLOADS } from '../../workloads/index.ts';
import { EXAMPLES, type ExampleTrace, resolveExample } from '../../workloads/traces/examples.ts';
import {
  type AddressRange,
  parseAddressRange,
  rangeText,
  WHISPER_PM,
} from '../../workloads/traces/formats/address-range.ts';
import { type AnyWorkload, SIZES } from '../../workloads/workload.ts';
import {
  type Execution,
  exampleExecutions,
  executionOf,
  isPluginFile,
  loadPlugin,
  suiteWorkloads,
  type TraceExecution,
  type WorkloadExecution,
} from '../bench/index.ts';
import { isStandardInput, readableAgain, UsageError } from '../host/index.ts';
import { readFiles, userPath } from './file-options.ts';
import {
  choice,
  type Given,
  type OptionTable,
  pairs,
  resolveAll,
  splitWords,
  type Values,
  whole,
  wholes,
} from './options.ts';

/** A program of ours. */
interface WorkloadProgram {
  readonly kind: 'workload';
  readonly name: string;
  readonly workload: AnyWorkload;
}

/** A run of a program that was traced. */
export interface TraceProgram {
  readonly kind: 'trace';
  /** As a user names it. */
  readonly name: string;
  readonly file: string;
  readonly example: ExampleTrace | undefined;
  /** What messages call the file, where it is a copy of what can be read only once. */
  readonly shownAs?: string | undefined;
}

/** What a PROGRAM argument names. */
export type ChosenProgram = WorkloadProgram | TraceProgram;

/** What the name of an example starts with. */
const EXAMPLE = 'trace:';

/** The programs that `texts` name; `all` stands for every workload of the suite. */
function parsePrograms(texts: readonly string[]): readonly ChosenProgram[] {
  const names = programNames(texts).flatMap((name) =>
    name === 'all' ? suiteWorkloads().map((one) => one.name) : [name],
  );
  const [example, other] = [true, false].map((is) =>
    names.filter((name) => isExample(name) === is),
  );
  const examples = EXAMPLES.map(({ name }) => EXAMPLE + name);
  const workloads = WORKLOADS.map((workload) => workload.name);
  resolveAll('example', example, programOf, examples);
  resolveAll(
    'workload',
    other,
    programOf,
    [...workloads, 'all', `${EXAMPLE}NAME`, 'the path of a trace file'],
    [...workloads, 'all', ...examples],
  );
  return [...new Set(names)].map(programOf).filter((program) => program !== undefined);
}

/** The files among the programs that `texts` name: traces, and workloads of a user's own. */
const programFiles = (texts: readonly string[]) =>
  readFiles(
    programNames(texts).flatMap((name) => {
      if (isPluginFile(name)) return [name];
      const program = programOf(name);
      return program?.kind === 'trace' ? [program.file] : [];
    }),
  );

/** The names in `texts`; a comma may be part of the name of a file. */
export function programNames(texts: readonly string[]): string[] {
  return texts.flatMap((text) => (isFile(text) ? [text] : splitWords([text])));
}

const isExample = (name: string): boolean => name.startsWith(EXAMPLE);

function programOf(name: string): ChosenProgram | undefined {
  const workload = isPluginFile(name) ? workloadOfFile(name) : resolveWorkload(name);
  if (workload !== undefined) return { kind: 'workload', name: workload.name, workload };
  if (isExample(name)) {
    const example = resolveExample(name.slice(EXAMPLE.length));
    return example && { kind: 'trace', name, file: example.file, example };
  }
  if (isStandardInput(name))
    return { kind: 'trace', name: 'stdin', file: name, example: undefined };
  // What looks like a path is one, so that a file that is missing is called that.
  if (!/[/.\\]/.test(name) && !isFile(name)) return undefined;
  return { kind: 'trace', name, file: userPath(name), example: undefined };
}

/** The workload in a user's file. */
function workloadOfFile(word: string): AnyWorkload {
  const { kind, part } = loadPlugin(userPath(word), word);
  if (kind === 'workload') return part;
  throw new UsageError(`${word} is a backend, ${part.name}; give it to --backend`);
}

/** Whether there is a file, or a named pipe, that can be read. */
function isFile(name: string): boolean {
  const found = statSync(userPath(name), { throwIfNoEntry: false });
  return found !== undefined && !found.isDirectory();
}

const PROGRAM_HELP =
  'a workload, trace:NAME (an example), the path of a trace file (- for a pipe): a pmemcheck store log ' +
  'or a WHISPER trace, plain, gzip or zstd; or the path of a .ts file with a workload of yours';

/** The word for programs. */
export const PROGRAMS_WORD = {
  help: `${PROGRAM_HELP}; or all workloads of the suite; see pmirror list`,
  default: 'all',
  parse: parsePrograms,
  async ready(programs: readonly ChosenProgram[]): Promise<readonly ChosenProgram[]> {
    const ready: ChosenProgram[] = [];
    // One after the other: they may be ends of one pipeline.
    for (const program of programs) ready.push(await readyProgram(program));
    return ready;
  },
  files: programFiles,
};

/** The program, its trace where it can be read as often as it must be. */
async function readyProgram(program: ChosenProgram): Promise<ChosenProgram> {
  if (program.kind === 'workload' || program.example !== undefined) return program;
  const { path, shownAs } = await readableAgain(program.file);
  return { ...program, file: path, shownAs };
}

/** The word for one program. */
export const PROGRAM_WORD = {
  help: `${PROGRAM_HELP}; see pmirror list`,
  required: 'which program?',
  parse(texts: readonly string[], name: string): ChosenProgram {
    return only(parsePrograms(texts), name);
  },
  ready: readyProgram,
  files: programFiles,
} as const;

/** The one of `programs` of a word that takes one. */
function only<T extends { readonly name: string }>(programs: readonly T[], name: string): T {
  if (programs.length === 1) return programs[0];
  const given = programs.map((one) => one.name).join(', ');
  throw new UsageError(`${name}: give one program; these are ${programs.length}: ${given}`);
}

/** Parses words for workloads; a trace is refused for the reason `why`. */
export function parseWorkloads(why: string): (texts: readonly string[]) => readonly AnyWorkload[] {
  return (texts) =>
    parsePrograms(texts).map((program) => {
      if (program.kind === 'workload') return program.workload;
      throw new UsageError(`${program.name} is a trace: ${why}`);
    });
}

/** Parses a word for one workload: see {@link parseWorkloads}. */
export function parseWorkload(
  why: string,
): (texts: readonly string[], name: string) => AnyWorkload {
  return (texts, name) => only(parseWorkloads(why)(texts), name);
}

const TRANSACTIONS_MAX = 1_000_000_000;

/** How to run workloads. */
export const WORKLOAD_OPTIONS = {
  size: choice(SIZES)({
    of: 'workload',
    help: 'small, medium or large: transactions, and data where the workload has sizes',
  }),
  threads: whole({
    of: 'workload',
    min: 1,
    max: 64,
    help: "clients; by default the original program's number",
  }),
  transactions: whole({
    of: 'workload',
    min: 1,
    max: TRANSACTIONS_MAX,
    help: 'measured transactions, over all clients',
  }),
  warmup: whole({
    of: 'workload',
    min: 0,
    max: TRANSACTIONS_MAX,
    help: 'transactions before them; by default a tenth as many',
  }),
  param: pairs('key=value', {
    of: 'workload',
    help: 'key=value, a parameter of the workloads; repeatable',
  }),
};

/** How to read traces. */
export const TRACE_READING_OPTIONS = {
  'tx-marker': {
    of: 'trace' as const,
    help:
      'pmemcheck: NAME.BEGIN and NAME.END delimit a transaction; several with commas between, or ' +
      'repeated; a comma in a name is \\, but for one in brackets, as in f(a, b). ' +
      'Without any, each fence is a durability point',
    parse: markerNames,
  },
  pid: whole({
    of: 'trace',
    min: 0,
    max: 2 ** 32 - 1,
    help: 'pmemcheck: the process whose log is read, where a file holds those of several',
  }),
  'pm-range': {
    of: 'trace' as const,
    help:
      'where persistent memory is, START-END, hexadecimal, END not in it; repeatable. By default where ' +
      `the WHISPER suite maps its pools (${rangeText(WHISPER_PM)}); of a pmemcheck log everywhere`,
    parse: addressRanges,
  },
};

/** How to read traces, and what they are charged. */
export const TRACE_OPTIONS = {
  ...TRACE_READING_OPTIONS,
  'instructions-per-tx': wholes({
    of: 'trace',
    min: 0,
    max: 2 ** 32 - 1,
    help: 'volatile work per transaction, 0 by default; several values: one a marker, in their order',
  }),
};

/** Names with commas between, but for commas in brackets, as in `f(a, b)`, and those behind a `\`. */
function markerNames(given: readonly string[]): readonly string[] {
  return given.flatMap((text) => {
    const names = [''];
    let depth = 0;
    for (let i = 0; i < text.length; i++) {
      const char = text[i];
      if (char === '\\' && text[i + 1] === ',') names[names.length - 1] += text[++i];
      else if (char === ',' && depth <= 0) names.push('');
      else names[names.length - 1] += char;
      if ('([<{'.includes(char)) depth++;
      if (')]>}'.includes(char)) depth--;
    }
    return names.map((name) => name.trim());
  });
}

function addressRanges(given: readonly string[], name: string): readonly AddressRange[] {
  return splitWords(given).map((word) => {
    const range = parseAddressRange(word);
    if (range !== undefined) return range;
    throw new UsageError(
      `${name} '${word}' is not START-END with START below END, as ${rangeText(WHISPER_PM)}`,
    );
  });
}

/** What is charged as volatile work. */
export const COMPUTE_OPTION = {
  compute: choice(COMPUTE_MODELS)({
    help:
      'instruction counts charged as volatile work: o2 (measured on optimised builds, the default), ' +
      "whisper (on builds with the suite's own flags), or native (those of o2, each program at the " +
      'speed at which it ran natively)',
  }),
};

/** How to execute programs. */
export const PROGRAM_OPTIONS = { ...WORKLOAD_OPTIONS, ...TRACE_OPTIONS, ...COMPUTE_OPTION };

/** Refuses options that are given and that one of `programs` has no use for. */
export function refuseForeign(
  programs: readonly ChosenProgram[],
  options: OptionTable,
  given: Given,
): void {
  for (const [name, option] of Object.entries(options)) {
    const { of } = option;
    const foreign = of && given.has(name) && programs.find(({ kind }) => kind !== of);
    if (!foreign) continue;
    throw new UsageError(
      foreign.kind === 'workload'
        ? `--${name} says how to read a trace; ${foreign.name} is a workload`
        : `--${name} says how to run a workload; ${foreign.name} is a trace, which has been run already`,
    );
  }
}

/** The values of some of {@link PROGRAM_OPTIONS}, and the one seed of a run. */
export type ProgramValues = Partial<Values<typeof PROGRAM_OPTIONS>> & { readonly seed: number };

/** What is executed of `program`. Throws UsageError or ParameterError. */
export function executionOfProgram(program: ChosenProgram, values: ProgramValues): Execution {
  return program.kind === 'trace'
    ? executionOfTrace(program, values)
    : executionOfWorkload(program.workload, values);
}

/** As {@link executionOfProgram}, of a workload. */
export function executionOfWorkload(
  workload: AnyWorkload,
  { size, threads, transactions, warmup, param, compute, seed }: ProgramValues,
): WorkloadExecution {
  return executionOf(workload, {
    size,
    threads,
    transactions,
    seed,
    parameters: Object.fromEntries(param ?? []),
    warmupTransactions: warmup,
    computeModel: compute,
  });
}

/** An example has its own markers and instruction counts, unless others are given. */
export function executionOfTrace(
  { name, file, example, shownAs }: TraceProgram,
  values: ProgramValues,
): TraceExecution {
  const { compute, seed, 'tx-marker': txMarkers, 'instructions-per-tx': instructions } = values;
  const { pid, 'pm-range': pmRanges } = values;
  if (example === undefined && compute !== undefined) {
    throw new UsageError(
      `--compute: the instructions of ${name} were not counted; --instructions-per-tx says how many`,
    );
  }
  const known = exampleExecutions(compute ?? 'o2', seed).find((one) => one.name === example?.name);
  const usual: TraceExecution = known ?? {
    kind: 'trace',
    name: printable(basename(name).replace(/\.gz$/, '')),
    file,
    txMarkers: [],
    instructionsPerTx: [0],
    computeModel: 'given',
    // A trace shows what threads store, not what they build on.
    orderNeeded: 'any',
    seed,
    ...(shownAs !== undefined && { shownAs }),
  };
  return {
    ...usual,
    ...(txMarkers && { txMarkers }),
    ...(pid !== undefined && { pid }),
    ...(pmRanges && { pmRanges }),
    ...(instructions && { instructionsPerTx: instructions, computeModel: 'given' }),
  };
}
