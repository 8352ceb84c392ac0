/** The plots for other tools draw the committed results, where their interpreters are installed. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const WHISPER = join(import.meta.dirname, '..', '..', 'results', 'whisper.csv');
const LINES_MAX = 25;

/** A script, and the interpreters that may run it: the first whose `check` succeeds does. */
const PLOTS = [
  {
    file: 'whisper.py',
    needs: 'python3 with pandas and matplotlib',
    interpreters: [['python3'], ['/usr/bin/python3']],
    check: ['-c', 'import pandas, matplotlib'],
  },
  {
    file: 'whisper.R',
    needs: 'Rscript with ggplot2',
    interpreters: [['Rscript']],
    check: ['-e', 'library(ggplot2)'],
  },
  {
    file: 'whisper.gp',
    needs: 'gnuplot with pngcairo',
    interpreters: [['gnuplot', '-c']],
    check: ['-e', 'set terminal pngcairo'],
  },
] as const;

for (const { file, needs, interpreters, check } of PLOTS) {
  const path = join(import.meta.dirname, file);
  const found = interpreters.find(
    ([program]) => spawnSync(program, check, { stdio: 'ignore' }).status === 0,
  );
  const skip = found === undefined ? `${needs} is not installed` : false;

  test(`${file} draws the suite`, { skip }, () => {
    const [program, ...options] = found ?? [''];
    const folder = mkdtempSync(join(tmpdir(), 'pmirror-plot-'));
    try {
      const picture = join(folder, 'whisper.png');
      const ran = spawnSync(program, [...options, path, WHISPER, picture], {
        encoding: 'utf8',
        cwd: folder,
      });
      assert.equal(ran.status, 0, ran.stderr);
      const png = readFileSync(picture);
      assert.equal(png.subarray(1, 4).toString(), 'PNG');
      // An empty panel is a few kilobytes.
      assert.ok(png.length > 20_000, `${png.length} bytes`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test(`${file} has at most ${LINES_MAX} lines`, () => {
    assert.ok(readFileSync(path, 'utf8').trimEnd().split('\n').length <= LINES_MAX);
  });
}
