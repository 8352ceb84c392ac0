/** What is installed beside our own code: under which licences, from where, and that it runs nothing then. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');
const textOf = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

const LOCK = z.object({
  packages: z.record(
    z.string(),
    z.object({
      license: z.string().optional(),
      version: z.string().optional(),
      hasInstallScript: z.boolean().optional(),
    }),
  ),
});

/** Packages by their path, without our own. */
const PACKAGES = Object.entries(
  LOCK.parse(JSON.parse(textOf('package-lock.json'))).packages,
).filter(([path]) => path !== '');

/** Licences that ask for no more than to be named, or, MPL, for the source of the package itself. */
const LICENCES =
  /^\(?(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|MPL-2\.0|Unlicense|Zlib|OFL-1\.1|BlueOak-1\.0\.0| AND | OR )+\)?$/;

/** Packages that name none, and where it stands instead. */
const LICENCE_FILES: Readonly<Record<string, RegExp>> = {
  'node_modules/jstat':
    /^Permission is hereby granted, free of charge, to any person[\s\S]*\nTHE SOFTWARE IS PROVIDED "AS IS"/m,
  'node_modules/png-js': /MIT License/,
};

test('every package has a licence that allows this use', () => {
  const others = PACKAGES.filter(([, { license = '' }]) => !LICENCES.test(license));
  assert.deepEqual(
    others.map(([path]) => path),
    Object.keys(LICENCE_FILES),
  );
  for (const [path, text] of Object.entries(LICENCE_FILES)) {
    if (existsSync(join(ROOT, path))) assert.match(textOf(`${path}/LICENSE`), text);
  }
});

test('nothing of a package runs when it is installed', () => {
  assert.match(textOf('.npmrc'), /^ignore-scripts=true$/m);
  // Their programs for a machine come as packages of their own; what the scripts would do is to look for them.
  const scripts = PACKAGES.filter(([, { hasInstallScript }]) => hasInstallScript);
  assert.deepEqual(
    scripts.map(([path]) => path),
    ['node_modules/lmdb', 'node_modules/msgpackr-extract'],
  );
});

test('the Node of every platform is of a line that is maintained, and names its licence', () => {
  const nodes = PACKAGES.filter(([path]) => /\/node-(bin-)?(darwin|linux)-/.test(path));
  assert.equal(nodes.length, 4);
  for (const [path, { version = '', license }] of nodes) {
    assert.equal(license, 'MIT', path);
    // Of 24, a level from when it had long-term support on.
    const [major, minor] = version.split('.').map(Number);
    assert.ok(major > 24 || (major === 24 && minor >= 11), `${path} ${version}`);
  }
});
