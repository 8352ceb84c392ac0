import { together } from './together.ts';

await together('harness/emulator/**/*.test.ts');
