/**
 * Latency of transactions: percentiles from an HDR histogram (Gil Tene), mean and maximum exact.
 */

import { createRequire } from 'node:module';
import type { Histogram } from 'hdr-histogram-js';
import type { MirrorObserver } from '../../rdma/mirror.ts';

/** Latencies in picoseconds. Percentiles are at most 0.1 % above the true value. */
export interface LatencySummary {
  readonly count: number;
  readonly meanPs: number;
  /** By per cent: {@link USUAL_PERCENTILES}, and what else was asked for. */
  readonly percentilesPs: Readonly<Record<number, number>>;
  readonly maxPs: number;
}

/** Percentiles that every result file has, in per cent. */
export const USUAL_PERCENTILES: readonly number[] = [50, 90, 99, 99.9];

/** Latency of the transactions of one type, by its index. */
export interface TypeLatency extends LatencySummary {
  readonly type: number;
}

const require = createRequire(import.meta.url);

function newHistogram(): Histogram {
  // Only what is timed needs it, so that a command which times nothing does not wait until it is loaded.
  const { build } = require('hdr-histogram-js') as typeof import('hdr-histogram-js');
  return build({
    bitBucketSize: 64,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 1e9,
    numberOfSignificantValueDigits: 3,
  });
}

/** A histogram with exact mean and maximum beside it. */
class Latencies {
  readonly histogram = newHistogram();
  count = 0;
  sumPs = 0;
  maxPs = 0;

  record(latencyPs: number): void {
    this.histogram.recordValue(latencyPs);
    this.count++;
    this.sumPs += latencyPs;
    if (latencyPs > this.maxPs) this.maxPs = latencyPs;
  }

  add(other: Latencies): void {
    this.histogram.add(other.histogram);
    this.count += other.count;
    this.sumPs += other.sumPs;
    this.maxPs = Math.max(this.maxPs, other.maxPs);
  }

  /** With the usual percentiles and `further` ones. All zero when there was no transaction. */
  summary(further: readonly number[]): LatencySummary {
    const percentile = (p: number): number =>
      this.count === 0 ? 0 : Math.min(this.histogram.getValueAtPercentile(p), this.maxPs);
    const percents = [...new Set([...USUAL_PERCENTILES, ...further])];
    return {
      count: this.count,
      meanPs: this.count === 0 ? 0 : this.sumPs / this.count,
      percentilesPs: Object.fromEntries(percents.map((p) => [p, percentile(p)])),
      maxPs: this.maxPs,
    };
  }
}

/** An observer that collects the latency of every measured transaction, by its type. */
export class LatencyObserver implements MirrorObserver {
  readonly #byType: (Latencies | undefined)[] = [];
  readonly #percentiles: readonly number[];

  /** `percentiles`: in per cent, beside the usual. */
  constructor(percentiles: readonly number[] = []) {
    this.#percentiles = percentiles;
  }

  /** Forgets the warm-up. */
  onMeasure(): void {
    this.#byType.length = 0;
  }

  onTransaction(_core: number, type: number, beginPs: number, endPs: number): void {
    let latencies = this.#byType[type];
    if (latencies === undefined) {
      latencies = new Latencies();
      this.#byType[type] = latencies;
    }
    latencies.record(endPs - beginPs);
  }

  /** Of the transactions of all types together. */
  summary(): LatencySummary {
    const all = new Latencies();
    for (const latencies of this.#byType) if (latencies !== undefined) all.add(latencies);
    return all.summary(this.#percentiles);
  }

  /** Per type that occurred, in their order. */
  byType(): TypeLatency[] {
    const found: TypeLatency[] = [];
    for (const [type, latencies] of this.#byType.entries()) {
      if (latencies !== undefined) found.push({ type, ...latencies.summary(this.#percentiles) });
    }
    return found;
  }
}
