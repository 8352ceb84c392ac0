/** The program that `npm run pmirror` starts. */

import { PMIRROR } from './command-line.ts';
import { start } from './start.ts';

await start(PMIRROR);
