/** How lines leave a core: for its own memory controller, and for the replicas by what the backend does. */

import { ALL_WORDS, LINE_BYTES, lastLineOf, lineOf, RUN_COUNT } from '../pm/line.ts';
import type { Backend } from './backend.ts';
import type { Posts } from './posts.ts';
import { type Core, Part } from './primary/core.ts';
import type { Primary } from './primary/primary.ts';
import type { Timing } from './profiles/timing.ts';

const { STORE_FLUSH } = Part;

interface LeavingLinesOptions {
  readonly timing: Timing;
  readonly backend: Backend;
  readonly primary: Primary;
  readonly posts: Posts;
  /** Of a line, only the words that the core stored to are posted. */
  readonly words: boolean;
}

export class LeavingLines {
  readonly #timing: Timing;
  readonly #backend: Backend;
  readonly #primary: Primary;
  readonly #posts: Posts;
  readonly #words: boolean;

  constructor({ timing, backend, primary, posts, words }: LeavingLinesOptions) {
    this.#timing = timing;
    this.#backend = backend;
    this.#primary = primary;
    this.#posts = posts;
    this.#words = words;
  }

  /** A non-temporal store. False if it is to be tried again, as `writeBack` says. */
  ntStore(core: Core, offset: number, bytes: number): boolean {
    const last = lastLineOf(offset, bytes);
    let line = core.resumeLine >= 0 ? core.resumeLine : lineOf(offset);
    for (; line <= last; line++) {
      const start = line * LINE_BYTES;
      const from = Math.max(offset - start, 0);
      const to = Math.min(offset + bytes - start, LINE_BYTES);
      if (!this.#posts.mayCombine(core, line, from, to)) {
        core.resumeLine = line;
        return false;
      }
      this.#primary.uncache(core, line);
      const leaving = core.combine(line, from, to);
      if (leaving >= 0) this.#sendCombined(core, leaving);
    }
    core.resumeLine = -1;
    core.storesSinceFence++;
    core.spend(STORE_FLUSH, ((bytes + 7) >>> 3) * this.#timing.storeIssuePs);
    return true;
  }

  /** Writes lines back. False if there was no room for one: the core waits, or its clock has moved. */
  writeBack(core: Core, offset: number, bytes: number): boolean {
    const { clwbIssuePs, flushEvicts } = this.#timing;
    const dirty = this.#primary.dirty;
    const stored = core.storedWords;
    const last = lastLineOf(offset, bytes);
    let line = core.resumeLine >= 0 ? core.resumeLine : lineOf(offset);
    for (; line <= last; line++) {
      const isDirty = dirty[line] !== 0;
      const words = this.#leaving(stored, line, isDirty);
      if (words !== 0 && !this.#posts.mayPost(core, words, this.#words ? RUN_COUNT[words] : 1)) {
        core.resumeLine = line;
        return false;
      }
      core.spend(STORE_FLUSH, clwbIssuePs);
      // Another core may have sent the line, with the words of this one in it.
      if (isDirty) this.#primary.writeBack(core, line);
      if (flushEvicts) this.#primary.uncache(core, line);
      if (words === 0) continue;
      if (stored.length > 0) stored[line] = 0;
      this.#backend.onLine(this.#posts, core.index, line, words);
    }
    core.resumeLine = -1;
    return true;
  }

  /** The words of a line that a design is told of when it is written back: none of a clean one. */
  #leaving(stored: Uint8Array, line: number, isDirty: boolean): number {
    if (this.#words) return stored[line];
    if (!isDirty) return 0;
    return stored.length === 0 ? ALL_WORDS : this.#posts.told(line, stored[line]);
  }

  /** A line leaves a write-combining buffer. */
  #sendCombined(core: Core, line: number): void {
    this.#primary.sendCombined(core, line);
    let words = ALL_WORDS;
    if (core.storedWords.length > 0) {
      // With what was in the cache of it.
      words = core.combinedWords | core.storedWords[line];
      core.storedWords[line] = 0;
      if (!this.#words) words = this.#posts.told(line, words);
    }
    this.#posts.pastCaches = true;
    this.#backend.onLine(this.#posts, core.index, line, words);
    this.#posts.pastCaches = false;
  }

  /** Lets all lines of the write-combining buffers leave, as a fence does. False if it is to be tried again. */
  drain(core: Core): boolean {
    while (core.combiningCount > 0) {
      if (!this.#posts.maySendOldest(core)) return false;
      this.#sendCombined(core, core.takeCombining());
    }
    return true;
  }
}
