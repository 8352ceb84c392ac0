/**
 * Ranges of a traced program's addresses, in pages of 4 KiB: a page number is below 2^52 and so exact
 * where a 64-bit address is not.
 */

/** Pages from `start` on, up to and without `end`. */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** Where the WHISPER suite maps its pools: 1 TiB from 0x1000_0000_0000 on. */
export const WHISPER_PM: AddressRange = { start: 0x1_0000_0000, end: 0x1_1000_0000 };

/** The page of the address with these halves. */
export function pageOf(high: number, low: number): number {
  return (high >>> 0) * 2 ** 20 + (low >>> 12);
}

/** Whether one of `ranges` holds the page. */
export function isInRanges(ranges: readonly AddressRange[], page: number): boolean {
  for (const { start, end } of ranges) if (page >= start && page < end) return true;
  return false;
}

/**
 * The range that `text` names, START-END, hexadecimal, END not in it; pages that are in it only in part
 * are in it. Undefined where it is none.
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const match = /^\s*(?:0x)?([\da-f]{1,16})\s*-\s*(?:0x)?([\da-f]{1,16})\s*$/i.exec(text);
  if (match === null) return undefined;
  const [from, to] = match.slice(1).map((digits) => BigInt(`0x${digits}`));
  if (from >= to) return undefined;
  return { start: Number(from >> 12n), end: Number((to + 4095n) >> 12n) };
}

/** The range as a user would type it. */
export function rangeText({ start, end }: AddressRange): string {
  return `${addressText(start)}-${addressText(end)}`;
}

function addressText(page: number): string {
  return `0x${(BigInt(page) << 12n).toString(16)}`;
}

/** Pages of a region in which accesses are counted together: 1 GiB. */
const REGION_PAGES = 2 ** 18;

/** So many regions are kept; a program whose stores are spread wider has no place that is named. */
const REGIONS_MAX = 4096;

interface Region {
  count: number;
  low: number;
  high: number;
}

/** Finds where accesses cluster. */
export class AccessClusters {
  readonly #regions = new Map<number, Region>();

  add(page: number): void {
    const number = Math.floor(page / REGION_PAGES);
    const region = this.#regions.get(number);
    if (region === undefined) {
      if (this.#regions.size >= REGIONS_MAX) return;
      this.#regions.set(number, { count: 1, low: page, high: page });
      return;
    }
    region.count++;
    if (page < region.low) region.low = page;
    if (page > region.high) region.high = page;
  }

  /** Clusters with how many accesses each has, most first: regions that touch are one. */
  clusters(): { readonly range: AddressRange; readonly count: number }[] {
    const found: Region[] = [];
    let before = Number.NaN;
    for (const [number, region] of [...this.#regions].sort(([a], [b]) => a - b)) {
      const last = found.at(-1);
      if (last !== undefined && number === before + 1) {
        last.count += region.count;
        last.high = region.high;
      } else {
        found.push({ ...region });
      }
      before = number;
    }
    return found
      .sort((a, b) => b.count - a.count)
      .map(({ count, low, high }) => ({ range: { start: low, end: high + 1 }, count }));
  }
}
