import { together } from './together.ts';

await together(
  'harness/studies/{calibration,characterise,compare,explain,fit,measured,solve,sweep,timeline,validation}/**/*.test.ts',
);
