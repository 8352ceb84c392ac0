/** A progress bar on stderr, where stderr is a terminal; nothing elsewhere. */

import { Presets, SingleBar } from 'cli-progress';

/** Shows `done` of `total` with a word on what is being done. */
export interface Progress {
  update(done: number, label: string): void;
  stop(): void;
}

/** A bar for `total` groups. */
export function startProgress(total: number): Progress {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      stream: process.stderr,
      format: '{bar} {percentage} %  {label}',
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(total * 100, 0, { label: 'starting' });
  return {
    update: (done, label) => bar.update(Math.floor(done * 100), { label }),
    stop: () => bar.stop(),
  };
}
