import { together } from './together.ts';

await together('harness/cli/{commands,results}/*.test.ts');
