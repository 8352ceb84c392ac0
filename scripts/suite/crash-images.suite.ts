import { together } from './together.ts';

await together('harness/crash/{check,images}/**/*.test.ts');
