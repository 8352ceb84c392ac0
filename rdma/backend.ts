/**
 * The Backend contract: one mirroring design as the primary sees it. A backend decides what is
 * posted for a line that is written back, at an ordering point and at a durability point, and what
 * the core waits for. It keeps no state: the same frozen object serves any number of mirrors.
 * What a design learns in a run is in its chooser, of which each mirror makes one.
 *
 * The mirror calls the three hooks in program order of each core. The write-back to the local
 * memory controller is in flight by then, and the core does not yet wait for it, so that local and
 * remote work overlap. A hook posts through `Posting` and returns at once; it must not loop or wait
 * itself. The doorbell is rung by the mirror, after the hook of a fence at the latest.
 */

import type { Capability } from './capabilities.ts';
import type { VerbCode } from './network/verb.ts';
import type { HardwareProfile } from './profiles/profile.ts';

/** What a design promises of a mirrored line, beside where its DDIO setting lets it be durable. */
export interface DurabilityPromise {
  /**
   * What must be durable before a line may be: earlier epochs of its core, every earlier line of it, or every
   * line that left any core earlier.
   */
  readonly after: 'earlierEpochs' | 'everyEarlierLine' | 'everyEarlierLineOfAll';
  /** The least kind of fence that waits for the lines before it. */
  readonly awaitedBy: 'everyFence' | 'durabilityPoint';
}

/** What the NICs do where they number what is posted; the second of each is a bug, for checks to find. */
export interface Numbering {
  /** A number is taken when a line reaches the primary's NIC, or when that sends it. */
  readonly takenWhen: 'pushed' | 'sent';
  /** What comes behind a number that has not arrived waits for it, or passes. */
  readonly holes: 'wait' | 'pass';
  /** What is staged survives a power failure, or is lost while it has not drained. */
  readonly staging: 'persistent' | 'volatile';
}

/** What a hook may do. All on behalf of the core whose operation is being performed. */
export interface Posting {
  /**
   * Posts `verb` to every replica. `line` and `words` matter for the WRITEs only; each contiguous run of
   * `words`, which are all of the line if not given, is a message of its own.
   */
  post(core: number, verb: VerbCode, line: number, words?: number): void;
  /** The core stops at this fence until every replica has answered what was posted in this hook. */
  awaitAnswer(core: number): void;
  /**
   * Asks that all that the core posted be durable: by the acknowledgement of its last line where that says so,
   * else by an RDFENCE. The core stops, as in `awaitAnswer`.
   */
  awaitDurable(core: number): void;
  /**
   * Every replica will answer what was posted in this hook, and the core goes on: until `awaitAsked`, or
   * before a line for which it has to (`Backend.waitsBefore`). Then it waits for all that it asked.
   */
  askAnswer(core: number): void;
  awaitAsked(core: number): void;
  /** Whether the core has asked, and not waited since. */
  hasAsked(core: number): boolean;
  /** All cores post on one queue pair. */
  readonly sharesQueuePair: boolean;
  /** Which of its ways the design's chooser says that the core takes now; 0 if it has none. */
  way(core: number): number;
  /**
   * The verb of the last line on the core's queue pair, if neither a ROFENCE is behind it nor, on a queue pair
   * of its own, an answer that the core waited for.
   */
  lineBefore(core: number): VerbCode | undefined;
  /**
   * Instead of posting: the line is in flight at no cost to anybody, as in the bound that no design
   * can beat; `awaitTrip` then stops the core until the last such line's round trip is over.
   */
  sendFree(core: number): void;
  awaitTrip(core: number): void;
  /**
   * Instead of posting: the core stores `words` of the line to the replicas' memory over CXL, and writes
   * them back or stores them past its caches, as it did here. `awaitStores` stops it until all that it
   * so wrote is durable there.
   */
  storeThere(core: number, line: number, words: number): void;
  awaitStores(core: number): void;
  /** Lines the core posted since its last posted fence (ROFENCE, RDFENCE, RCOMMIT). */
  linesSinceFence(core: number): number;
  /** Lines the core posted since the last answer it waited for. */
  linesSinceAnswer(core: number): number;
}

