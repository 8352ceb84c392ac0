/** The report of some results as one page. */

import { drawings, drawnOr } from '../figures/draw/source.ts';
import { inDesignOrder } from '../figures/draw/theme.ts';
import { FIGURES } from '../figures/index.ts';
import { type LiveFigure, liveFigure } from './live.ts';
import { documentOf } from './page/document.ts';
import { html } from './page/html.ts';
import { againstSection } from './sections/against.ts';
import { checksSection } from './sections/checks.ts';
import { figuresSection, type Skipped } from './sections/drawn.ts';
import { headlineSection, leadOf, programsSection } from './sections/headline.ts';
import { commitText, type Origin, provenanceSection } from './sections/provenance.ts';
import { tablesSection } from './sections/tables.ts';
import type { Results } from './source.ts';

/** What a report is of. */
export interface ReportRequest extends Origin {
  readonly results: Results;
  /** Results that they are held against. */
  readonly against?: Results | undefined;
  /** Called as figures are laid out, which takes most of the time. */
  onProgress(done: number, total: number, what: string): void;
}

/** A report, and what could not be drawn in it. */
export interface Report {
  readonly page: string;
  readonly figures: number;
  /** Of one file only what is wrong with itself, not which other files there could be. */
  readonly skipped: readonly Skipped[];
}

/** Makes the report. Throws UsageError where the results cannot be compared. */
export async function reportOf(request: ReportRequest): Promise<Report> {
  const { results, against, command } = request;
  const moved = against === undefined ? undefined : againstSection(results, against);
  const designs = designsOf(results);
  const { figures, skipped } = await drawn(request, designs);
  const tables = tablesSection(results);
  const sections = [
    ...headlineSection(results),
    ...(moved === undefined ? [] : [moved.section]),
    ...programsSection(results),
    ...figuresSection(figures, skipped, shownDesigns(figures, designs)),
    ...checksSection(results),
    tables.section,
    provenanceSection(results, request),
  ];
  const page = documentOf({
    title: 'What synchronous mirroring of persistent memory costs',
    lead: leadOf(results, figures[0]?.title),
    sections,
    foot: html`<p>Written by pmirror, commit ${commitText(results)}. All times are virtual.</p>`,
    data: {
      figures: figures.map(({ id, spec, designFields, seriesField }) => ({
        id,
        spec,
        designFields,
        seriesField,
      })),
      tables: [...(moved?.data ?? []), ...tables.data],
    },
  });
  return { page, figures: figures.length, skipped };

  /** `text` with the results called as the user does, so that no path of this machine is in it. */
  function named(text: string): string {
    return text.replaceAll(results.path, results.from);
  }

  /** The figures that can be drawn, and why others cannot. */
  async function drawn({ onProgress }: ReportRequest, names: readonly string[]) {
    const live: LiveFigure[] = [];
    const reasons: Skipped[] = [];
    const chosen = drawings(FIGURES, { from: results.path, command });
    for (const [index, one] of chosen.entries()) {
      onProgress(index, chosen.length, one.figure.id);
      if ('skipped' in one) {
        reasons.push({ id: one.figure.id, reason: named(one.skipped) });
        continue;
      }
      const figure = await drawnOr(
        one,
        {},
        () => liveFigure(one, names),
        (reason) => reasons.push({ id: one.figure.id, reason: named(reason) }),
      );
      if (figure !== undefined) live.push({ ...figure, text: figure.text.map(named) });
    }
    const isOwn = ({ reason }: Skipped) =>
      !results.isOneFile || reason.startsWith(results.from) || /^it lacks [^\s,]+ of /.test(reason);
    return { figures: live, skipped: reasons.filter(isOwn) };
  }
}

/** The designs that the results name, in the order of every figure. */
function designsOf({ files }: Results): string[] {
  const names = files.flatMap(({ records }) => records.map((row) => row.backend ?? ''));
  return inDesignOrder(names.filter((name) => name !== ''));
}

const shownDesigns = (figures: readonly LiveFigure[], designs: readonly string[]): string[] =>
  designs.filter((name) => figures.some((one) => one.designs.includes(name)));
