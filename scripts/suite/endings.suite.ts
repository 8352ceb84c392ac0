import { together } from './together.ts';

await together('harness/cli/{ending,lost-reader,memory-bound,resume,temporary-directory}.test.ts');
