/** Figures of the ports against those measured on their originals. */

import { inProgramOrder } from './draw/cells.ts';
import { axis, distinct } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { GRID, INK } from './draw/theme.ts';

const LIMIT = 4;

const VERDICTS: Readonly<Record<string, readonly [colour: string, shape: string]>> = {
  within: ['#88aacc', 'circle'],
  explained: ['#ddaa33', 'triangle-up'],
  open: ['#bb5566', 'square'],
  beyond: ['#000000', 'cross'],
};

export const portsOriginals = figure({
  id: 'ports-originals',
  summary: "figures of the ports against their originals', in units of the tolerance",
  width: 'column',
  tables: {
    rows: table('validation.csv', {
      section: text,
      program: text,
      deviation: number,
      tolerance: number,
      verdict: text,
    }),
  },
  draw({ rows }) {
    const judged = some(
      rows.flatMap(({ section, program, deviation, tolerance, verdict }) => {
        if (section !== 'program' || deviation === null || tolerance === null) return [];
        const share = Math.max(-LIMIT, Math.min(LIMIT, deviation / tolerance));
        return [{ program, share, verdict }];
      }),
      'a judged figure of a program',
    );
    const within = judged.filter(({ verdict }) => verdict === 'within').length;
    const cut = judged.filter(({ share }) => Math.abs(share) === LIMIT).length;
    const shown = Object.keys(VERDICTS).filter((verdict) =>
      judged.some((row) => row.verdict === verdict),
    );
    const scale = (index: 0 | 1) => ({
      domain: shown,
      range: shown.map((verdict) => VERDICTS[verdict][index]),
    });
    return {
      title: `${within} of ${judged.length} judged figures of the ports are within tolerance of their originals`,
      caption:
        'Epochs, lines, bytes and dependencies per transaction: deviation from the original, in units of the tolerance (shaded: within).',
      notes: cut > 0 ? [`${cut} beyond ${LIMIT} tolerances are drawn at ${LIMIT}.`] : [],
      view: {
        data: { values: judged },
        height: { step: 11 },
        layer: [
          {
            data: { values: [{ from: -1, to: 1 }] },
            mark: { type: 'rect', color: GRID, opacity: 0.6 },
            encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'to' } },
          },
          {
            mark: { type: 'point', size: 18, stroke: INK, strokeWidth: 0.4 },
            encoding: {
              y: {
                field: 'program',
                type: 'nominal',
                title: null,
                sort: inProgramOrder(distinct(judged, ({ program }) => program)),
                axis: { grid: true },
              },
              x: axis('share', 'deviation in tolerances', { domain: [-LIMIT, LIMIT] }),
              fill: { field: 'verdict', type: 'nominal', title: null, scale: scale(0) },
              shape: { field: 'verdict', type: 'nominal', title: null, scale: scale(1) },
            },
          },
        ],
      },
    };
  },
});
