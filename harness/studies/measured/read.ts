/** Files of measurements of any known format, told apart by what is in them. */

import { duplicateKey, UsageError } from '../../host/index.ts';
import { readCsv } from './csv.ts';
import { isPerftestJson, isPerftestText, readPerftestJson, readPerftestText } from './perftest.ts';
import { isPermaBench, readPermaBench } from './perma-bench.ts';
import type { MeasuredFile } from './rows.ts';

/** For messages and --help. */
export const MEASURED_FORMATS =
  'CSV with the columns quantity, value and unit; output of perftest, as text or as --out_json writes ' +
  'it; results of perma-bench';

/**
 * The figures in `text`, of the file `name`. `dimms`: DIMMs of the machine, where a format does not say.
 * Throws UsageError that says what is wrong and what is accepted.
 */
export function readMeasured(text: string, name: string, dimms: number): MeasuredFile {
  if (text.includes('\0')) {
    throw new UsageError(`${name} is no text in UTF-8; accepted: ${MEASURED_FORMATS}`);
  }
  if (isPerftestJson(text)) return readPerftestJson(text, name);
  if (isPerftestText(text)) return readPerftestText(text, name);
  if (!/^\uFEFF?\s*[{[]/.test(text)) return readCsv(text, name);
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${name} is not JSON: ${reason}`);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    throw new UsageError(`${name}, line ${twice.line}: the key ${twice.path} is there twice`);
  }
  if (isPermaBench(json)) return readPermaBench(json, name, dimms);
  throw new UsageError(`${name} is JSON of no known kind; accepted: ${MEASURED_FORMATS}`);
}
