import { together } from './together.ts';

await together('scripts/report/**/*.test.ts');