/**
 * What a design that has several ways knows, in one mirror, of how each does. It is told of transactions, the
 * outermost ones, and takes no time. Times are those that a core could have read from its clock.
 */
export interface Chooser {
  begin(core: number, type: number, atPs: number): void;
  end(core: number): void;
  /**
   * The oldest transaction of `core` that was not yet, is acknowledged at `atPs`, so long after its begin. May
   * be told when that is certain, before it is so.
   */
  acknowledged(core: number, atPs: number, tookPs: number): void;
  /** The way, from 0, of lines that `core` posts now. */
  wayOf(core: number): number;
}

/** What is published of a design's mean speedup over the baseline. */
export interface PublishedSpeedup {
  readonly value: number;
  readonly source: string;
}

/** One mirroring design, as the primary sees it, or something that designs are compared with. */
export interface Backend {
  /** As on the command line and in CSV rows. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** One line for `list`. */
  readonly summary: string;
  /**
   * What it is in a comparison: slowdowns are over `unmirrored`, speedups over `baseline`, and nothing
   * is faster than `bound`. There is one backend of each of these; all others are designs.
   */
  readonly role: 'unmirrored' | 'baseline' | 'bound' | 'design';
  /** Absent where nothing is published. */
  readonly published?: PublishedSpeedup;
  /** How lines reach a replica: by verbs that a NIC takes, if absent, or by stores over CXL. */
  readonly over?: 'cxl';
  /** Where the replica's NIC puts data: into the LLC, past it, or nowhere as there is no replica. */
  readonly ddio: 'on' | 'off' | 'none';
  /** The primary's NIC numbers what all cores post, and a replica takes it in that order. */
  readonly numbered?: Numbering;
  /** What survives a power failure at a replica; null for one that keeps nothing there. */
  readonly durability: DurabilityPromise | null;
  /** What it needs of machines beyond RDMA WRITEs, for those who say what theirs have. */
  readonly needs?: readonly Capability[];
  /**
   * What the machines of `profile`, the primary and one of its replicas, lack to run it, in words;
   * undefined if nothing. Absent if any can.
   */
  refuses?(profile: HardwareProfile): string | undefined;
  /**
   * Where lines are posted, a line of which one word only was stored to since it was posted last comes to
   * `onLine` as that word.
   */
  readonly tellsWord?: boolean;
  /** Makes what chooses between the design's ways, if it has several (`Posting.way`). */
  createChooser?(cores: number, sharesQueuePair: boolean): Chooser;
  /** Before a line it may post a ROFENCE. Room is kept for that. */
  readonly fencesBeforeLines?: boolean;
  /**
   * A line was written back. There is room in the send queues. `words` are what must be posted of it:
   * all, or those that the core stored to.
   */
  onLine(posting: Posting, core: number, line: number, words: number): void;
  /** Whether a core that has asked must wait before it posts `words` of a line. It need not if absent. */
  waitsBefore?(words: number): boolean;
  /**
   * Posts at most one message, and only where room is kept for it: at an ordering point if there are
   * lines since the last posted fence, at a durability point if there are lines since the last answer.
   */
  onOrderingPoint(posting: Posting, core: number): void;
  onDurabilityPoint(posting: Posting, core: number): void;
  /**
   * At a durability point at which the core asks and goes on, as its client may have more in flight. If
   * absent: `onDurabilityPoint`, of which the wait is left out, then `onOrderingPoint`.
   */
  onAskedPoint?(posting: Posting, core: number): void;
  /**
   * Before a core with lines since its last answer releases a lock, where a system waits there (see
   * `QueuePairs`): asks, and waits, for all of them. As at a durability point if absent.
   */
  onRelease?(posting: Posting, core: number): void;
}
