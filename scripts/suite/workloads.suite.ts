import { together } from './together.ts';

await together('workloads/{*,{micro,pmfs,testing,traces}/**/*}.test.ts');
