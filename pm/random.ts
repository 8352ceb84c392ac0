/**
 * Seeded randomness: the only source of chance below `harness/`. Same seed, same numbers, on every
 * machine: the generator is integer arithmetic, and where a distribution needs a power, the result
 * is rounded far above the last bits in which math libraries differ.
 */

/**
 * sfc32, Chris Doty-Humphrey's "small fast counting" generator (PractRand), 32 bits a draw.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `stream` separates generators of the same seed (one a client, say). Both are 32-bit integers. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** A uniform integer from 0 to 2^32 - 1. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** A uniform integer from 0 to n - 1; 1 <= n <= 2^32. Unbiased (Lemire's method by rejection). */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw new RangeError(`below(${n})`);
    const limit = 2 ** 32 - (2 ** 32 % n);
    let draw = this.next();
    while (draw >= limit) draw = this.next();
    return draw % n;
  }

  /** A uniform integer from low to high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** A uniform fraction in [0, 1), a multiple of 2^-32. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** True with probability p (to 2^-32). */
  chance(p: number): boolean {
    return this.fraction() < p;
  }

  /** Fills `target` with random bytes. */
  fill(target: Uint8Array): void {
    for (let i = 0; i < target.length; i++) target[i] = this.next() & 0xff;
  }

  /** Shuffles in place (Fisher-Yates). */
  shuffle(items: Uint32Array | number[]): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
  }
}

/** Draws item numbers from 0 to count - 1. */
export interface KeyGenerator {
  next(random: Random): number;
}

/** Zipfian draws from a set of items that may grow. */
export interface ZipfianKeys {
  /** One of the items 0 to count - 1; `count` is a whole number of at least 1. */
  next(random: Random, count: number): number;
}

/**
 * Zipfian: item i (from 0) has weight 1 / (i + 1)^theta. Sampled by binary search in the cumulative
 * weights, which are multiples of 2^-40. theta >= 0; YCSB uses 0.99.
 */
export function zipfianKeys(theta = 0.99): ZipfianKeys {
  const cumulative: number[] = [];
  let total = 0;
  return {
    next(random, count) {
      if (!Number.isInteger(count) || count < 1)
        throw new RangeError(`zipfian over ${count} items`);
      while (cumulative.length < count) {
        total += Math.round((cumulative.length + 1) ** -theta * 2 ** 40) / 2 ** 40;
        cumulative.push(total);
      }
      const draw = random.fraction() * cumulative[count - 1];
      let low = 0;
      let high = count - 1;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (cumulative[middle] > draw) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
}

/**
 * Power law as redis-cli's lru-test draws its keys: density rising as x^alpha over [0, count), the
 * result counted from the top, so that small numbers are the popular ones. redis-cli uses 6.2.
 */
export function powerLawKeys(count: number, alpha = 6.2): KeyGenerator {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`power law over ${count} items`);
  const exponent = 1 / (alpha + 1);
  return {
    next(random) {
      const x = random.fraction() ** exponent * count;
      const down = Math.floor(Math.round(x * 2 ** 20) / 2 ** 20);
      return count - 1 - Math.min(down, count - 1);
    },
  };
}
