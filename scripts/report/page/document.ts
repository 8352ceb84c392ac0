/**
 * The page as one file: its style, its scripts and its data in it, and a policy that lets it ask for
 * nothing else. The policy names the scripts and the style by their hashes, so no text that came in
 * with a CSV file could run even if it became markup.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { darkRules, patternDefinitions } from './colours.ts';
import { type Html, html, scriptJson } from './html.ts';

/** A part of the page. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** What the page says. */
export interface Page {
  readonly title: string;
  readonly lead: Html;
  readonly sections: readonly Section[];
  readonly foot: Html;
  /** What the scripts of the page read, by name. */
  readonly data: Readonly<Record<string, unknown>>;
}

const CLIENT = join(import.meta.dirname, '..', 'client');
const require = createRequire(import.meta.url);

/** Files of the page's own script: those that others use come first. */
const CLIENT_FILES = ['tables.js', 'figures.js', 'page.js'] as const;

/** The page's own script: its files as one, without what ties them together as modules. */
export function clientScript(): string {
  const texts = CLIENT_FILES.map((name) =>
    readFileSync(join(CLIENT, name), 'utf8')
      .replace(/^import \{[^}]*\} from '[^']*';\n/gm, '')
      .replace(/^export /gm, ''),
  );
  return `'use strict';\n(() => {\n${texts.join('\n')}})();\n`;
}

/** Vega for a page, and its interpreter, whose packages have one file to import each. */
const VEGA = join(dirname(require.resolve('vega')), 'vega.min.js');
const INTERPRETER = require.resolve('vega-interpreter');

/** Vega's interpreter of expressions as a script after vega's: it shares vega's helpers. */
function interpreterScript(): string {
  const script = readFileSync(INTERPRETER, 'utf8')
    .replace(/^import (\{[^}]*\}) from 'vega-util';\n/, 'const $1 = vega;\n')
    .replace(/^export \{ expression as expressionInterpreter \};\n/m, 'return expression;\n')
    .replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
  return `const expressionInterpreter = (() => {\n${script}})();\n`;
}

const STYLE = readFileSync(join(import.meta.dirname, 'style.css'), 'utf8');

/** The name of `text` in a policy. */
const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The page as a file. */
export function documentOf({ title, lead, sections, foot, data }: Page): string {
  const texts = [readFileSync(VEGA, 'utf8'), interpreterScript(), clientScript()];
  const scripts = texts.map((text) => `\n${text}`);
  const style = `${STYLE}${darkRules()}\n`;
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(hashOf).join(' ')}`,
    `style-src ${hashOf(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const links = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  const parts = sections.map(
    (one) => html`<section id="${one.id}" aria-labelledby="${one.id}-title">
<h2 id="${one.id}-title">${one.title}</h2>
${one.body}</section>
`,
  );
  const json = Object.entries(data).map(
    ([
      id,
      value,
    ]) => html`<script type="application/json" id="data-${id}">${scriptJson(value)}</script>
`,
  );
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${{ markup: style }}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>${title}</h1>
${lead}
<nav aria-label="Parts of the report"><ul>${links}</ul></nav>
</header>
<main id="content" tabindex="-1">
<noscript><p><b>Figures, sorting and filters need JavaScript, which is off.</b></p></noscript>
${parts}</main>
<footer>${foot}</footer>
${patternDefinitions(JSON.stringify(data))}
${json}${scripts.map((text): Html => ({ markup: `<script>${text}</script>\n` }))}</body>
</html>
`;
  return page.markup;
}
