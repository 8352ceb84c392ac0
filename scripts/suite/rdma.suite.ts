import { together } from './together.ts';

await together('pm/**/*.test.ts', 'rdma/*.test.ts');
