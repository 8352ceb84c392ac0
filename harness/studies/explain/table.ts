/**
 * Why one design is faster than another on a program, in tables and sentences. Every sentence is made
 * from the accounts of the two and is left out where its numbers do not bear it; none is written
 * beforehand.
 */

import { TIME_PARTS } from '../../../rdma/mirror.ts';
import { type CellResult, INTERLEAVING_PERCENT, PART_WORDS } from '../../bench/index.ts';
import { countText, fittedTable, headsOf, threeDigits, timeText } from '../../report/index.ts';
import type { Account, SendQueueAccount, Utilisation } from './account.ts';

/** Differences below this share of the whole are not worth a word. */
const NOTABLE = 0.01;
/** From this utilisation on a resource counts as the limit. */
const AT_LIMIT = 0.9;

const ns = timeText;
const times = threeDigits;
const percent = (share: number): string => `${threeDigits(100 * share)} %`;

/** Time per transaction and per epoch, what is sent, and what is busy: a table each. */
export function accountTables(accounts: readonly Account[], wide: boolean): string {
  const names = accounts.map(({ backend }) => backend);
  const parts = TIME_PARTS.filter((part) => accounts.some((one) => one.partNsPerTx[part] > 0));
  const time = wide ? (value: number) => value.toFixed(1) : timeText;
  const timeLines = parts.map((part) => [
    PART_WORDS[part],
    ...accounts.map((one) => time(one.partNsPerTx[part])),
    ...accounts.map((one) => time(one.partNsPerTx[part] / one.epochsPerTx)),
  ]);
  timeLines.push([
    'all',
    ...accounts.map((one) => time(one.timeNsPerTx)),
    ...accounts.map((one) => time(one.timeNsPerTx / one.epochsPerTx)),
  ]);
  const timeHeads = [
    { text: wide ? 'core time, ns' : 'core time' },
    ...headsOf(names, { what: '/tx', over: 'per transaction' }),
    ...headsOf(names, { what: '/epoch', over: 'per epoch', rank: 1 }),
  ];
  const heads = (title: string) => [title, ...names].map((text) => ({ text }));
  const counts: readonly (readonly [string, (one: Account) => string])[] = [
    ['epochs', (one) => times(one.epochsPerTx)],
    ['lines', (one) => times(one.linesPerTx)],
    ['round trips waited for', (one) => times(one.roundTripsPerTx)],
    ['wait per round trip', (one) => timeText(one.waitNsPerRoundTrip)],
    ['bare round trip', (one) => timeText(one.bareTripNs)],
    ['WRITEs', (one) => times(one.verbsPerTx.WRITE)],
    ['RCOMMITs', (one) => times(one.verbsPerTx.RCOMMIT)],
    ['ROFENCEs', (one) => times(one.verbsPerTx.ROFENCE)],
    ['RDFENCEs', (one) => times(one.verbsPerTx.RDFENCE)],
    ['doorbells', (one) => times(one.doorbellsPerTx)],
    ['bytes on the link', (one) => countText(one.linkBytesPerTx)],
  ];
  const countLines = counts.map(([name, value]) => [name, ...accounts.map(value)]);
  const queue = (show: (queue: SendQueueAccount) => string) => (one: Account) =>
    one.sendQueue === undefined ? '-' : show(one.sendQueue);
  const sendQueueLines = [
    ['entries taken of a send queue, mean', queue(({ mean }) => times(mean))],
    ['entries taken of a send queue, most', queue(({ max }) => String(max))],
    ['a send queue is full', queue(({ fullShare }) => percent(fullShare))],
  ] as const;
  const states: readonly (readonly [string, (one: Account) => string])[] = [
    ['queue pairs', (one) => one.queuePairs],
    ['line sent to durable at replica', (one) => timeText(one.lineToDurableNs)],
    ['lines in flight, mean', (one) => times(one.linesInFlight)],
    ...sendQueueLines,
    ['times the bound', (one) => (one.ratioToBound === undefined ? '-' : times(one.ratioToBound))],
    ...accounts[0].utilisations.map(
      ({ resource }, i) =>
        [`busy: ${resource}`, (one: Account) => percent(one.utilisations[i].share)] as const,
    ),
  ];
  const stateLines = states.map(([name, value]) => [name, ...accounts.map(value)]);
  return [
    fittedTable(timeHeads, timeLines, wide),
    fittedTable(heads('per transaction'), countLines, wide),
    fittedTable(heads('over the run'), stateLines, wide),
  ].join('\n\n');
}

