/**
 * How pictures look: colours, patterns, marker shapes, order, fonts and sizes. The colours of the
 * designs are the high-contrast set of Paul Tol ("Colour schemes", SRON, 2021), which people with
 * red-green blindness tell apart and which stays three different greys in print. Each design also has
 * a pattern for areas and a shape for points, so nothing depends on colour alone.
 *
 * One unit is one point (1/72 inch): what is 7 here is 7 pt in a paper's column.
 */

/** Widths of figures: a column of a two-column paper (8.5 cm), or both columns (17.5 cm). */
export const WIDTHS_PT = { column: 241, page: 496 } as const;

export type FigureWidth = keyof typeof WIDTHS_PT;

/** Smallest text of a figure at its printed size. */
export const TEXT_PT = 7;

/** Size of a figure's title. */
export const TITLE_PT = 8;

/** The family that text is measured with; the others have the same widths. */
export const FONT = 'Arimo, Liberation Sans, Arial, Helvetica, sans-serif';

export const INK = '#222222';
export const MUTED = '#555555';
export const GRID = '#dddddd';
export const PAPER = '#ffffff';

/** How one series is drawn: as an area, as a point, as a line. */
export interface Look {
  readonly colour: string;
  /** Lines over the colour of an area; `plain` is none. */
  readonly pattern: 'plain' | 'rising' | 'falling' | 'level' | 'dots' | 'crossed';
  /** Colour of the pattern's lines. */
  readonly lines: string;
  /** A symbol of vega. */
  readonly shape: string;
  /** Lengths of dash and gap; empty for a line without gaps. */
  readonly dash: readonly number[];
}

/** Symbols that vega has no name for, as it takes them. */
const STAR = 'M0,-1.2L0.35,-0.35L1.2,0L0.35,0.35L0,1.2L-0.35,0.35L-1.2,0L-0.35,-0.35Z';
const PENTAGON = 'M0,-1L0.95,-0.31L0.59,0.81L-0.59,0.81L-0.95,-0.31Z';
const HOURGLASS = 'M-0.8,-0.9L0.8,-0.9L-0.8,0.9L0.8,0.9Z';

/** The designs in their order in every figure. */
const DESIGNS: Readonly<Record<string, Look>> = {
  'no-sm': look('#bbbbbb', 'plain', '#ffffff', 'circle', [1, 1.5]),
  'sm-rc': look('#bb5566', 'rising', '#ffffff', 'square', [5, 2]),
  'sm-ob': look('#ddaa33', 'dots', '#4d3800', 'triangle-up', [2.5, 1.5]),
  'sm-dd': look('#004488', 'plain', '#ffffff', 'diamond', []),
  'sm-ad': look('#009988', 'rising', '#ffffff', PENTAGON, [1, 1, 4, 1]),
  'sm-sb': look('#332288', 'dots', '#ffffff', STAR, [10, 2]),
  apm: look('#228833', 'falling', '#ffffff', 'triangle-down', [6, 2, 1, 2]),
  gpspm: look('#66ccee', 'level', '#003344', 'triangle-right', [3, 3]),
  'ibta-flush': look('#aa3377', 'crossed', '#ffffff', 'triangle-left', [8, 2]),
  'cxl-direct': look('#999933', 'falling', '#ffffff', HOURGLASS, [4, 1, 1, 1]),
  ideal: look('#ffffff', 'crossed', '#777777', 'cross', [1, 3]),
};

/** Looks of designs that the table above does not know, by their order of appearance. */
const FURTHER: readonly Look[] = [
  look('#ee8866', 'falling', '#222222', 'wedge', [6, 2, 1, 2]),
  look('#44aa99', 'level', '#003344', 'arrow', [3, 3]),
  look('#882255', 'crossed', '#ffffff', 'triangle', [8, 2]),
  look('#777777', 'dots', '#ffffff', 'stroke', [4, 1, 1, 1, 1, 1]),
];

/** Looks of parts of a whole, neighbours unlike in lightness and pattern. */
export const PART_LOOKS: readonly Look[] = [
  look('#e8e8e8', 'plain', '#ffffff', 'circle', []),
  look('#88ccaa', 'level', '#1c4a36', 'square', []),
  look('#ddaa33', 'dots', '#4d3800', 'triangle-up', []),
  look('#bb5566', 'rising', '#ffffff', 'diamond', []),
  look('#004488', 'plain', '#ffffff', 'cross', []),
  look('#ffffff', 'crossed', '#777777', 'stroke', []),
];

/** Looks of an ordered series (few to many), light to dark, each with its own shape. */
export const STEP_LOOKS: readonly Look[] = [
  look('#88aacc', 'dots', '#003366', 'circle', [1, 1.5]),
  look('#5f88b4', 'level', '#ffffff', 'square', [2.5, 1.5]),
  look('#35669c', 'rising', '#ffffff', 'triangle-up', [5, 2]),
  look('#004488', 'plain', '#ffffff', 'diamond', []),
  look('#002244', 'falling', '#ffffff', 'cross', [6, 2, 1, 2]),
  look('#000000', 'crossed', '#ffffff', 'triangle-down', [3, 3]),
];

function look(
  colour: string,
  pattern: Look['pattern'],
  lines: string,
  shape: string,
  dash: readonly number[],
): Look {
  return { colour, pattern, lines, shape, dash };
}

/**
 * Colours of the dark variant, by those of the light one. A series from few (light) to many (dark)
 * goes from dim to bright.
 */
export const DARK: Readonly<Record<string, string>> = {
  [PAPER]: '#0d1117',
  [INK]: '#e6edf3',
  [MUTED]: '#9da7b1',
  [GRID]: '#30363d',
  '#004488': '#6699cc',
  '#bbbbbb': '#8b949e',
  '#88aacc': '#4d6f94',
  '#5f88b4': '#5580b0',
  '#35669c': '#5e8dc0',
  '#002244': '#a5c8ec',
  '#000000': '#f5f8fb',
};

/** `text` of a figure in the colours of the dark variant. */
export function darkened(text: string): string {
  return text.replace(/#[0-9a-f]{6}\b/g, (colour) => DARK[colour] ?? colour);
}

/** `names` in the order of every figure: known designs first, others as they come. */
export function inDesignOrder(names: Iterable<string>): string[] {
  const known = Object.keys(DESIGNS);
  const place = (name: string) => (known.includes(name) ? known.indexOf(name) : known.length);
  return [...new Set(names)].sort((a, b) => place(a) - place(b));
}

/** How the designs `names` look. */
export function designLooks(names: readonly string[]): Record<string, Look> {
  const unknown = names.filter((name) => !Object.hasOwn(DESIGNS, name));
  return Object.fromEntries(
    names.map((name) => [
      name,
      DESIGNS[name] ?? FURTHER[unknown.indexOf(name) % FURTHER.length] ?? FURTHER[0],
    ]),
  );
}
