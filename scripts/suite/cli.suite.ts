import { together } from './together.ts';

await together(
  'harness/cli/{plan/*,answer,command-line,options,output,programs,systems,work}.test.ts',
);
