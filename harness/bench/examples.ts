/** Executions of the traces of real programs that come with the project. */

import { EXAMPLES } from '../../workloads/traces/examples.ts';
import type { ComputeModel } from '../../workloads/workload.ts';
import type { TraceExecution } from './cells.ts';

/** Every example trace, with volatile work charged as for the workload of the same program. */
export function exampleExecutions(computeModel: ComputeModel, seed: number): TraceExecution[] {
  return EXAMPLES.map((example) => ({
    kind: 'trace',
    name: example.name,
    file: example.file,
    txMarkers: example.txMarkers,
    instructionsPerTx: example.instructionsPerTx[computeModel],
    computeModel,
    orderNeeded: example.orderNeeded,
    seed,
  }));
}
