/**
 * The rules of the Trace Event Format as its published description has them ("Trace Event Format", the
 * Chromium project): the fields that each phase needs, how slices nest and how flows bind. And one of
 * trace_processor's own: it cuts times to nanoseconds and drops slices that then overlap.
 */

import * as z from 'zod';

const COMMON = {
  name: z.string().min(1),
  pid: z.int().min(0),
  tid: z.int().min(0),
  ts: z.number().min(0),
};
const NAMED = { ...COMMON, cat: z.string().min(1) };
const ARGS = z.record(z.string(), z.union([z.string(), z.number()]));

const EVENT = z.discriminatedUnion('ph', [
  z.strictObject({
    ...COMMON,
    ph: z.literal('M'),
    name: z.enum(['process_name', 'process_sort_index', 'thread_name', 'thread_sort_index']),
    args: z.union([
      z.strictObject({ name: z.string().min(1) }),
      z.strictObject({ sort_index: z.int() }),
    ]),
  }),
  z.strictObject({ ...NAMED, ph: z.literal('X'), dur: z.number().min(0), args: ARGS.optional() }),
  z.strictObject({ ...NAMED, ph: z.literal('i'), s: z.enum(['g', 'p', 't']) }),
  z.strictObject({ ...NAMED, ph: z.enum(['s', 't']), id: z.int().min(1) }),
  z.strictObject({ ...NAMED, ph: z.literal('f'), id: z.int().min(1), bp: z.literal('e') }),
  z.strictObject({
    ...COMMON,
    ph: z.literal('C'),
    args: z.record(z.string(), z.number()).refine((args) => Object.keys(args).length > 0),
  }),
]);

const FILE = z.strictObject({
  displayTimeUnit: z.enum(['ms', 'ns']),
  otherData: z.record(z.string(), z.unknown()),
  traceEvents: z.array(EVENT).min(1),
});

/** One event of a file. */
export type ParsedEvent = z.infer<typeof EVENT>;

/** The events of `text`. Throws for what is not of the format. */
export function parseTrace(text: string): readonly ParsedEvent[] {
  return FILE.parse(JSON.parse(text)).traceEvents;
}

type Slice = Extract<ParsedEvent, { ph: 'X' }>;

/** The track of an event. */
const trackOf = ({ pid, tid }: ParsedEvent): string => `${pid}/${tid}`;

/** Picoseconds, which our files have. */
const endOf = ({ ts, dur }: Slice): number => Math.round((ts + dur) * 1e6);
const startOf = ({ ts }: ParsedEvent): number => Math.round(ts * 1e6);

/** As trace_processor reads a time: microseconds to whole nanoseconds, cut. */
const cutNs = (us: number): number => Math.trunc(us * 1000);

/** What is wrong with `events`, a line each. */
export function violations(events: readonly ParsedEvent[]): string[] {
  const slices = Map.groupBy(
    events.filter((event) => event.ph === 'X'),
    trackOf,
  );
  return [
    ...unordered(events),
    ...unnamed(events),
    ...[...slices].flatMap(([track, some]) => overlaps(track, some)),
    ...flowErrors(events),
  ];
}

function unordered(events: readonly ParsedEvent[]): string[] {
  return events.flatMap((event, i) =>
    i > 0 && event.ts < events[i - 1].ts ? [`${event.name} at ${event.ts} is out of order`] : [],
  );
}

/** Processes, and the tracks of slices, that no metadata names. */
function unnamed(events: readonly ParsedEvent[]): string[] {
  const named = new Set(
    events.flatMap((one) =>
      one.ph !== 'M' ? [] : one.name === 'process_name' ? [`${one.pid}`] : [trackOf(one)],
    ),
  );
  return events.flatMap((one) =>
    (one.ph === 'M' || one.ph === 'C' || named.has(trackOf(one))) && named.has(`${one.pid}`)
      ? []
      : [`${one.name} is on a track without a name`],
  );
}

/** Slices that are neither apart nor nested; with times as they are, and as trace_processor has them. */
function overlaps(track: string, slices: readonly Slice[]): string[] {
  const scales = [
    { start: startOf, end: endOf },
    { start: ({ ts }: Slice) => cutNs(ts), end: ({ ts, dur }: Slice) => cutNs(ts) + cutNs(dur) },
  ];
  return scales.flatMap(({ start, end }) => {
    const open: Slice[] = [];
    return slices.flatMap((slice) => {
      while (open.length > 0 && end(open[open.length - 1]) <= start(slice)) open.pop();
      const around = open.at(-1);
      const isWrong = around !== undefined && end(slice) > end(around);
      if (!isWrong) open.push(slice);
      return isWrong
        ? [`track ${track}: ${slice.name} at ${slice.ts} overlaps ${around.name}`]
        : [];
    });
  });
}

/** Flows that do not start, step and end in this order, each inside a slice of its track. */
function flowErrors(events: readonly ParsedEvent[]): string[] {
  const unbound = new Set<number>();
  const flows = new Map<number, ParsedEvent[]>();
  const lastEnd = new Map<string, number>();
  for (const one of events) {
    const end = lastEnd.get(trackOf(one)) ?? Number.NEGATIVE_INFINITY;
    if (one.ph === 'X') lastEnd.set(trackOf(one), Math.max(end, endOf(one)));
    if (one.ph !== 's' && one.ph !== 't' && one.ph !== 'f') continue;
    if (end < startOf(one)) unbound.add(one.id);
    flows.set(one.id, [...(flows.get(one.id) ?? []), one]);
  }
  return [...flows].flatMap(([id, steps]) => {
    const isPaired = /^st*f$/.test(steps.map(({ ph }) => ph).join(''));
    const isMonotone = steps.every((step, i) => i === 0 || step.ts >= steps[i - 1].ts);
    return isPaired && isMonotone && !unbound.has(id)
      ? []
      : [`flow ${id} is not bound and in order`];
  });
}
