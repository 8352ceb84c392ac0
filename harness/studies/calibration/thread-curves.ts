/**
 * Write bandwidth against the number of threads, 1 to 24, as OptaneStudy measured it (data of Yang et
 * al., FAST 2020). Each thread writes to 2 GiB of its own, 256 B at a place, without a fence, so no line
 * is in its cache. The places are at random here; the files do not say, and DIMMs care for blocks.
 *
 * The figures are in GiB/s, whatever the paper calls them: the program counts in MB of 2^20 B, and the
 * figures of one second are multiples of 32 of these over 1024.
 */

export interface ThreadCurve {
  readonly dimms: 1 | 6;
  readonly by: 'clwb' | 'ntstore';
  readonly file: string;
  /** At 1, 2, ... threads. */
  readonly gibps: readonly number[];
  /** Values of the measured profile that were derived from the figure at one thread. */
  readonly fits: readonly string[];
  /** From so many threads on the model is known to be beyond its tolerance. */
  readonly openFrom: number;
}

/** The file of one DIMM names its columns rightly, that of six has the two of writes exchanged. */
const ONE_DIMM = '04-bandwidth_thcount_optane_ni.csv';
const SIX_DIMMS = '04-bandwidth_thcount_optane.csv (its two columns of writes exchanged)';

export const THREAD_CURVES: readonly ThreadCurve[] = [
  {
    dimms: 6,
    by: 'ntstore',
    file: SIX_DIMMS,
    gibps: [
      4.13, 8.19, 11.81, 12.5, 12.5, 12.31, 12.25, 12.0, 11.81, 11.63, 11.38, 10.69, 10.56, 10.0,
      9.38, 10.0, 9.56, 9.0, 9.13, 8.75, 7.88, 8.25, 8.19, 7.5,
    ],
    fits: ['path.ntStoreLineNs'],
    openFrom: 11,
  },
  {
    dimms: 6,
    by: 'clwb',
    file: SIX_DIMMS,
    gibps: [
      1.42, 2.85, 4.33, 5.75, 7.23, 8.5, 9.63, 9.98, 9.9, 9.75, 9.63, 9.5, 9.21, 8.85, 8.75, 8.67,
      8.25, 8.25, 8.31, 7.92, 7.88, 7.79, 7.67, 7.5,
    ],
    fits: ['path.clwbMissLineNs'],
    openFrom: 17,
  },
  {
    dimms: 1,
    by: 'ntstore',
    file: ONE_DIMM,
    gibps: [
      2.22, 2.21, 2.21, 2.2, 2.12, 1.96, 1.73, 1.53, 1.37, 1.25, 1.16, 1.12, 1.02, 0.98, 0.94, 0.94,
      0.93, 0.84, 0.89, 0.86, 0.84, 0.78, 0.81, 0.8,
    ],
    fits: [],
    openFrom: 7,
  },
  {
    dimms: 1,
    by: 'clwb',
    file: ONE_DIMM,
    gibps: [
      1.44, 1.79, 1.79, 1.71, 1.64, 1.55, 1.48, 1.4, 1.3, 1.21, 1.12, 1.08, 1.06, 0.98, 0.96, 0.88,
      0.9, 0.84, 0.89, 0.85, 0.82, 0.84, 0.81, 0.82,
    ],
    fits: [],
    openFrom: 8,
  },
];
