/** The time of the chosen transactions as data, one row a design. */

import { TIME_PARTS } from '../../../rdma/index.ts';
import { type Column, column } from '../../report/index.ts';
import { chosenMessages, chosenParts, verbName } from './account.ts';
import type { RecordedRow } from './rows.ts';

export const TIMELINE_COLUMNS: readonly Column<RecordedRow>[] = [
  column('backend', '-', 'mirroring design', ({ result }) => result.system.backend),
  column('profile', '-', 'hardware profile', ({ result }) => result.system.profile.name),
  column('timeNs', 'ns', 'core time of the chosen transactions', ({ timeline }) => {
    return chosenParts(timeline).wholePs / 1000;
  }),
  ...TIME_PARTS.map((part) =>
    column<RecordedRow>(
      `${part}Ns`,
      'ns',
      `part of timeNs in ${part}, as in whisper.csv`,
      ({ timeline }) => chosenParts(timeline).partPs[part] / 1000,
    ),
  ),
  ...['WRITE', 'RCOMMIT', 'ROFENCE', 'RDFENCE'].map((verb) =>
    column<RecordedRow>(
      `${verb.toLowerCase()}s`,
      'count',
      `${verb} verbs posted`,
      ({ timeline }) =>
        chosenMessages(timeline).filter((one) => verbName(one.verb) === verb).length,
    ),
  ),
];
