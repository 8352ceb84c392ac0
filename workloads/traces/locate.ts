/**
 * Finds stores and fences of a trace again in its file: what was found in the imported operations is
 * then shown as the user's file has it, with the program's own addresses. Reads the file once more,
 * so that a trace need not keep a position for each of its operations.
 */

import { isFence, isStore } from '../../pm/op.ts';
import type { TracePosition } from './formats/error.ts';
import { PositionWatch } from './formats/position-watch.ts';
import { importTrace, type TraceReading, type TraceScan } from './import.ts';

/** A store or a fence, by how many of its kind the thread performs before it. */
export interface WantedOperation {
  readonly thread: number;
  readonly kind: 'store' | 'fence';
  readonly before: number;
}

/** Where it is. */
export interface LocatedOperation {
  readonly position: TracePosition;
  /** Of a store: bytes, and the address as in the file; a fence has 0 and an empty text. */
  readonly bytes: number;
  readonly address: string;
}

/**
 * Where `wanted` are in `file`, in the same order; undefined for one that the trace does not have.
 * `scan` is that of the file, read as `reading` says. Throws as `importTrace`.
 */
export async function locateOperations(
  file: string,
  wanted: readonly WantedOperation[],
  scan: TraceScan,
  reading: TraceReading = {},
): Promise<(LocatedOperation | undefined)[]> {
  const places = new Map(wanted.map((one, i) => [keyOf(one.thread, one.kind, one.before), i]));
  const found: { at: number; number: number; byteOffset: number; offset: number; bytes: number }[] =
    [];
  const watch = new PositionWatch();
  const summary = await importTrace(file, {
    ...reading,
    // Nothing is held back or added, so that every operation comes with its own record.
    classifyFences: false,
    flushes: 'traced',
    scan,
    watch,
    sinkOf(thread) {
      let stores = 0;
      let fences = 0;
      return {
        op(op, a, b) {
          if (!isStore(op) && !isFence(op)) return;
          const key = isStore(op)
            ? keyOf(thread, 'store', stores++)
            : keyOf(thread, 'fence', fences++);
          const at = places.get(key);
          if (at === undefined) return;
          const { number, byteOffset } = watch;
          found.push({ at, number, byteOffset, offset: a, bytes: b });
        },
      };
    },
  });
  const unit = summary.format === 'pmemcheck' ? 'token' : 'line';
  const located = new Map(
    found.map(({ at, number, byteOffset, offset, bytes }): [number, LocatedOperation] => [
      at,
      {
        position: { unit, number, byteOffset },
        bytes,
        address: bytes === 0 ? '' : summary.addressOf(offset),
      },
    ]),
  );
  return wanted.map((one) => {
    const at = places.get(keyOf(one.thread, one.kind, one.before));
    return at === undefined ? undefined : located.get(at);
  });
}

function keyOf(thread: number, kind: WantedOperation['kind'], before: number): string {
  return `${kind} ${thread} ${before}`;
}
