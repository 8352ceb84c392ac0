/**
 * HTML that is safe by construction: a template escapes every text that is put into it, and only what
 * such a template made goes in as it is. So no text of a CSV file can become markup.
 */

/** Markup, made by {@link html}. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | readonly Part[];

/** Markup of a template; texts and numbers in it are escaped, lists put together. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = strings.reduce((sum, text, index) => sum + markupOf(parts[index - 1]) + text);
  return { markup };
}

function markupOf(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return 'markup' in part ? part.markup : part.map(markupOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]);

/** Nothing. */
export const NOTHING: Html = { markup: '' };

/**
 * `value` as JSON for the inside of a script element: nothing in it can end the element, open a comment
 * in it, or be a line's end to JavaScript alone.
 */
export function scriptJson(value: unknown): Html {
  const markup = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { markup };
}

/** One column of a table on the page. */
export interface Head {
  readonly text: string;
  /** True for numbers: to the right, and sorted as such. */
  readonly isNumber?: boolean;
  /** What it means and its unit, shown where the pointer rests. */
  readonly about?: string;
}

/** A cell: a text, or one with what it is sorted by. */
export type Cell = string | { readonly text: string; readonly sort: number | null };

/** What a table shows; of its rows the first cell is their head. */
export interface TableContent {
  readonly caption: string;
  readonly heads: readonly Head[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A table that the reader can sort, and filter if it has more than a few rows. */
export function dataTable({ caption, heads, rows }: TableContent): Html {
  const number = (index: number) => (heads[index].isNumber ? 'number' : 'text');
  const head = heads.map(
    ({ text, about = '' }, index) =>
      html`<th scope="col" class="${number(index)}" title="${about}">${text}</th>`,
  );
  const cell = (content: Cell, index: number) => {
    const text = typeof content === 'string' ? content : content.text;
    const sort =
      typeof content === 'string' || content.sort === null
        ? NOTHING
        : html` data-sort="${content.sort}"`;
    return index === 0
      ? html`<th scope="row" class="${number(index)}"${sort}>${text}</th>`
      : html`<td class="${number(index)}"${sort}>${text}</td>`;
  };
  const body = rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`);
  return html`<div class="table" role="region" tabindex="0" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}
