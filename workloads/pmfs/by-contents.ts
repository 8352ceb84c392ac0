/**
 * What is made of files, remembered by their contents. Crash images differ in few lines, which are seldom
 * lines of a file: nothing is gained by having SQLite look at the same bytes a thousand times.
 */

import { createHash } from 'node:crypto';

export class ByContents<T> {
  readonly #known = new Map<string, T>();
  readonly #most: number;

  /** Remembers the `most` that were made last. */
  constructor(most: number) {
    this.#most = most;
  }

  /** What `make`, a function of `options` and the bytes of `files` alone, gives. What it throws is not kept. */
  of(options: string, files: readonly Uint8Array[], make: () => T): T {
    const hash = createHash('sha256').update(options);
    for (const file of files) hash.update(` ${file.length} `).update(file);
    const key = hash.digest('base64');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (this.#known.size === this.#most) {
      const [oldest] = this.#known.keys();
      this.#known.delete(oldest);
    }
    this.#known.set(key, made);
    return made;
  }
}
