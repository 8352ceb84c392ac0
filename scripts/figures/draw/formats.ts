/** An SVG of ours as PNG and PDF, with the same font on every machine. */

import { Resvg } from '@resvg/resvg-js';
import PDFDocument from 'pdfkit';
import SVGtoPDF from 'svg-to-pdfkit';
import { FONT_FILES } from './font.ts';
import type { Rendered } from './render.ts';

/** Pixels a point: 300 to the inch. */
const PNG_SCALE = 300 / 72;

/** `figure` as PNG for print, 300 pixels to the inch. */
export function pngOf({ svg, widthPt }: Rendered): Buffer {
  const drawn = new Resvg(svg, {
    fitTo: { mode: 'width', value: Math.round(widthPt * PNG_SCALE) },
    font: {
      loadSystemFonts: false,
      fontFiles: Object.values(FONT_FILES),
      defaultFontFamily: 'Arimo',
    },
  });
  return drawn.render().asPng();
}

/** `figure` as PDF of one page of its size, for LaTeX: fonts embedded, no time in it. */
export function pdfOf({ svg, widthPt, heightPt }: Rendered): Promise<Buffer> {
  const document = new PDFDocument({
    size: [widthPt, heightPt],
    margin: 0,
    info: {
      CreationDate: new Date(0),
      ModDate: new Date(0),
      Producer: 'pmirror',
      Creator: 'pmirror',
    },
  });
  document.registerFont('Arimo', FONT_FILES.normal);
  document.registerFont('Arimo-Bold', FONT_FILES.bold);
  // It takes a width in points for one in pixels; without it the box of the view is the page.
  const unsized = svg.replace(/ width="\d+pt" height="\d+pt"/, '');
  SVGtoPDF(document, unsized, 0, 0, {
    width: widthPt,
    height: heightPt,
    assumePt: true,
    fontCallback: (_family, bold) => (bold ? 'Arimo-Bold' : 'Arimo'),
    warningCallback: (warning) => {
      throw new Error(`PDF: ${warning}`);
    },
  });
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    document.on('data', (piece: Buffer) => pieces.push(piece));
    document.on('end', () => resolve(Buffer.concat(pieces)));
    document.on('error', reject);
    document.end();
  });
}
