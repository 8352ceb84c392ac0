import { together } from './together.ts';

await together('rdma/*/**/*.test.ts');
