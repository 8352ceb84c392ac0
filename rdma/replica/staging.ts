/**
 * The persistent staging buffer of a replica's NIC, and the way from it to memory. A line is durable as soon as
 * it is there, in order, and drains to the memory controller later, past the caches. When the buffer is full the
 * next line waits for the first to have drained. An entry is free when the NIC knows, by a PCIe read, that memory
 * has accepted its line. After a power failure what is staged is written to memory before anything is read; a
 * machine that takes over reads what is staged, too.
 *
 * Without a buffer (`nic.stagingLines=0`) lines go to memory one by one in order, each is durable when it is
 * accepted, and that is asked for by a PCIe read, as under sm-dd.
 *
 * Not modelled: a line that is written again before it has drained, which could leave once; what emptying the
 * buffer takes after a failure.
 */

import { WORD_COUNT } from '../../pm/line.ts';
import type { Memory } from '../memory.ts';
import type { Timing } from '../profiles/timing.ts';

export class Staging {
  /** Of the line that was taken last: when it is safe and readable, and when its acknowledgement leaves the NIC. */
  durablePs = 0;
  acknowledgedPs = 0;
  readonly #timing: Timing;
  readonly #memory: Memory;
  readonly #isPersistent: boolean;
  /** When each entry of the buffer is free again, as a ring. */
  readonly #entryFree: Float64Array;
  #nextEntry = 0;
  #bufferFree = 0;
  #pcieFree = 0;
  readonly #hostTaken: Float64Array;
  #hostNext = 0;
  #lastAccepted = 0;
  #lastStaged = 0;

  constructor(timing: Timing, memory: Memory, isPersistent: boolean) {
    this.#timing = timing;
    this.#memory = memory;
    this.#isPersistent = isPersistent;
    this.#entryFree = new Float64Array(timing.stagingLines);
    this.#hostTaken = new Float64Array(timing.hostBufferLines);
  }

  /** `words` of a line, all before which have been taken, at `at`. */
  take(line: number, words: number, at: number): void {
    const { pcieWordsPs, postedPs, readHalfPs } = this.#timing;
    const entries = this.#entryFree;
    if (entries.length === 0) {
      this.acknowledgedPs = this.#drain(line, words, at, this.#lastAccepted);
      this.durablePs = this.#lastAccepted;
      return;
    }
    const entry = this.#nextEntry;
    this.#nextEntry = entry + 1 === entries.length ? 0 : entry + 1;
    // It is as far away as the host, and as wide.
    this.#bufferFree =
      Math.max(at, this.#bufferFree, entries[entry]) + pcieWordsPs[WORD_COUNT[words]];
    const stagedPs = this.#bufferFree + postedPs;
    this.#lastStaged = stagedPs;
    this.#drain(line, words, stagedPs, 0);
    entries[entry] = this.#lastAccepted + readHalfPs;
    this.durablePs = this.#isPersistent ? stagedPs : this.#lastAccepted;
    this.acknowledgedPs = stagedPs;
  }

  /** When the NIC can say, if asked at `at`, that all it has taken is durable. */
  saidPs(at: number): number {
    const { postedPs, readHalfPs } = this.#timing;
    if (this.#entryFree.length > 0) return Math.max(at, this.#lastStaged);
    const arrival = Math.max(at + readHalfPs, this.#pcieFree + postedPs);
    return Math.max(arrival, this.#lastAccepted) + readHalfPs;
  }

  /** A line leaves for memory, at the returned time, and is not offered to its DIMM before `leastPs`. */
  #drain(line: number, words: number, at: number, leastPs: number): number {
    const { pcieWordsPs, postedPs, memoryPathPs } = this.#timing;
    const slot = this.#hostNext;
    this.#hostNext = slot + 1 === this.#hostTaken.length ? 0 : slot + 1;
    const startPs = Math.max(at, this.#pcieFree, this.#hostTaken[slot]);
    this.#pcieFree = startPs + pcieWordsPs[WORD_COUNT[words]];
    const offered = Math.max(this.#pcieFree + postedPs + memoryPathPs, leastPs);
    const acceptedPs = this.#memory.accept(line, offered);
    this.#hostTaken[slot] = acceptedPs;
    this.#lastAccepted = acceptedPs;
    return startPs;
  }
}
