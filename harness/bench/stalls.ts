/**
 * Replicas that stop for a while (`--stall-replica`). The time is counted from the start of the measured
 * part, the same moment for every design. A window that no run meets would be shown as if it cost nothing.
 */

import type { MirrorReport } from '../../rdma/mirror.ts';
import { UsageError } from '../host/index.ts';
import { type Cell, executionLabel } from './cells.ts';
import { LatencyObserver } from './latency.ts';
import { conditionsKey, faultWords } from './systems.ts';

/** What a run is watched for. */
export class RunObserver extends LatencyObserver {
  /** Replicas that kept a message waiting while they were stalled. */
  readonly stalled = new Set<number>();

  onStalled(replica: number): void {
    this.stalled.add(replica);
  }
}

/** What a cell gave, as far as it is needed here. */
interface Stalled extends Cell {
  readonly report: MirrorReport;
  /** Replicas that kept a message waiting while they were stalled. */
  readonly stalledReplicas: readonly number[];
}

/** Throws UsageError if no design among those of the same conditions meets a stall of its replicas. */
export function refuseMissedStalls(results: readonly Stalled[]): void {
  const asked = results.filter(({ system }) => !system.reference);
  for (const cells of Map.groupBy(asked, ({ system }) => conditionsKey(system)).values()) {
    const [{ system, execution }] = cells;
    for (const fault of system.faults) {
      const [, window] = faultWords([fault]).find(([kind]) => kind === 'stall') ?? [];
      const met = cells.some(({ stalledReplicas }) => stalledReplicas.includes(fault.replica));
      if (window === undefined || met) continue;
      const longest = Math.max(...cells.map(({ report }) => report.elapsedPs)) / 1000;
      throw new UsageError(
        `--stall-replica ${window}: no run of ${executionLabel(execution)} on ${system.profile.name} sends ` +
          `replica ${fault.replica} anything in that time; it counts from the start of the measured ` +
          `part, and the longest of them is ${Math.round(longest)} ns`,
      );
    }
  }
}
