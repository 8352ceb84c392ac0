/** The measure of text that vega uses: without a canvas it would take every letter as equally wide. */

import * as vega from 'vega';
import { textWidthPt } from '../../../harness/draw/index.ts';

export { FONT_FILES, wrapped } from '../../../harness/draw/index.ts';

/** Makes vega measure text so. It has one measure for the whole process. */
export function measureWithOwnFont(): void {
  // The package's types leave it out.
  const { textMetrics } = vega as unknown as {
    readonly textMetrics: { width: (item: TextItem, text?: string) => number };
  };
  textMetrics.width = (item, text) => {
    const line = String(text ?? item.text ?? '').trim();
    const isBold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600;
    return textWidthPt(line, item.fontSize ?? 11, isBold ? 'bold' : 'normal');
  };
}

interface TextItem {
  readonly text?: unknown;
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}
