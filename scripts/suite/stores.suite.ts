import { together } from './together.ts';

await together('workloads/{echo,lmdb,memcached,nstore,nvml,vacation}/**/*.test.ts');
