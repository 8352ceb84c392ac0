/** What a figure is: the files that it reads, and a pure function from their rows to a drawing. */

import type { z } from 'zod';
import { UsageError } from '../../../harness/host/index.ts';
import type { TableSpec } from './table.ts';
import type { FigureWidth } from './theme.ts';

/** A view of vega-lite, data in it. */
export type View = Readonly<Record<string, unknown>>;

/** What a figure makes of its rows. */
export interface Drawing {
  /** The finding, computed from the rows: one sentence. */
  readonly title: string;
  /** What is drawn, under which conditions; sentences. */
  readonly caption: string;
  /** What is missing or cut off; one sentence each. */
  readonly notes?: readonly string[];
  /** Panels beside each other, which share the width; 1 if not given. */
  readonly across?: number;
  readonly view: View;
}

/** Tables by the name that a figure gives them. */
type Tables = Readonly<Record<string, TableSpec>>;

type RowsOf<T extends Tables> = { [Name in keyof T]: z.output<T[Name]['columns']>[] };

/** One figure of the table of figures. */
export interface Figure {
  readonly id: string;
  /** What it shows, for a list of figures. */
  readonly summary: string;
  readonly width: FigureWidth;
  readonly tables: Tables;
  /** True for figures that are drawn on a dark ground, too. */
  readonly dark?: boolean;
  /** Draws `rows`, which have the columns that `tables` states. Throws NothingToDraw. */
  draw(rows: Readonly<Record<string, readonly object[]>>): Drawing;
}

/** The rows hold nothing that the figure shows. */
export class NothingToDraw extends UsageError {}

/** A figure whose rows have the types of its columns. */
export function figure<T extends Tables>(
  given: Omit<Figure, 'tables' | 'draw'> & {
    readonly tables: T;
    draw(rows: RowsOf<T>): Drawing;
  },
): Figure {
  return { ...given, draw: (rows) => told(given.draw(rows as RowsOf<T>)) };
}

/** `drawing`, if what it finds are numbers: of rows that are not there they are none. Throws NothingToDraw. */
function told(drawing: Drawing): Drawing {
  const { title, caption, notes = [] } = drawing;
  if (![title, caption, ...notes].some((text) => /\b(NaN|Infinity|undefined)\b/.test(text)))
    return drawing;
  throw new NothingToDraw('there is no row of what it compares');
}

/** `rows`, of which there must be some: `what` says which. Throws NothingToDraw. */
export function some<Row>(rows: readonly Row[], what: string): readonly Row[] {
  if (rows.length === 0) throw new NothingToDraw(`there is no row of ${what}`);
  return rows;
}
