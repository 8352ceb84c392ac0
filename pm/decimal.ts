/**
 * Numbers as people write them. What JavaScript takes beside (hexadecimal, `Infinity`, nothing at all for
 * zero, a number too large for any) is more likely a slip than meant.
 */

const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** The number that `text` is in decimal digits, such as `3`, `-0.5` or `1e-6`; NaN for any other text. */
export function decimal(text: string): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}
