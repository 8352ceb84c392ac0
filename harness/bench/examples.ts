/** Executions of the traces of real programs that come with the project. */

import type { ComputeModel } from '../../workloads/compute-model.ts';
import { EXAMPLES, exampleInstructions } from '../../workloads/traces/examples.ts';
import type { TraceExecution } from './cells.ts';

/** Every example trace, with volatile work charged as for the workload of the same program. */
export function exampleExecutions(computeModel: ComputeModel, seed: number): TraceExecution[] {
  return EXAMPLES.map((example) => ({
    kind: 'trace',
    name: example.name,
    file: example.file,
    txMarkers: example.txMarkers,
    instructionsPerTx: exampleInstructions(example, computeModel),
    computeModel,
    orderNeeded: example.orderNeeded,
    seed,
  }));
}
