/**
 * Data races between the clients of a program: two accesses of one word by different clients, at
 * least one of them a store, with nothing that orders them. Found by vector clocks (FastTrack:
 * Flanagan and Freund, PLDI 2009) on a run of whole transactions, one client after another.
 *
 * In such a run a lock that has nothing to do with a word may seem to order its accesses. So a lock
 * orders two critical sections only where both use one word, or one thing in ordinary memory, and one
 * of them stores to it: then the end of the first comes before that access in the second. (Causal
 * precedence: Smaragdakis et al., POPL 2012; in a weak form, Genc et al., OOPSLA 2019.) What clients
 * could have done in between is so taken into account without being run.
 *
 * Not found here, and by locksets.ts: an access without its lock between two sections of that lock.
 *
 * What orders accesses without a lock is declared by the program at that place: `PmHeap.atomic` and
 * the methods below it. Set-up and recovery are of one thread and not looked at.
 */

import type { AtomicOrder, OrderObserver, PmHeap } from './heap.ts';
import { ATOMIC_BYTES, lineOf } from './line.ts';
import { fanOut, isAccess, OP_NAMES, Op, type OpCode, type PersistSink } from './op.ts';

/** A lock's id, or the name of other means that keep clients apart. */
export type Guard = number | string;

/** A word, by its offset, or a thing in ordinary memory, by its name. */
type Place = number | string;

/** Of each client, how far it is known to have come: the number of its stretch between releases. */
type Clock = readonly number[];

/** One access of a client. */
export interface Access {
  readonly client: number;
  readonly op: OpCode;
  /** First byte and number of bytes; 0 and 0 of a thing in ordinary memory. */
  readonly offset: number;
  readonly bytes: number;
  /** Type of the transaction that it is part of; -1: of none. */
  readonly txType: number;
  /** What the client held. */
  readonly held: readonly Guard[];
  /** The client's own time. */
  readonly at: number;
  readonly isAtomic: boolean;
}

/** Two accesses that nothing orders. */
export interface Race {
  readonly place: Place;
  readonly earlier: Access;
  readonly later: Access;
}

/** The last accesses of a place, by client. */
interface Uses {
  loads: (Access | undefined)[];
  stores: (Access | undefined)[];
  /** What an atomic load of it learns. */
  released: Clock | undefined;
}

/** Ends of the sections of one guard that loaded a place, and of those that stored to it. */
interface Ends {
  loads: Clock | undefined;
  stores: Clock | undefined;
}

/** Looks for races among `clients`: `watchOrder` makes it see a run. */
export class RaceDetector implements OrderWatcher {
  /** What was found: the first race of each place. */
  readonly races: Race[] = [];
  /** Types of the transactions that were run. */
  readonly txTypes = new Set<number>();
  readonly #clients: readonly Client[];
  readonly #isIgnored: (guard: Guard) => boolean;
  readonly #uses = new Map<Place, Uses>();
  readonly #ends = new Map<Guard, Map<Place, Ends>>();
  /** By lock, the client that took it, or -1: several did. */
  readonly #takers = new Map<number, number>();
  readonly #racy = new Set<Place>();
  /** Of the access, and the lock, that come next. */
  #atomic: AtomicOrder | undefined;
  #isInAnyOrder = false;

  /** What is ignored counts as if nobody took it: so it shows what it keeps apart. */
  constructor(clients: number, isIgnored: (guard: Guard) => boolean = () => false) {
    this.#clients = Array.from({ length: clients }, (_, number) => new Client(number, clients));
    this.#isIgnored = isIgnored;
  }

