// The columns of a result as the server describes them, each time anew; described alike, they are parsed once.

import { readLength } from './wire.ts';

/** A result column. */
export interface ResultColumn {
  readonly name: string;
  /** As the protocol numbers the types. */
  readonly type: number;
  readonly unsigned: boolean;
  readonly characterSet: number;
  /** The table by its name in the query, empty for an expression. */
  readonly table: string;
  /** Names of the column behind it, empty for an expression. */
  readonly orgTable: string;
  readonly orgName: string;
}

const unsignedFlag = 32;
/** Character set, length, type, flags, decimals and two bytes of nothing stand at the end of the description. */
const tail = 12;

/** @param buffer the description alone */
export function parseColumn(buffer: Buffer): ResultColumn {
  let at = 0;
  const texts = Array.from({ length: 6 }, () => {
    const [length, from] = readLength(buffer, at);
    at = from + length;
    return buffer.toString('utf8', from, at);
  });
  const [, , table, orgTable, name, orgName] = texts;
  const fixed = buffer.length - tail;
  return {
    name: name!,
    table: table!,
    orgTable: orgTable!,
    orgName: orgName!,
    characterSet: buffer.readUInt16LE(fixed),
    type: buffer[fixed + 6]!,
    unsigned: (buffer.readUInt16LE(fixed + 7) & unsignedFlag) !== 0,
  };
}
