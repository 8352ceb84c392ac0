/** How every figure looks: what all pictures share, and what vega-lite is told of it. */

import { FONT, GRID, INK, type Look, MUTED, PAPER, TEXT_PT } from '../../../harness/draw/index.ts';

export {
  DARK,
  darkened,
  designLooks,
  type FigureWidth,
  GRID,
  INK,
  inDesignOrder,
  type Look,
  MUTED,
  PAPER,
  PART_LOOKS,
  STEP_LOOKS,
  TEXT_PT,
  TITLE_PT,
  WIDTHS_PT,
} from '../../../harness/draw/index.ts';

/** `names` with `looks` in their order. */
export function looksInOrder(
  names: readonly string[],
  looks: readonly Look[],
): Record<string, Look> {
  return Object.fromEntries(names.map((name, index) => [name, looks[index % looks.length]]));
}

/** The configuration of vega-lite that all figures share. */
export function themeConfig(panelWidth: number): object {
  const text = { labelFontSize: TEXT_PT, titleFontSize: TEXT_PT, labelFont: FONT, titleFont: FONT };
  return {
    aria: false,
    background: PAPER,
    font: FONT,
    padding: 3,
    view: {
      continuousWidth: panelWidth,
      discreteWidth: panelWidth,
      continuousHeight: 110,
      discreteHeight: 110,
      stroke: GRID,
      strokeWidth: 0.5,
    },
    axis: {
      ...text,
      labelColor: INK,
      titleColor: INK,
      titleFontWeight: 'normal',
      titlePadding: 4,
      labelPadding: 2,
      labelLimit: 0,
      titleLimit: 0,
      labelFlush: false,
      gridColor: GRID,
      gridWidth: 0.4,
      domainColor: MUTED,
      domainWidth: 0.5,
      tickColor: MUTED,
      tickWidth: 0.5,
      tickSize: 3,
    },
    axisX: { grid: false },
    legend: {
      ...text,
      labelColor: INK,
      titleColor: INK,
      titleFontWeight: 'normal',
      titleLimit: 0,
      labelLimit: 0,
      orient: 'bottom',
      direction: 'horizontal',
      columnPadding: 8,
      rowPadding: 2,
      symbolSize: 60,
      symbolStrokeWidth: 0.6,
      titlePadding: 3,
      offset: 4,
      padding: 0,
    },
    header: { ...text, labelColor: INK, titleColor: INK, labelFontWeight: 'bold', labelPadding: 3 },
    facet: { spacing: 8 },
    concat: { spacing: 10 },
    title: {
      font: FONT,
      fontSize: TEXT_PT,
      fontWeight: 'bold',
      color: INK,
      subtitleFont: FONT,
      subtitleFontSize: TEXT_PT,
      subtitleColor: MUTED,
      subtitlePadding: 2,
      anchor: 'start',
      frame: 'bounds',
      limit: 0,
    },
    text: { font: FONT, fontSize: TEXT_PT, color: INK },
    bar: { stroke: INK, strokeWidth: 0.3 },
    line: { strokeWidth: 1 },
    point: { size: 20, filled: true, opacity: 1, strokeWidth: 0.5 },
    rule: { strokeWidth: 0.5, color: INK },
    tick: { thickness: 1 },
  };
}
