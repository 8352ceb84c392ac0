import { together } from './together.ts';

await together('scripts/{*,{figures,plot,suite}/**/*}.test.ts');
