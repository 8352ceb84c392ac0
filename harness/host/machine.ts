/** The machine that runs us, in words: processor, cores, memory, system, Node. */

import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';

export function machineText(): string {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return (
    `${cpu?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${gigabytes} GiB, ` +
    `${platform()} ${release()}, Node ${process.version}`
  );
}
