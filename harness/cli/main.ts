/** The program that `npm run pmirror` starts. */

import { pmirrorFor } from './command-line.ts';
import { start } from './start.ts';

await start(await pmirrorFor(process.argv.slice(2)));
