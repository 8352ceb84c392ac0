import { together } from './together.ts';

await together('harness/cli/{extending,location,main}.test.ts');
