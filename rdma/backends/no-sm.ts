/** No mirroring: the program alone, durable on its own machine. The baseline of every slowdown. */

import type { Backend } from '../backend.ts';

export const noSm = Object.freeze<Backend>({
  name: 'no-sm',
  aliases: ['none'],
  summary: 'no mirroring: local persistence only',
  role: 'unmirrored',
  ddio: 'none',
  durability: null,
  onLine() {},
  onOrderingPoint() {},
  onDurabilityPoint() {},
});
