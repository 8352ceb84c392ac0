/**
 * DDIO on against off, on the same axes: durable lines a second, evictions and what the media write,
 * against the number of lines written between two durability points, for several limits of DDIO's
 * ways. While they fit, DDIO holds the lines until they are asked for, in order; beyond, it evicts in
 * no particular order, and a medium that writes 256 B at a time writes up to four times the bytes.
 *
 * No public measurement of this series is known to us; single points of it are in `measurements.ts`
 * (random lines that bypass the cache, the amplification of random writes, a stream that is
 * evicted).
 */

import { LINE_BYTES } from '../../../pm/line.ts';
import {
  type HardwareProfile,
  type RemoteRewriteResult,
  remoteRewrite,
} from '../../../rdma/index.ts';

/** One point of the series. */
export interface DdioPoint extends RemoteRewriteResult {
  readonly profile: string;
  readonly ddio: number | 'off';
  readonly lines: number;
}

const WAYS = [1, 2, 4, 8];
/** From a few hundred KiB, which fit anywhere, to 32 MiB, more than the whole cache. */
const LINES = [12, 13, 14, 15, 16, 17, 18, 19].map((bits) => 2 ** bits);

/** All points of `profile`, for the ways that its cache has; `onProgress` is told which share is done. */
export function ddioSeries(
  profile: HardwareProfile,
  onProgress: (share: number) => void = () => {},
): DdioPoint[] {
  const ways = WAYS.filter((count) => count <= profile.replicaLlc.llcWays.value);
  const settings = (['off', ...ways] as const).flatMap((ddio) =>
    LINES.map((lines) => ({ ddio, lines })),
  );
  return settings.map((setting, i) => {
    onProgress(i / settings.length);
    return { profile: profile.name, ...setting, ...remoteRewrite(profile, setting) };
  });
}

/** Bytes made durable a second. */
export function gigabytesPerS({ durableMps }: DdioPoint): number {
  return (durableMps * LINE_BYTES) / 1000;
}
