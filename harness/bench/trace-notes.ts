/** What a user should know of how a trace was read. */

import type { MarkerCount } from '../../workloads/traces/formats/collector.ts';
import type { TraceSummary } from '../../workloads/traces/import.ts';
import type { TraceExecution } from './cells.ts';
import { uncharged } from './volatile-work.ts';

/** Names of markers shown; some programs number theirs. */
const MARKERS_SHOWN = 12;

/** Ids of threads shown. */
const THREADS_SHOWN = 8;

/** The names of those of `markers` that could delimit transactions, as a user would type them. */
export function markerNames(markers: readonly MarkerCount[]): string {
  const pairs = markers.filter(({ begins }) => begins > 0);
  const shown = pairs.slice(0, MARKERS_SHOWN).map(({ name }) => typed(name));
  const more = pairs.length > shown.length ? ` and ${pairs.length - shown.length} more` : '';
  return `${shown.join(', ')}${more}`;
}

/** The name of a marker as a word of a shell, where `,` separates several. */
function typed(name: string): string {
  const word = name.replaceAll(',', '\\,');
  return /^[\w.:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The notes on a run of an imported trace. */
export function notesOn(summary: TraceSummary, execution: TraceExecution): string[] {
  const notes = [
    `format: ${summary.format}; threads: ${threadsText(summary)}; operations: ${summary.operations}; ` +
      `transactions: ${summary.transactions}`,
    ...readingNotes(summary),
  ];
  const unused = summary.markers.filter(({ name }) => !execution.txMarkers.includes(name));
  const markers = markerNames(unused);
  if (summary.durabilityPoints === 'every-fence') {
    const hint = markers === '' ? '' : `; --tx-marker takes: ${markers}`;
    notes.push(
      `no transactions are marked: each fence is a durability point and ends a transaction${hint}`,
    );
  } else if (markers !== '') {
    notes.push(`markers that delimit nothing here, though --tx-marker takes them: ${markers}`);
  }
  if (summary.flushes.includes('implied')) {
    notes.push('no flushes are logged: every line written is written back by the next fence');
  }
  const { atStart, atEnd } = summary.partialTransactions;
  if (atStart + atEnd > 0) {
    notes.push(
      `${atStart + atEnd} transactions cut off are not counted: ${atStart} without a beginning, ` +
        `${atEnd} without an end`,
    );
  }
  const free = execution.instructionsPerTx.every((count) => count === 0);
  if (free) notes.push(uncharged(execution.name));
  return notes;
}

/** What is not as a trace of one whole run has it: lines left out, several logs, a cut, crossing markers. */
export function readingNotes(summary: TraceSummary): string[] {
  const { skippedLines, lostEvents, logs, cut, crossings, crossed, nestedTransactions } = summary;
  const { valgrind, program } = skippedLines;
  const notes: string[] = [];
  if (logs > 1)
    notes.push(`${logs} logs (START to STOP) are in the file, read one after the other`);
  if (valgrind > 0) {
    notes.push(`messages of valgrind inside of the log: ${lines(valgrind)} skipped`);
  }
  if (program > 0) {
    notes.push(`output that is no part of the trace: ${lines(program)} skipped`);
  }
  if (lostEvents > 0) {
    notes.push(`the tracer lost ${lostEvents} events: its buffer was full, and the trace has gaps`);
  }
  if (cut !== undefined) {
    const missing = summary.format === 'pmemcheck' ? ' (it has no STOP)' : '';
    notes.push(`the trace is cut off${missing}: nothing is read from ${cut.unit} ${cut.number} on`);
  }
  if (crossed !== undefined) {
    notes.push(
      `markers cross (${crossings} ${crossings === 1 ? 'time' : 'times'}): ${crossed[0]} ends inside of ${crossed[1]}; ` +
        'pmreorder refuses such a log, which may be of several threads',
    );
  }
  if (nestedTransactions > 0) {
    notes.push(
      `${nestedTransactions} transactions begin inside of another and are part of that one`,
    );
  }
  return notes;
}

/** How many threads there are, and their ids. */
function threadsText({ threads, threadIds }: TraceSummary): string {
  const shown = threadIds.slice(0, THREADS_SHOWN).join(', ');
  if (shown === '') return String(threads);
  return `${threads} (${shown}${threads > THREADS_SHOWN ? ', ...' : ''})`;
}

function lines(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}
