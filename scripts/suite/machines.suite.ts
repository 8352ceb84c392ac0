import { together } from './together.ts';

await together('harness/studies/machines/**/*.test.ts');