/** Which queue pairs a policy came to where it had a choice, and what the others would have taken. */
export function choiceSentences(results: readonly CellResult[]): string[] {
  return results.flatMap(({ system, queuePairsUsed, report, slowerChoices }) =>
    slowerChoices.map(({ queuePairs, elapsedPs }) => {
      const longer = elapsedPs / report.elapsedPs - 1;
      const than = longer < NOTABLE / 10 ? 'takes as long' : `takes ${percent(longer)} longer`;
      return (
        `${system.backend}: queue pairs ${system.queuePairs} came to ${queuePairsUsed}; ${queuePairs}, ` +
        `as right for the program, ${than}.`
      );
    }),
  );
}

/** Sentences on why `a` and `b` differ, one a line. */
export function explanation(a: Account, b: Account): string[] {
  const [fast, slow] = a.timeNsPerTx <= b.timeNsPerTx ? [a, b] : [b, a];
  const difference = slow.timeNsPerTx - fast.timeNsPerTx;
  const sentences: string[] = [];
  if (difference <= NOTABLE * slow.timeNsPerTx) {
    sentences.push(
      `${fast.backend} and ${slow.backend} take the same time to a hundredth: ` +
        `${ns(fast.timeNsPerTx)} and ${ns(slow.timeNsPerTx)} per transaction.`,
    );
  } else {
    sentences.push(
      `${fast.backend} takes ${ns(fast.timeNsPerTx)} per transaction and ${slow.backend} ` +
        `${ns(slow.timeNsPerTx)}: ${fast.backend} is ${times(slow.timeNsPerTx / fast.timeNsPerTx)} ` +
        'times as fast.',
      differenceSentence(fast, slow, difference),
    );
  }
  sentences.push(...[fast, slow].flatMap((one) => roundTripSentences(one)));
  sentences.push(...messageSentences(fast, slow));
  sentences.push(...[fast, slow].flatMap((one) => resourceSentences(one)));
  sentences.push(...[fast, slow].flatMap((one) => boundSentences(one)));
  sentences.push(...[fast, slow].flatMap((one) => interleavingSentences(one)));
  return sentences;
}

/** What the slower one spends more on, and where it saves. */
function differenceSentence(fast: Account, slow: Account, difference: number): string {
  const changes = TIME_PARTS.map((part) => ({
    part,
    more: slow.partNsPerTx[part] - fast.partNsPerTx[part],
  }));
  const notable = changes.filter(({ more }) => Math.abs(more) >= NOTABLE * difference);
  const list = (some: typeof notable): string =>
    some.map(({ part, more }) => `${PART_WORDS[part]} (${ns(Math.abs(more))})`).join(', ');
  const costs = notable.filter(({ more }) => more > 0).sort((x, y) => y.more - x.more);
  const savings = notable.filter(({ more }) => more < 0).sort((x, y) => x.more - y.more);
  const saved = savings.length > 0 ? `; less on ${list(savings)}` : '';
  return `${slow.backend} spends ${ns(difference)} more per transaction: more on ${list(costs)}${saved}.`;
}

function roundTripSentences(one: Account): string[] {
  const { backend, roundTripsPerTx, waitNsPerRoundTrip, epochsPerTx, bareTripNs } = one;
  if (roundTripsPerTx === 0) return [`${backend} never waits for a replica.`];
  const waited = roundTripsPerTx * waitNsPerRoundTrip;
  const beyond = waitNsPerRoundTrip - bareTripNs;
  const compared =
    beyond > 0 ? `, which is ${ns(beyond)} more than a bare round trip (${ns(bareTripNs)})` : '';
  return [
    `${backend} waits for ${waitedFor(one)} ${times(roundTripsPerTx)} times per transaction of ` +
      `${times(epochsPerTx)} epochs, ${ns(waitNsPerRoundTrip)} each on average${compared}: ` +
      `${percent(waited / one.timeNsPerTx)} of its cores' time.`,
    ...waitEndSentences(one),
  ];
}

function waitedFor({ replicas, quorum }: Account): string {
  if (replicas === 1) return 'the replica';
  if (quorum < replicas) return `${quorum} of ${replicas} replicas`;
  return replicas === 2 ? 'both replicas' : `all ${replicas} replicas`;
}

