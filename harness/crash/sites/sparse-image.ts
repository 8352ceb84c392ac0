/**
 * Memory images of which most is zero, kept without that: a survey keeps dozens of them, each as large as
 * the memory of its program.
 */

const PAGE_BYTES = 4096;
const ZEROES = Buffer.alloc(PAGE_BYTES);

/** A function that gives `bytes` as they are now. What it gives is shared: do not change it. */
export function keepSparsely(bytes: Uint8Array): () => Uint8Array {
  const pages: { readonly at: number; readonly page: Uint8Array }[] = [];
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
    const page = bytes.subarray(at, at + PAGE_BYTES);
    if (ZEROES.compare(page, 0, page.length, 0, page.length) === 0) continue;
    pages.push({ at, page: page.slice() });
  }
  const { length } = bytes;
  const restored = (): Uint8Array => {
    if (last.of !== restored) {
      const whole = new Uint8Array(length);
      for (const { at, page } of pages) whole.set(page, at);
      last = { of: restored, whole };
    }
    return last.whole;
  };
  return restored;
}

/** The image that was asked for last: one stream is looked at several times in a row. */
let last: { readonly of: unknown; readonly whole: Uint8Array } = {
  of: undefined,
  whole: new Uint8Array(0),
};
