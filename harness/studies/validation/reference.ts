/** What is known of an original program, as data: which run of the port it is compared with. */

import type { GivenParameters } from '../../../workloads/parameters.ts';
import type { MetricName } from './metrics.ts';

/** A figure, or the range in which it was found (several runs, or several ways of counting). */
export type Original = number | readonly [low: number, high: number];

/** The ends of an original's range; a figure is both. */
export function endsOf(original: Original): readonly [low: number, high: number] {
  return typeof original === 'number' ? [original, original] : original;
}

/**
 * Why a port differs. It holds for the value that it was found for only: when the port moves away
 * from `ours` by more than a tenth, the reason no longer counts, so that it cannot hide a new defect.
 */
export interface Reason {
  readonly text: string;
  readonly ours: number;
  /** Where part of the cause is not known: what is to be done next. The figure is then open, not explained. */
  readonly next?: string;
}

/** One figure of an original. */
export interface Reference {
  readonly metric: MetricName;
  readonly original: Original;
  readonly reason?: Reason;
  /** What to know of a figure that is reported and not judged. */
  readonly note?: string;
}

/**
 * Which stores are counted. All of them, as a store log of pmemcheck holds; those that WHISPER's
 * instrumentation sees (single assignments; not memcpy and memset); or of these only the ones in
 * the library, in programs whose own sources are not instrumented.
 */
export type Counted = 'stores' | 'instrumented' | 'library';

/** A run of a port, and what its original has in the same conditions. */
export interface PortRun {
  readonly workload: string;
  /** What differs from the workload's defaults. */
  readonly parameters: GivenParameters;
  readonly threads: number;
  readonly transactions: number;
  /** Transactions before those that are counted. */
  readonly warmupTransactions: number;
  readonly counted: Counted;
  /** Whether the suite-wide figures are over this run. */
  readonly inSuite: boolean;
  /** On what the original's figures were measured. */
  readonly source: string;
  readonly references: readonly Reference[];
}

/** A port, and the example trace of its original. */
export interface Pair {
  readonly workload: string;
  readonly parameters: GivenParameters;
  /** Name of the example. */
  readonly trace: string;
  readonly transactions?: number;
  /** By what is timed: `profile backend`, and `, queue pair shared` where it is. */
  readonly reasons?: Readonly<Record<string, Reason>>;
}

/** What a figure is given as: by itself, or with what there is to say of it. */
type Figure = Original | Omit<Reference, 'metric'>;

/** A run without what is left at its default, its figures by name in the order of their rows. */
type Given = Omit<PortRun, keyof typeof DEFAULTS | 'references'> &
  Partial<PortRun> & { readonly figures?: Readonly<Partial<Record<MetricName, Figure>>> };

const DEFAULTS = {
  parameters: {},
  warmupTransactions: 0,
  counted: 'stores',
  inSuite: false,
} as const;

/** A subject; nothing differs from the defaults, all stores count, unless said otherwise. */
export function subject({ figures = {}, ...given }: Given): PortRun {
  const references = Object.entries(figures).map(([name, figure]): Reference => {
    const reference =
      typeof figure === 'object' && 'original' in figure ? figure : { original: figure };
    return { metric: name as MetricName, ...reference };
  });
  return { ...DEFAULTS, references, ...given };
}

/** Threads and parameters of a run, for readers. */
export function runText({ threads, parameters }: Pick<PortRun, 'threads' | 'parameters'>): string {
  const given = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return [`${threads} thread${threads === 1 ? '' : 's'}`, ...given].join(', ');
}
