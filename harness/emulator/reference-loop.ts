/**
 * The fixed loop with which the emulator's speed is compared, so that a figure says the same on a slow
 * machine and on a fast one. It is what one would write by hand for one core that mirrors random lines:
 *
 * - A line is 64 B at a random place of a heap of 64 MiB. It is stored, copied into a message, and copied
 *   from there into the heap of a replica: three copies of 64 B.
 * - Time is a next-free time for each of seven servers: the core, its memory controller, the NIC, the link,
 *   the replica's PCIe, its memory controller, and the answers. Each is `max` and `+` in nanoseconds.
 * - Behind each line is a fence, at which the core waits for its own memory controller. At each fourth it
 *   waits for the replica, too.
 *
 * It has no events, caches, queues that fill, other cores, verbs or counters: whatever the emulator costs
 * more is what those cost. The latencies are of no machine, and its result means nothing but that it ran.
 * A change here changes all figures that were ever compared with it, so it stays as it is.
 */

/** Of each of the two heaps. */
const HEAP_BYTES = 64 * 2 ** 20;

const WORDS_PER_LINE = 8;
/** A power of two. */
const LINES = HEAP_BYTES / 8 / WORDS_PER_LINE;

/** Lines of a call that takes some ten to twenty milliseconds. */
export const REFERENCE_LINES = 1 << 16;

/** Behind so many lines the core waits for the replica. */
const LINES_PER_TRANSACTION = 4;

export class ReferenceLoop {
  readonly #primary = new Float64Array(LINES * WORDS_PER_LINE);
  readonly #replica = new Float64Array(LINES * WORDS_PER_LINE);
  readonly #message = new Float64Array(WORDS_PER_LINE);
  /** Of the generator of places: xorshift of 32 bits (Marsaglia, 2003). */
  #random = 1;

  /** Mirrors {@link REFERENCE_LINES} lines; the virtual time that they take, in ns. */
  run(): number {
    const primary = this.#primary;
    const replica = this.#replica;
    const message = this.#message;
    let random = this.#random;
    let core = 0;
    let controller = 0;
    let nic = 0;
    let link = 0;
    let pcie = 0;
    let memory = 0;
    let answered = 0;
    for (let i = 0; i < REFERENCE_LINES; i++) {
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      const at = (random & (LINES - 1)) * WORDS_PER_LINE;
      for (let word = 0; word < WORDS_PER_LINE; word++) primary[at + word] = i + word;
      core += 110;
      controller = Math.max(controller, core + 60) + 5;
      for (let word = 0; word < WORDS_PER_LINE; word++) message[word] = primary[at + word];
      nic = Math.max(nic, core + 100) + 13;
      link = Math.max(link, nic) + 12;
      pcie = Math.max(pcie, link + 700) + 6;
      memory = Math.max(memory, pcie + 300) + 5;
      for (let word = 0; word < WORDS_PER_LINE; word++) replica[at + word] = message[word];
      core = Math.max(core, controller);
      if (i % LINES_PER_TRANSACTION === LINES_PER_TRANSACTION - 1) {
        answered = Math.max(answered, memory) + 700;
        core = Math.max(core, answered);
      }
    }
    this.#random = random;
    return core;
  }
}
