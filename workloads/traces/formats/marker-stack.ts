/**
 * The markers of a store log that are open. They nest, as pmreorder demands: an END closes the marker that
 * began last. A log holds no threads, so markers that cross are those of several threads in one log, or of
 * a program that ends what it did not begin; which operation is in which transaction then is unknown.
 */

import type { TraceCollector } from './collector.ts';
import { TraceInputError, type TracePosition } from './error.ts';
import type { ThreadEmitter } from './thread-emitter.ts';

/** So many open markers are followed; a program that never ends them has no order to look at. */
const OPEN_MAX = 1000;

export class MarkerStack {
  readonly #file: string;
  readonly #collector: TraceCollector;
  readonly #emitter: ThreadEmitter;
  readonly #txMarkers: readonly string[];
  /** Names of all markers that are open, and types of those among them that delimit transactions. */
  readonly #open: string[] = [];
  readonly #types: number[] = [];

  /** Markers named in `txMarkers` delimit transactions, whose type is the index there. */
  constructor(
    file: string,
    collector: TraceCollector,
    emitter: ThreadEmitter,
    txMarkers: readonly string[],
  ) {
    this.#file = file;
    this.#collector = collector;
    this.#emitter = emitter;
    this.#txMarkers = txMarkers;
  }

  /** Whether the name is that of a marker that occurred, or was asked for. */
  knows(name: string): boolean {
    return this.#txMarkers.includes(name) || this.#collector.hasMarker(name);
  }

  /** The marker called `id`, with its suffix. Throws TraceInputError where transactions cross. */
  marker(id: string, position: TracePosition): void {
    const dot = id.lastIndexOf('.');
    const suffix = dot < 0 ? '' : id.slice(dot);
    const kind = suffix === '.BEGIN' ? 'begins' : suffix === '.END' ? 'ends' : 'plain';
    const name = kind === 'plain' ? id : id.slice(0, dot);
    this.#collector.marker(name, kind);
    if (kind === 'plain') return;
    const type = this.#txMarkers.indexOf(name);
    if (type >= 0) this.#transaction(type, kind, position);
    if (kind === 'begins') this.#begin(name);
    else this.#end(name);
  }

  /** Another log starts. Throws TraceInputError if the one before ends inside of a transaction. */
  restart(): void {
    if (this.#types.length > 0) {
      const names = this.#types.map((type) => this.#txMarkers[type]).join(', ');
      throw new TraceInputError(
        `${this.#file}: a log ends inside of ${names}, and another follows; cut the file into one log each`,
      );
    }
    this.#open.length = 0;
  }

  #transaction(type: number, kind: 'begins' | 'ends', { unit, number }: TracePosition): void {
    const types = this.#types;
    this.#collector.transactionEvents++;
    if (kind === 'begins') {
      types.push(type);
      this.#emitter.begin(type);
    } else if (types.at(-1) === type) {
      types.pop();
      this.#emitter.end();
    } else if (!types.includes(type)) {
      this.#emitter.endOfNone();
    } else {
      const [outer, inner] = [type, types.at(-1) ?? type].map((one) => this.#txMarkers[one]);
      throw new TraceInputError(
        `${this.#file}: ${unit} ${number}: transactions cross: ${inner} begins inside of ${outer} and ` +
          'does not end there, so what belongs to which is unknown (pmreorder refuses that, too; a log ' +
          'holds no threads). Give one of them as --tx-marker, or log one thread',
      );
    }
  }

  #begin(name: string): void {
    if (this.#open.length < OPEN_MAX) this.#open.push(name);
  }

  #end(name: string): void {
    const open = this.#open;
    const at = open.lastIndexOf(name);
    if (at < 0) return;
    if (at < open.length - 1) this.#collector.crossing(name, open[open.length - 1]);
    open.splice(at, 1);
  }
}
