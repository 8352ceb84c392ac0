import { together } from './together.ts';

await together('harness/cli/{ending,lost-reader,memory-bound,temporary-directory}.test.ts');
