/**
 * The PM of one machine: DIMMs behind memory controllers, one write-pending queue (WPQ) a DIMM.
 *
 * A line is accepted when the WPQ of its DIMM has room; with an ADR persistence domain it is durable
 * then. The WPQ drains in order into the DIMM's write-combining buffer of media blocks (256 B on
 * Optane). A block of which every line has arrived is queued for the media; when the buffer is full,
 * the least recently written incomplete block makes room, at the price of a whole block write. So
 * sequential lines stream at the media's bandwidth and scattered ones get a quarter of it (Yang et
 * al., FAST 2020; Wang et al., MICRO 2020). The media of a DIMM writes one block at a time.
 *
 * A line that is read goes before the blocks that wait to be written, which it holds up, and waits for
 * earlier reads only.
 *
 * Not modelled: wear levelling, the on-DIMM address translation, and reads of data that is still on its
 * way to the media. Nor that the media are read by the block, so that a single line of one takes as long
 * as all, unless the block is written next, for which it must be read anyway.
 */

import type { MemoryTiming } from './profiles/timing.ts';

/** Ways of the write-combining buffer's sets: close to full associativity, cheap to search. */
const BUFFER_WAYS = 8;

/** By how many bits a shift divides by `divisor`; -1 if no shift does. */
function shiftOf(divisor: number): number {
  const shift = Math.log2(divisor);
  return Number.isInteger(shift) ? shift : -1;
}

/** Told of a line that reaches a memory controller, and when it is in its write-pending queue. */
type Queued = (line: number, reachedPs: number, acceptedPs: number, leftPs: number) => void;

export class Memory {
  readonly #dimms: Dimm[];
  readonly #interleaveLines: number;
  readonly #interleaveShift: number;

  constructor(timing: MemoryTiming, queued?: Queued) {
    this.#dimms = Array.from({ length: timing.dimmCount }, () => new Dimm(timing, queued));
    this.#interleaveLines = timing.interleaveLines;
    this.#interleaveShift = shiftOf(timing.interleaveLines);
  }

  /**
   * A write of `line` reaches the memory controller at `at`; returns when the WPQ accepts it.
   * Calls must come in order of `at` for exactness; small inversions only reorder the queue.
   */
  accept(line: number, at: number): number {
    return this.#dimmOf(line).accept(line, at);
  }

  /** `line` is to be read at `at`; returns when its DIMM begins to: then if no other read is ahead. */
  read(line: number, at: number): number {
    return this.#dimmOf(line).read(at);
  }

  #dimmOf(line: number): Dimm {
    const dimms = this.#dimms;
    if (dimms.length === 1) return dimms[0];
    const shift = this.#interleaveShift;
    const place = shift >= 0 ? line >>> shift : (line / this.#interleaveLines) | 0;
    return dimms[place % dimms.length];
  }

  /** Blocks that the media wrote so far, over all DIMMs. */
  get mediaBlocks(): number {
    let blocks = 0;
    for (const dimm of this.#dimms) blocks += dimm.mediaBlocks;
    return blocks;
  }
}

class Dimm {
  readonly #timing: MemoryTiming;
  /** When the last `wpqLines` lines left the WPQ, as a ring. */
  readonly #left: Float64Array;
  #next = 0;
  #lastLeft = 0;
  #readFree = 0;
  #mediaFree = 0;
  readonly #buffer: BlockBuffer;
  readonly #wholeBlock: number;
  readonly #blockShift: number;
  mediaBlocks = 0;
  readonly #queued: Queued | undefined;

  constructor(timing: MemoryTiming, queued: Queued | undefined) {
    this.#timing = timing;
    this.#queued = queued;
    this.#left = new Float64Array(timing.wpqLines);
    this.#buffer = new BlockBuffer(timing.bufferBlocks);
    this.#wholeBlock = 2 ** timing.blockLines - 1;
    this.#blockShift = shiftOf(timing.blockLines);
  }

