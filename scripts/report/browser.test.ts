/** The report in a real Chromium: what a reader sees, clicks, types and prints. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { parse, View } from 'vega';
import { printable } from '../../pm/printable.ts';
import { IS_LONG } from '../../pm/testing/extent.ts';
import { patternsOf } from '../figures/draw/patterns.ts';
import { chromiumPath } from './testing/browser.ts';
import {
  committedReport,
  NASTY,
  nastyRows,
  reportAt,
  whisperRows,
  writeRows,
} from './testing/reports.ts';

const executablePath = chromiumPath();
/** A browser takes as long as a fifth of all other tests. */
const skip = !IS_LONG
  ? 'a browser is started by npm run test:long'
  : executablePath === undefined
    ? 'no Chromium on PATH (apt-get install chromium), nor CHROMIUM'
    : false;

/** For machines that are slow or busy. */
const TIMEOUT_MS = 120_000;
const A4_WIDTH_PX = Math.floor(((210 - 2 * 14) / 25.4) * 96);
const READY = 'html[data-state="ready"]';

describe('the report in a browser', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pmirror-browser-test-'));
  const file = join(folder, 'report.html');
  let browser: Browser;
  let page: Page;
  /** What a page of ours must not do: say something on the console, or ask for something. */
  const faults: string[] = [];

  /** A page on `path`, drawn, whose faults are noted. */
  async function opened(path: string, colorScheme: 'light' | 'dark', width = 1440): Promise<Page> {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    context.setDefaultTimeout(TIMEOUT_MS);
    const one = await context.newPage();
    one.on('console', (message) => faults.push(`console: ${message.text()}`));
    one.on('pageerror', (error) => faults.push(`error: ${error.message}`));
    one.on('dialog', (dialog) => faults.push(`dialog: ${dialog.message()}`));
    one.on('request', (request) => {
      const url = request.url();
      if (url !== `file://${path}` && !url.startsWith('data:')) faults.push(`request: ${url}`);
    });
    await one.goto(`file://${path}`);
    await one.waitForSelector(READY, { state: 'attached' });
    return one;
  }

  before(async () => {
    const { page: text } = await committedReport();
    assert.ok(Buffer.byteLength(text) < 5e6, 'the report is under 5 MB');
    writeFileSync(file, text);
    browser = await chromium.launch({ executablePath: executablePath ?? '', timeout: TIMEOUT_MS });
    page = await opened(file, 'light');
  });

  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /**
   * Holds `check` as soon as the page has got there: figures are drawn, and tables made, after the
   * act that asked for them has returned.
   */
  async function eventually(check: () => Promise<void>): Promise<void> {
    for (const end = Date.now() + TIMEOUT_MS; ; await page.waitForTimeout(20)) {
      try {
        return await check();
      } catch (error) {
        if (!(error instanceof assert.AssertionError) || Date.now() > end) throw error;
      }
    }
  }

  /** How many marks of data each figure shows. */
  const marks = (): Promise<Record<string, number>> =>
    page.evaluate(() =>
      Object.fromEntries(
        [...document.querySelectorAll('figure')].map((figure) => [
          figure.id,
          figure.querySelectorAll('.role-mark > :not(.background)').length,
        ]),
      ),
    );

  test('every figure is drawn, with the ink of the same figure drawn without a browser', async () => {
    const data = await page.locator('#data-figures').textContent();
    const figures: { id: string; spec: object }[] = JSON.parse(data ?? '[]');
    assert.ok(figures.length >= 15);
    const canvas = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    for (const { id, spec } of figures) {
      const live = page.locator(`#figure-${id} .live svg`);
      const box = await live.boundingBox();
      assert.ok(box !== null && box.width > 300 && box.height > 100, id);
      const view = new View(parse(spec as never), { renderer: 'none' });
      await view.runAsync();
      const svg = await view.resize().toSVG();
      const shown = `<svg width="0" height="0" style="position:absolute"><defs>${patternsOf(svg).join('')}</defs></svg>`;
      await canvas.setContent(
        `<style>body{margin:0;width:${box.width}px}body>svg{display:block}.it svg{display:block;width:100%;height:auto}</style>${shown}<div class="it">${svg}</div>`,
      );
      const [ours, reference] = [
        await inkOf(canvas, await live.screenshot()),
        await inkOf(canvas, await canvas.locator('.it svg').screenshot()),
      ];
      const off = ours.map((ink, i) => Math.abs(ink - reference[i]));
      assert.ok(reference.filter((ink) => ink > 0.01).length > 20, `${id}: the reference is empty`);
      assert.ok(Math.max(...off) < 0.2, `${id}: a part has other ink: ${Math.max(...off)}`);
      assert.ok(off.reduce((a, b) => a + b) / off.length < 0.03, `${id}: other ink`);
    }
    await canvas.close();
  });

  test('a design that is switched off goes from all figures that show it, and comes back', async () => {
    const all = await marks();
    await page.locator('#designs').getByLabel('sm-dd').uncheck();
    const figures = ['headline', 'whisper-time', 'transact', 'time-parts', 'threads', 'latency'];
    await eventually(async () => {
      const less = await marks();
      for (const id of [...figures, 'hardware', 'replicas', 'tornado', 'crash-coverage']) {
        assert.ok(less[`figure-${id}`] < all[`figure-${id}`], `${id} still shows sm-dd`);
      }
      assert.equal(less['figure-calibration'], all['figure-calibration']);
    });
    await page.locator('#designs').getByLabel('sm-dd').check();
    await eventually(async () => assert.deepEqual(await marks(), all));
  });

  test('an entry of a legend hides what it names: a design everywhere, a series in its figure', async () => {
    const all = await marks();
    const entry = (id: string, name: string) =>
      page.locator(`#figure-${id} .role-legend-label text`, { hasText: new RegExp(`^${name}$`) });
    await entry('whisper-time', 'sm-ob').click();
    await eventually(async () => {
      assert.equal(await page.locator('#designs').getByLabel('sm-ob').isChecked(), false);
      assert.ok((await marks())['figure-threads'] < all['figure-threads']);
    });
    await entry('whisper-time', 'sm-ob').click();
    await eventually(async () => assert.deepEqual(await marks(), all));
    await entry('transact', '4').click();
    await eventually(async () => {
      const less = await marks();
      assert.ok(less['figure-transact'] < all['figure-transact']);
      assert.equal(less['figure-threads'], all['figure-threads']);
    });
    await entry('transact', '4').click();
    await eventually(async () => assert.deepEqual(await marks(), all));
  });

  test('with every design hidden a figure is empty, not broken', async () => {
    const all = await marks();
    const boxes = page.locator('#designs input');
    for (const box of await boxes.all()) await box.uncheck();
    await eventually(async () => assert.equal((await marks())['figure-replicas'], 0));
    for (const box of await boxes.all()) await box.check();
    await eventually(async () => assert.deepEqual(await marks(), all));
  });

  test('the pointer over a mark tells program, design and value', async () => {
    const slowdown = whisperRows().find(
      (row) => row.workload === 'echo' && row.backend === 'sm-rc' && row.queuePairs === 'auto',
    )?.slowdownOverNoSm;
    const bar = page.locator('#figure-whisper-time .role-mark path[fill^="url(#rising"]').first();
    await bar.hover({ force: true });
    await eventually(async () => {
      const text = await page.locator('.tip').innerText();
      assert.match(text, /program\s*echo/);
      assert.match(text, /design\s*sm-rc/);
      assert.match(text, new RegExp(`time over no-sm\\s*${Number(slowdown).toPrecision(4)}`));
    });
    await page.keyboard.press('Escape');
    await page.locator('.tip').waitFor({ state: 'hidden' });
  });

  test('a head sorts numbers as numbers, up and down, gaps last, and says which way', async () => {
    await page.locator('#table-validation-csv summary').click();
    const table = page.locator('#table-validation-csv table');
    await table.waitFor();
    const column = async (name: string) => {
      const heads = await table.locator('thead th').allInnerTexts();
      const index = heads.findIndex((text) => text.startsWith(name));
      const texts = await table.locator(`tbody tr > :nth-child(${index + 1})`).allTextContents();
      return { head: table.locator('thead th').nth(index), texts };
    };
    const { head } = await column('tolerance');
    assert.equal(await head.getAttribute('aria-sort'), null);
    await head.getByRole('button').focus();
    for (const [way, sign] of [
      ['ascending', 1],
      ['descending', -1],
    ] as const) {
      await page.keyboard.press('Enter');
      await eventually(async () => assert.equal(await head.getAttribute('aria-sort'), way));
      const { texts } = await column('tolerance');
      const numbers = texts.filter((text) => text !== '').map(Number);
      assert.ok(numbers.length > 100 && numbers.length < texts.length);
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => sign * (a - b)),
      );
      assert.equal(texts.at(-1), '');
    }
  });

  test('words and choices filter a table, and it says how many rows are left', async () => {
    const details = page.locator('#table-validation-csv');
    const rows = details.locator('tbody tr:visible');
    const all = await rows.count();
    await details.getByRole('searchbox').fill('echo EPOCHS');
    await eventually(async () => {
      const found = await rows.allInnerTexts();
      assert.ok(found.length > 0 && found.length < all);
      assert.ok(found.every((text) => /echo/i.test(text) && /epochs/i.test(text)));
      assert.equal(await details.locator('output').innerText(), `${found.length} of ${all} rows`);
    });
    await details.getByRole('searchbox').fill('');
    await details.getByLabel('verdict').selectOption('open');
    await eventually(async () => assert.equal(await rows.count(), 5));
    await details.getByLabel('verdict').selectOption('all');
    await eventually(async () => assert.equal(await rows.count(), all));
  });

  test('the keyboard alone reaches the content, and all columns of a table', async () => {
    await page.evaluate(() => scrollTo(0, 0));
    await page.mouse.click(2, 2);
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').innerText(), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator(':focus').getAttribute('id'), 'content');
    const details = page.locator('#table-whisper-csv');
    await details.locator('summary').focus();
    await page.keyboard.press('Enter');
    const heads = details.locator('thead th:visible');
    await heads.first().waitFor();
    const few = await heads.count();
    await details.getByLabel(/all \d+ columns/).focus();
    await page.keyboard.press('Space');
    await eventually(async () => assert.ok((await heads.count()) > few + 20));
  });

  for (const [scheme, width] of [
    ['light', 360],
    ['dark', 1440],
  ] as const) {
    test(`${scheme} and ${width} px wide: no scrolling aside, no fault of accessibility`, async () => {
      const one = await opened(file, scheme, width);
      const wide = await one.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(wide, width);
      assert.deepEqual(await lowContrast(one), []);
      // Rows are alike, and figures are hidden from it: without most of them it takes seconds.
      await one.evaluate(() => {
        for (const row of document.querySelectorAll('tbody tr:nth-child(n+4)')) row.remove();
        for (const figure of document.querySelectorAll('.live svg')) figure.remove();
      });
      await one.evaluate(axe.source);
      const violations: string[] = await one.evaluate(async () => {
        // biome-ignore lint/suspicious/noExplicitAny: axe is a global of its own script
        const found = await (globalThis as any).axe.run();
        return found.violations.map(
          (rule: { id: string; nodes: { html: string }[] }) => `${rule.id}: ${rule.nodes[0].html}`,
        );
      });
      assert.deepEqual(violations, []);
      await one.context().close();
    });
  }

  test('on A4 nothing is cut off, and what is for a screen is not there', async () => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.setViewportSize({ width: A4_WIDTH_PX, height: 900 });
    const size = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(size <= A4_WIDTH_PX, `${size} of ${A4_WIDTH_PX} px`);
    assert.equal(await page.locator('#designs').isVisible(), false);
    assert.equal(await page.locator('nav').isVisible(), false);
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(ground, 'rgb(255, 255, 255)');
    const pdf = await page.pdf({ preferCSSPageSize: true });
    assert.match(pdf.toString('latin1'), /\/MediaBox\s*\[0 0 59[45](\.\d+)? 84[12]/);
    await page.emulateMedia({ media: null, colorScheme: null });
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('texts that would break a page stand in it as they are', async () => {
    const path = writeRows(folder, 'nasty.csv', nastyRows());
    const nasty = join(folder, 'nasty.html');
    writeFileSync(nasty, (await reportAt(path, 'nasty.csv')).page);
    const one = await opened(nasty, 'light');
    await one.locator('#table-nasty-csv summary').click();
    await one.locator('#table-nasty-csv tbody th').first().waitFor();
    const names = await one.locator('#table-nasty-csv tbody th').allTextContents();
    for (const text of NASTY.slice(0, 3)) {
      assert.ok(
        names.some((name) => name.endsWith(printable(text))),
        text,
      );
    }
    await one.context().close();
  });

  test('no page said anything on the console, or asked for anything', () => {
    assert.deepEqual(faults, []);
  });

  test('a request from inside of the page is refused by its policy', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.setHeader('access-control-allow-origin', '*').end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const tries = async (one: Page) =>
      one.evaluate(async (address) => {
        const image = new Image();
        const answered = new Promise((resolve) => {
          image.onerror = resolve;
          image.onload = resolve;
        });
        image.src = `${address}x.png`;
        await fetch(address).catch(() => {});
        await answered;
      }, url);
    await tries(page);
    assert.equal(asked, 0);
    const free = await browser.newPage();
    await free.goto(url);
    await tries(free);
    assert.ok(asked > 2, 'a page without a policy does ask');
    await free.close();
    server.close();
  });
});

