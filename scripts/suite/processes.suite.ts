import { together } from './together.ts';

await together('harness/cli/{extending,location,main,start-up,slurm/*}.test.ts');