  accept(line: number, at: number): number {
    const slot = this.#next;
    const lefts = this.#left;
    this.#next = slot + 1 === lefts.length ? 0 : slot + 1;
    const accepted = Math.max(at, lefts[slot]);
    const ready = Math.max(accepted, this.#lastLeft) + this.#timing.wpqDrainPs;
    const left = this.#writeBuffer(line, ready);
    lefts[slot] = left;
    this.#lastLeft = left;
    this.#queued?.(line, at, accepted, left);
    return accepted;
  }

  read(at: number): number {
    const { lineReadPs } = this.#timing;
    const start = Math.max(at, this.#readFree);
    this.#readFree = start + lineReadPs;
    this.#mediaFree = Math.max(this.#mediaFree, start) + lineReadPs;
    return start;
  }

  /** Moves a line into the write-combining buffer; returns when there was room for it. */
  #writeBuffer(line: number, at: number): number {
    const { blockLines, mediaBlockWritePs, bufferBlocks } = this.#timing;
    if (blockLines === 1) return this.#queueBlock(at, bufferBlocks);
    const shift = this.#blockShift;
    const block = shift >= 0 ? line >>> shift : (line / blockLines) | 0;
    const buffer = this.#buffer;
    const lines = buffer.add(block, 1 << (line - block * blockLines));
    let time = at;
    if (buffer.displaced) time = this.#queueBlock(time, bufferBlocks - buffer.size + 1);
    else if (buffer.added) {
      time = this.#waitForBacklog(time, (bufferBlocks - buffer.size + 1) * mediaBlockWritePs);
    }
    if (lines === this.#wholeBlock) {
      buffer.removeNewest(block);
      this.#queueBlock(time, Number.POSITIVE_INFINITY);
    }
    return time;
  }

  /** Queues a block for the media, once no more than `room` - 1 blocks wait; returns that time. */
  #queueBlock(at: number, room: number): number {
    const { mediaBlockWritePs } = this.#timing;
    const time = this.#waitForBacklog(at, Math.max(0, room - 1) * mediaBlockWritePs);
    this.#mediaFree = Math.max(this.#mediaFree, time) + mediaBlockWritePs;
    this.mediaBlocks++;
    return time;
  }

  #waitForBacklog(at: number, backlogPs: number): number {
    return Math.max(at, this.#mediaFree - backlogPs);
  }
}

/**
 * The incomplete blocks in a DIMM's write-combining buffer and which of their lines are there:
 * small sets of blocks in order of use.
 */
class BlockBuffer {
  readonly #sets: number;
  /** sets - 1 where sets is a power of two, for which it replaces a division; else -1. */
  readonly #setMask: number;
  readonly #ways: number;
  /** block + 1 per entry, 0 where empty; most recently used first within a set. */
  readonly #blocks: Int32Array;
  readonly #lines: Uint16Array;
  /** Blocks held. */
  size = 0;
  /** Whether the last `add` brought a new block in, and whether that pushed another out. */
  added = false;
  displaced = false;

  constructor(blocks: number) {
    this.#ways = Math.min(BUFFER_WAYS, blocks);
    this.#sets = Math.max(1, Math.floor(blocks / this.#ways));
    this.#setMask = (this.#sets & (this.#sets - 1)) === 0 ? this.#sets - 1 : -1;
    this.#blocks = new Int32Array(this.#sets * this.#ways);
    this.#lines = new Uint16Array(this.#sets * this.#ways);
  }

  /** Adds lines of `block`; returns all of its lines that are there. */
  add(block: number, lineBits: number): number {
    const base = this.#base(block);
    const key = (block + 1) | 0;
    if (this.#blocks[base] !== key) return this.#addOlder(base, key, lineBits);
    this.added = false;
    this.displaced = false;
    this.#lines[base] |= lineBits;
    return this.#lines[base];
  }

  #addOlder(base: number, key: number, lineBits: number): number {
    const blocks = this.#blocks;
    const lines = this.#lines;
    const last = base + this.#ways - 1;
    let i = base;
    while (i < last && blocks[i] !== key && blocks[i] !== 0) i++;
    this.added = blocks[i] !== key;
    this.displaced = this.added && blocks[i] !== 0;
    if (this.added && !this.displaced) this.size++;
    const all = this.added ? lineBits : lines[i] | lineBits;
    for (; i > base; i--) {
      blocks[i] = blocks[i - 1];
      lines[i] = lines[i - 1];
    }
    blocks[base] = key;
    lines[base] = all;
    return all;
  }

  /** Takes out the block that was added to last. */
  removeNewest(block: number): void {
    const blocks = this.#blocks;
    const lines = this.#lines;
    const base = this.#base(block);
    const last = base + this.#ways - 1;
    let i = base;
    for (; i < last && blocks[i + 1] !== 0; i++) {
      blocks[i] = blocks[i + 1];
      lines[i] = lines[i + 1];
    }
    blocks[i] = 0;
    this.size--;
  }

  #base(block: number): number {
    const mask = this.#setMask;
    return (mask >= 0 ? block & mask : block % this.#sets) * this.#ways;
  }
}