/** Whose answers waits end with, where replicas differ or some are enough. */
function waitEndSentences({ backend, waitEndedShare, replicas }: Account): string[] {
  if (replicas === 1 || waitEndedShare.length === 0) return [];
  const told = waitEndedShare
    .map((share, replica) => ({ share, replica }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share)
    .map(({ share, replica }) => `of replica ${replica} (${percent(share)} of them)`);
  return [`${backend}: its waits end with the answer ${told.join(', or ')}.`];
}

function messageSentences(fast: Account, slow: Account): string[] {
  const difference = fast.messagesPerTx - slow.messagesPerTx;
  if (Math.abs(difference) < 0.005) return [];
  const [more, fewer] = difference > 0 ? [fast, slow] : [slow, fast];
  const verbs = (['WRITE', 'RCOMMIT', 'ROFENCE', 'RDFENCE'] as const)
    .map((verb) => [verb, more.verbsPerTx[verb] - fewer.verbsPerTx[verb]] as const)
    .filter(([, surplus]) => surplus >= 0.005)
    .map(([verb, surplus]) => `${times(surplus)} more ${verb}s`);
  return [
    `${more.backend} sends ${times(more.messagesPerTx)} messages per transaction, ${fewer.backend} ` +
      `${times(fewer.messagesPerTx)}${verbs.length > 0 ? ` (${verbs.join(', ')})` : ''}.`,
  ];
}

function resourceSentences(one: Account): string[] {
  const sentences: string[] = [];
  if (one.releaseChainNsPerTx > 0) {
    sentences.push(
      `${one.backend}: its ROFENCEs hold queue pairs at ${one.busiestReplica} for at least ` +
        `${ns(one.releaseChainNsPerTx)} per transaction (one PCIe round trip each): a queue pair is ` +
        `held for ${percent(one.releaseHeldShare)} of the time.`,
    );
  }
  if (one.messagesPerTx === 0) return sentences;
  const [busiest] = [...one.utilisations].sort((x, y) => y.share - x.share);
  sentences.push(`${one.backend}: the busiest resource is ${loadOf(busiest)}.`);
  if (one.sendQueue !== undefined) {
    const { mean, max, entries, fullShare } = one.sendQueue;
    const full =
      fullShare < NOTABLE
        ? ''
        : `; for ${percent(fullShare)} of the time there is no room for a line, ` +
          'as the last entries are kept for fences';
    sentences.push(
      `${one.backend}: of the ${entries} entries of a send queue ${times(mean)} are taken on ` +
        `average and ${max} at most${full}.`,
    );
  }
  const full = one.partNsPerTx.sendQueueFull / one.timeNsPerTx;
  if (full >= NOTABLE) {
    sentences.push(
      `${one.backend}: a full send queue stops its cores for ${percent(full)} of their time.`,
    );
  }
  return sentences;
}

function loadOf({ resource, share }: Utilisation): string {
  const load = `the ${resource}, at work for ${percent(share)} of the time`;
  return share >= AT_LIMIT ? `${load}: it is the limit` : load;
}

function boundSentences(one: Account): string[] {
  if (one.ratioToBound === undefined) return [];
  return [
    `${one.backend} takes ${times(one.ratioToBound)} times what the bound of any correct design takes.`,
  ];
}

/** A resource that is at work for less than this makes cores wait for each other hardly ever. */
const MET_AT = 0.1;

/** How firm the figure of several cores is, and where they meet. */
function interleavingSentences(one: Account): string[] {
  const { backend, cores, queuePairs, partNsPerTx, timeNsPerTx, utilisations } = one;
  if (cores === 1) return [];
  const lockWait = partNsPerTx.lockWait / timeNsPerTx;
  const places = lockWait >= NOTABLE ? [`at locks (${percent(lockWait)} of their time)`] : [];
  if (one.messagesPerTx > 0) {
    if (queuePairs === 'shared') places.push('on the queue pair that they share');
    const shared = utilisations.filter(
      ({ resource, share }) => share >= MET_AT && !/queue pair/.test(resource),
    );
    places.push(...shared.map(({ resource, share }) => `at the ${resource} (${percent(share)})`));
  }
  if (places.length === 0) return [];
  return [
    `${backend}: its ${cores} cores meet ${places.join(', ')}. Who comes first there depends on all that ` +
      `was before, so the figure of this one cell is good to about ${INTERLEAVING_PERCENT} %, and a ` +
      'slightly worse machine may come out faster.',
  ];
}
