/** The parts that real runs are made of: see `Registry` in `run.ts`. */

import { createMirror } from '../../rdma/index.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import type { Registry } from './run.ts';
import { storeTrace } from './traced-run.ts';

export const REGISTRY: Registry = Object.freeze({
  createMirror,
  resolveWorkload,
  storeTrace,
});