  /** Locks that more than one client took. */
  get sharedLocks(): number[] {
    return [...this.#takers].filter(([, taker]) => taker < 0).map(([lock]) => lock);
  }

  /** Receives the operations of `client`. */
  sinkOf(client: number): PersistSink {
    const own = this.#clients[client];
    return { op: (op, a, b) => this.#op(own, op, a, b) };
  }

  atomic(order: AtomicOrder): void {
    this.#atomic = order;
  }

  enter(thread: number, means: string): void {
    if (!this.#isIgnored(means)) this.#clients[thread].enter(means, true);
  }

  leave(thread: number, means: string): void {
    this.#leave(this.#clients[thread], means);
  }

  inAnyOrder(): void {
    this.#isInAnyOrder = true;
  }

  fresh(offset: number, bytes: number): void {
    const end = offset + bytes;
    for (let word = wordOf(offset); word < end; word += ATOMIC_BYTES) this.#uses.delete(word);
  }

  dram(thread: number, what: string, stores: boolean): void {
    const client = this.#clients[thread];
    this.#access(client, what, this.#noted(client, stores ? Op.STORE : Op.LOAD, 0, 0));
  }

  #op(client: Client, op: OpCode, a: number, b: number): void {
    if (isAccess(op)) {
      const access = this.#noted(client, op, a, b);
      const end = a + b;
      for (let word = wordOf(a); word < end; word += ATOMIC_BYTES) {
        this.#access(client, word, access);
      }
      if (this.#atomic === 'acquireRelease' && op !== Op.LOAD) client.release();
      this.#atomic = undefined;
    } else if (op === Op.LOCK) {
      this.#lock(client, a);
    } else if (op === Op.UNLOCK) {
      this.#leave(client, a);
    } else if (op === Op.TX_BEGIN) {
      client.txTypes.push(a);
      this.txTypes.add(a);
    } else if (op === Op.TX_END) {
      client.txTypes.pop();
    }
  }

  #lock(client: Client, lock: number): void {
    const handsOn = !this.#isInAnyOrder;
    this.#isInAnyOrder = false;
    const taker = this.#takers.get(lock) ?? client.number;
    this.#takers.set(lock, taker === client.number ? taker : -1);
    if (!this.#isIgnored(lock)) client.enter(lock, handsOn);
  }

  #noted(client: Client, op: OpCode, offset: number, bytes: number): Access {
    return {
      client: client.number,
      op,
      offset,
      bytes,
      txType: client.txTypes[0] ?? -1,
      held: client.guards,
      at: client.clock[client.number],
      isAtomic: this.#atomic !== undefined,
    };
  }

  #access(client: Client, place: Place, access: Access): void {
    const isStore = access.op !== Op.LOAD;
    const uses = this.#usesOf(place);
    for (const { guard, loads, stores } of client.sections) {
      const ends = this.#ends.get(guard)?.get(place);
      client.learn(ends?.stores);
      if (isStore) client.learn(ends?.loads);
      (isStore ? stores : loads).add(place);
    }
    if (this.#atomic === 'acquireRelease') {
      if (isStore) uses.released = joined(uses.released, client.clock);
      else client.learn(uses.released);
    }
    const before = isStore ? [...uses.stores, ...uses.loads] : uses.stores;
    const unordered = before.find((one) => one !== undefined && !isOrdered(one, access, client));
    if (unordered !== undefined) this.#report(place, unordered, access);
    else if (isStore && !access.isAtomic) {
      // What comes after this store comes after all before it, too.
      uses.loads = [];
      uses.stores = [];
    }
    (isStore ? uses.stores : uses.loads)[client.number] = access;
  }

  #report(place: Place, earlier: Access, later: Access): void {
    if (this.#racy.has(place)) return;
    this.#racy.add(place);
    this.races.push({ place, earlier, later });
  }

  #leave(client: Client, guard: Guard): void {
    const section = client.leave(guard);
    if (section === undefined || !section.handsOn) return;
    const places = this.#ends.get(guard) ?? new Map<Place, Ends>();
    this.#ends.set(guard, places);
    for (const kind of ['loads', 'stores'] as const) {
      for (const place of section[kind]) {
        const ends = places.get(place) ?? { loads: undefined, stores: undefined };
        ends[kind] = joined(ends[kind], client.clock);
        places.set(place, ends);
      }
    }
    client.release();
  }

