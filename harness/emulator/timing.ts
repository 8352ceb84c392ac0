/** The process in which one part is timed. */

import { tmpdir } from 'node:os';
import { loadPlugins } from '../bench/index.ts';
import { serveOnce } from '../host/index.ts';
import type { TimingTask } from './measure.ts';
import { type Speed, speedOf } from './speed.ts';
import { workOf } from './steps.ts';

serveOnce<TimingTask, Speed>(({ item: { part, effort, plugins } }) => {
  loadPlugins(plugins);
  return speedOf(workOf(part, tmpdir()), effort);
});
