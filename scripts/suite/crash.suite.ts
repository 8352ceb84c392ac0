import { together } from './together.ts';

await together('harness/crash/{*,{bugs,history,sites,traces}/**/*}.test.ts');
