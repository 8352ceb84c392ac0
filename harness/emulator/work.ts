/** Work that is measured. */

/** What a step's speed counts. */
export type Unit = 'operations' | 'bytes' | 'images';

/** Work that can be done again. */
export interface Work {
  /** What one time is, in units: known when it was done once. */
  readonly unit: Unit;
  units(): number;
  run(): void | Promise<void>;
  /** Before each time, unmeasured. */
  prepare?(): void;
  /** After each time, unmeasured. */
  clear?(): void;
}
