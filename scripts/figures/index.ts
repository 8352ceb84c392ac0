/** The table of figures: a new one is a file and a line here. */

import { ablation } from './ablation.ts';
import { calibration } from './calibration.ts';
import { crashCoverage } from './crash-coverage.ts';
import { ddio } from './ddio.ts';
import { designs } from './designs.ts';
import type { Figure } from './draw/figure.ts';
import { emulator } from './emulator.ts';
import { emulatorGrowth } from './emulator-growth.ts';
import { hardware } from './hardware.ts';
import { headline } from './headline.ts';
import { inflight } from './inflight.ts';
import { joint } from './joint.ts';
import { latency } from './latency.ts';
import { paperRegion } from './paper-region.ts';
import { portsOriginals } from './ports-originals.ts';
import { portsTraces } from './ports-traces.ts';
import { replicas } from './replicas.ts';
import { threads } from './threads.ts';
import { timeParts } from './time-parts.ts';
import { tornado } from './tornado.ts';
import { transact } from './transact.ts';
import { whisperTime } from './whisper-time.ts';

/** All figures: the paper's first, then what is behind them, then what they are held against. */
export const FIGURES: readonly Figure[] = [
  headline,
  whisperTime,
  designs,
  ablation,
  transact,
  timeParts,
  threads,
  inflight,
  latency,
  hardware,
  replicas,
  tornado,
  joint,
  paperRegion,
  ddio,
  portsTraces,
  portsOriginals,
  calibration,
  crashCoverage,
  emulator,
  emulatorGrowth,
];
