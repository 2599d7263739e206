// Text, read: a dictionary where few values are many rows, or else all of it as one run of UTF-8.

import { isAscii, isUtf8 } from 'node:buffer';
import { corrupt } from '../format/failures.ts';
import type { ByteReader } from './bytes.ts';
import { readIntegers } from './integers.ts';

export const form = { ascii: 0, utf8: 1, dictionary: 2 } as const;

/** @throws ARCHIVE_CORRUPT */
export function readTexts(reader: ByteReader, length: number): string[] {
  const found = reader.byte();
  if (found !== form.dictionary) return readPlain(reader, length, found);
  const count = reader.varint();
  if (count > length) throw corrupt('a dictionary has more words than the column has values');
  const words = readPlain(reader, count, reader.byte());
  const places = readIntegers(reader, length);
  const texts = new Array<string>(length);
  for (let index = 0; index < length; index++) {
    const word = words[places[index]!];
    if (word === undefined) throw corrupt('a word is not in the dictionary');
    texts[index] = word;
  }
  return texts;
}

function readPlain(reader: ByteReader, length: number, found: number): string[] {
  if (found !== form.ascii && found !== form.utf8) throw corrupt(`text of form ${found}`);
  const lengths = readIntegers(reader, length);
  const bytes = reader.block();
  if (!(found === form.ascii ? isAscii(bytes) : isUtf8(bytes))) throw corrupt('text is no text');
  const joined = found === form.ascii ? bytes.toString('latin1') : bytes.toString();
  const texts = new Array<string>(length);
  let at = 0;
  for (let index = 0; index < length; index++) {
    const size = lengths[index]!;
    if (size < 0) throw corrupt('text is shorter than nothing');
    texts[index] = joined.substring(at, at + size);
    at += size;
  }
  if (at !== joined.length) throw corrupt('text has another length than its parts');
  return texts;
}