/** The share of ink in each part of a grid over the picture `png`, read in `canvas`, a page of no policy. */
function inkOf(canvas: Page, png: Buffer): Promise<number[]> {
  return canvas.evaluate(async (base64) => {
    const [across, down] = [12, 8];
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (context === null) throw new Error('no canvas');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const ink = new Array<number>(across * down).fill(0);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = 4 * (y * width + x);
        const part = Math.floor((down * y) / height) * across + Math.floor((across * x) / width);
        ink[part] += 1 - (data[at] + data[at + 1] + data[at + 2]) / 765;
      }
    }
    return ink.map((sum) => (sum * across * down) / (width * height));
  }, png.toString('base64'));
}

/** Texts of figures whose colour is too near to the page's ground (WCAG: below 4.5 to 1). */
function lowContrast(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const lightness = (colour: string) => {
      const parts = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => Number(part) / 255);
      const [red, green, blue] = parts.map((part) =>
        part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = lightness(getComputedStyle(document.body).backgroundColor);
    const texts = [...document.querySelectorAll('figure.named .live text')];
    if (texts.length < 100) return ['there are no texts'];
    return texts
      .filter((text) => {
        const [low, high] = [ground, lightness(getComputedStyle(text).fill)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05) < 4.5;
      })
      .map((text) => text.textContent ?? '');
  });
}