  #usesOf(place: Place): Uses {
    let uses = this.#uses.get(place);
    if (uses === undefined) {
      uses = { loads: [], stores: [], released: undefined };
      this.#uses.set(place, uses);
    }
    return uses;
  }
}

/** A critical section that is not over, and what was used in it. */
interface Section {
  readonly guard: Guard;
  /** Whether who enters next may build on it. */
  readonly handsOn: boolean;
  readonly loads: Set<Place>;
  readonly stores: Set<Place>;
}

/** What is known of a client: its clock and what it holds. */
class Client {
  readonly number: number;
  readonly clock: number[];
  sections: readonly Section[] = [];
  guards: readonly Guard[] = [];
  /** Types of the transactions that it is in, the outermost first. */
  readonly txTypes: number[] = [];

  constructor(number: number, clients: number) {
    this.number = number;
    this.clock = Array.from({ length: clients }, (_, i) => (i === number ? 1 : 0));
  }

  enter(guard: Guard, handsOn: boolean): void {
    this.#hold([...this.sections, { guard, handsOn, loads: new Set(), stores: new Set() }]);
  }

  leave(guard: Guard): Section | undefined {
    const section = this.sections.findLast((one) => one.guard === guard);
    this.#hold(this.sections.filter((one) => one !== section));
    return section;
  }

  /** What it does from now on comes after what `clock` knows. */
  learn(clock: Clock | undefined): void {
    if (clock === undefined) return;
    for (let i = 0; i < clock.length; i++) this.clock[i] = Math.max(this.clock[i], clock[i]);
  }

  /** Others may know what it did so far, and not what comes. */
  release(): void {
    this.clock[this.number]++;
  }

  #hold(sections: readonly Section[]): void {
    this.sections = sections;
    this.guards = sections.map(({ guard }) => guard);
  }
}

/** Whether `earlier` and `later`, of `client`, are ordered, exclude each other or are both atomic. */
function isOrdered(earlier: Access, later: Access, { clock, number }: Client): boolean {
  if (earlier.client === number || earlier.at <= clock[earlier.client]) return true;
  if (earlier.isAtomic && later.isAtomic) return true;
  return earlier.held.some((guard) => later.held.includes(guard));
}

/** What either knows, as a clock of its own. */
function joined(one: Clock | undefined, other: Clock): Clock {
  return one === undefined ? [...other] : other.map((at, i) => Math.max(at, one[i]));
}

function wordOf(offset: number): number {
  return offset - (offset % ATOMIC_BYTES);
}

/** Sees what every client does, and what orders clients. */
export interface OrderWatcher extends OrderObserver {
  sinkOf(client: number): PersistSink;
}

/** Runs `run`, of so many clients, on `heap`, and lets `detectors` see it. */
export function watchOrder(
  heap: PmHeap,
  clients: number,
  detectors: readonly OrderWatcher[],
  run: () => void,
): void {
  heap.attach(
    Array.from({ length: clients }, (_, client) => fanOut(detectors.map((d) => d.sinkOf(client)))),
  );
  heap.observeOrder(detectors);
  try {
    run();
  } finally {
    heap.observeOrder([]);
    heap.detach();
  }
}

/** The race in words. `txTypes` are the names of the program's transactions. */
export function raceText({ place, earlier, later }: Race, txTypes: readonly string[]): string {
  const where =
    typeof place === 'number' ? `word ${place} (line ${lineOf(place)})` : `'${place}' (in DRAM)`;
  const textOf = ({ client, op, offset, bytes, txType, held }: Access): string => {
    const range = bytes > 0 ? ` of ${bytes} B at ${offset}` : '';
    const within = txType < 0 ? 'outside of transactions' : `in ${txTypes[txType] ?? txType}`;
    const guards = held.map((one) => (typeof one === 'number' ? `lock ${one}` : one));
    const holding = guards.length > 0 ? `holding ${guards.join(', ')}` : 'holding nothing';
    return `client ${client}'s ${OP_NAMES[op]}${range} ${within}, ${holding}`;
  };
  return `nothing orders two accesses of ${where}: ${textOf(earlier)}; and ${textOf(later)}`;
}
