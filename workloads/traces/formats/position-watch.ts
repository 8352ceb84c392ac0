/** Tells, while a trace is parsed, which of its records is being read. */

import type { RecordParser } from './records.ts';

/** Where a parser is: the number of its record, and the byte of the text at which that starts. */
export class PositionWatch {
  number = 0;
  byteOffset = 0;

  /** `parser`, watched. */
  over(parser: RecordParser): RecordParser {
    const at = (number: number, byteOffset: number): void => {
      this.number = number;
      this.byteOffset = byteOffset;
    };
    return {
      separator: parser.separator,
      record: (buffer, start, end, number, byteOffset) => {
        at(number, byteOffset);
        parser.record(buffer, start, end, number, byteOffset);
      },
      last: (buffer, number, byteOffset) => {
        at(number, byteOffset);
        parser.last(buffer, number, byteOffset);
      },
      tooLong: (start, number, byteOffset) => parser.tooLong(start, number, byteOffset),
      end: (number, byteOffset) => parser.end(number, byteOffset),
    };
  }
}
