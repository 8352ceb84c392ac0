/** Tells, while a trace is parsed, which of its records is being read. */

import type { RecordParser } from './records.ts';

/** Where a parser is: the number of its record, and the byte of the text at which that starts. */
export class PositionWatch {
  number = 0;
  byteOffset = 0;

  /** `parser`, watched. */
  over(parser: RecordParser): RecordParser {
    return {
      separator: parser.separator,
      record: (buffer, start, end, number, byteOffset) => {
        this.number = number;
        this.byteOffset = byteOffset;
        parser.record(buffer, start, end, number, byteOffset);
      },
      tooLong: (start, number, byteOffset) => parser.tooLong(start, number, byteOffset),
      end: (number, byteOffset) => parser.end(number, byteOffset),
    };
  }
}
