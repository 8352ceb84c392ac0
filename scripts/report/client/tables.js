// Tables of the page: sorted by the buttons in their heads, filtered by words and by choices. Long ones
// are made from their data when the reader opens them.

/** Rows above which a table can be filtered. */
const FILTER_FROM = 8;
/** A column with so many different values at most has a list of them to choose from. */
const CHOICES_MAX = 14;
/** And only where these are short. */
const CHOICE_LETTERS_MAX = 32;
/** So many lists at most. */
const LISTS_MAX = 4;

/**
 * An element of `name` with `properties` and `children`.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} properties
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, properties = {}, children = []) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/**
 * What `cell` is sorted by: the number that it holds, else its text.
 * @param {HTMLTableCellElement} cell
 * @returns {number | string | null}
 */
function sortValue(cell) {
  const text = cell.dataset.sort ?? cell.textContent ?? '';
  if (text === '') return null;
  return cell.classList.contains('number') && Number.isFinite(Number(text)) ? Number(text) : text;
}

const collator = new Intl.Collator('en', { numeric: true });

/**
 * Order of two values; those that are missing come last, whichever way the table is sorted.
 * @param {number | string | null} a
 * @param {number | string | null} b
 * @param {1 | -1} direction
 */
function compareValues(a, b, direction) {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return direction * (a - b);
  return direction * collator.compare(String(a), String(b));
}

/**
 * Makes the heads of `table` buttons that sort it.
 * @param {HTMLTableElement} table
 */
function makeSortable(table) {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  heads.forEach((head, index) => {
    const button = make('button', { type: 'button' }, [...head.childNodes]);
    head.append(button);
    button.addEventListener('click', () => {
      const isUp = head.getAttribute('aria-sort') === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', isUp ? 'descending' : 'ascending');
      const [body] = table.tBodies;
      const rows = [...body.rows].map((row) => ({ row, value: sortValue(row.cells[index]) }));
      rows.sort((a, b) => compareValues(a.value, b.value, isUp ? -1 : 1));
      body.append(...rows.map(({ row }) => row));
    });
  });
}

/**
 * A list of the values of the column `index`, or null where there is nothing to choose.
 * @param {HTMLTableElement} table
 * @param {number} index
 */
function choicesOf(table, index) {
  const head = table.tHead?.rows[0]?.cells[index];
  if (head === undefined || head.classList.contains('number') || head.hidden) return null;
  const rows = [...table.tBodies[0].rows];
  const values = new Set(rows.map((row) => row.cells[index].textContent ?? ''));
  const isChoice = values.size > 1 && values.size <= Math.min(CHOICES_MAX, rows.length / 2);
  const isShort = [...values].every((text) => text.length <= CHOICE_LETTERS_MAX);
  if (!isChoice || !isShort || head.classList.contains('further')) return null;
  const name = head.textContent ?? '';
  const list = make('select', { name }, [
    make('option', { value: 'all', textContent: 'all' }),
    ...[...values].map((text) =>
      make('option', { value: `=${text}`, textContent: text === '' ? '(none)' : text }),
    ),
  ]);
  return { index, list, label: make('label', {}, [`${name} `, list]) };
}

/**
 * Puts a search and lists of choices before `table`.
 * @param {HTMLTableElement} table
 */
function makeFilterable(table) {
  const [body] = table.tBodies;
  if (body.rows.length < FILTER_FROM) return;
  const name = table.caption?.textContent ?? '';
  const search = make('input', { type: 'search', placeholder: 'words in a row' });
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  const lists = heads
    .map((_, index) => choicesOf(table, index))
    .filter((one) => one !== null)
    .slice(0, LISTS_MAX);
  const count = make('output', {});
  const tools = make('div', { className: 'tools' }, [
    make('label', {}, ['Filter ', search]),
    ...lists.map(({ label }) => label),
    count,
  ]);
  tools.setAttribute('role', 'group');
  tools.setAttribute('aria-label', `Filter of: ${name}`);
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of body.rows) {
      const text = [...row.cells]
        .map((cell) => cell.textContent)
        .join(' ')
        .toLowerCase();
      const isChosen = lists.every(
        ({ index, list }) =>
          list.value === 'all' || list.value === `=${row.cells[index].textContent}`,
      );
      row.hidden = !(isChosen && words.every((word) => text.includes(word)));
      if (!row.hidden) shown++;
    }
    count.textContent = `${shown} of ${body.rows.length} rows`;
  };
  search.addEventListener('input', apply);
  for (const { list } of lists) list.addEventListener('change', apply);
  apply();
  table.parentElement?.before(tools);
}

/**
 * @typedef {object} LongTable
 * @property {string} caption
 * @property {{ name: string, about: string, isNumber: boolean, isMain: boolean }[]} columns
 * @property {string[][]} rows
 */

/**
 * The table of `data`, of which the columns that are not main ones can be shown, too.
 * @param {LongTable} data
 */
function longTable({ caption, columns, rows }) {
  const kind = columns.map(({ isNumber, isMain }) =>
    [isNumber ? 'number' : 'text', isMain ? '' : 'further'].join(' ').trim(),
  );
  const head = columns.map(({ name, about }, i) =>
    make('th', { scope: 'col', className: kind[i], title: about, textContent: name }),
  );
  const lines = rows.map((row) =>
    make(
      'tr',
      {},
      row.map((text, i) =>
        i === 0
          ? make('th', { scope: 'row', className: kind[i], textContent: text })
          : make('td', { className: kind[i], textContent: text }),
      ),
    ),
  );
  const table = make('table', {}, [
    make('caption', { textContent: caption }),
    make('thead', {}, [make('tr', {}, head)]),
    make('tbody', {}, lines),
  ]);
  const box = make('div', { className: 'table', tabIndex: 0 }, [table]);
  box.setAttribute('role', 'region');
  box.setAttribute('aria-label', caption);
  return { box, table, hasFurther: columns.some(({ isMain }) => !isMain) };
}

/**
 * Makes the table of `details` when it is first opened.
 * @param {HTMLDetailsElement} details
 * @param {LongTable} data
 */
export function makeLongTable(details, data) {
  details.addEventListener('toggle', () => {
    if (!details.open || details.querySelector('table') !== null) return;
    const { box, table, hasFurther } = longTable(data);
    details.append(box);
    enhanceTable(table);
    if (!hasFurther) return;
    const all = make('input', { type: 'checkbox' });
    all.addEventListener('change', () => box.classList.toggle('all-columns', all.checked));
    const label = make('label', {}, [all, ` all ${data.columns.length} columns`]);
    box.before(make('div', { className: 'tools' }, [label]));
  });
}

/** @param {HTMLTableElement} table */
export function enhanceTable(table) {
  makeFilterable(table);
  makeSortable(table);
}
