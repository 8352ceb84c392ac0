import { together } from './together.ts';

await together('harness/{bench,draw,host,report}/**/*.test.ts');
