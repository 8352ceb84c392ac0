import { together } from './together.ts';

await together('harness/cli/{answer,command-line,options,output,programs,systems}.test.ts');
