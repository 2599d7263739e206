// Text, read: a dictionary where few values are many rows, or else all of it as one run of UTF-8.

import { isAscii, isUtf8 } from 'node:buffer';
import { corrupt } from '../format/failures.ts';
import type { ByteReader } from './bytes.ts';
import { readIntegers } from './integers.ts';
import type { Places } from './places.ts';

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
    if (isCut(joined, at)) throw corrupt('a sign of a text is in two');
    texts[index] = joined.substring(at, at + size);
    at += size;
  }
  if (at !== joined.length) throw corrupt('text has another length than its parts');
  return texts;
}

/** Between the halves of a sign that takes two units. */
const isCut = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

/** Texts where their UTF-8 is: several may be the same bytes. */
export interface TextPlaces extends Places {
  readonly bytes: Uint8Array;
}

/** The same without making strings; `bytes` are those of the reader. @throws ARCHIVE_CORRUPT */
export function readTextPlaces(reader: ByteReader, length: number): TextPlaces {
  const found = reader.byte();
  if (found !== form.dictionary) return placePlain(reader, length, found);
  const count = reader.varint();
  if (count > length) throw corrupt('a dictionary has more words than the column has values');
  const words = placePlain(reader, count, reader.byte());
  const places = readIntegers(reader, length);
  const starts = reader.arrays.words(length);
  const lengths = reader.arrays.words(length);
  for (let index = 0; index < length; index++) {
    const word = places[index]!;
    if (!(word >= 0 && word < count)) throw corrupt('a word is not in the dictionary');
    starts[index] = words.starts[word]!;
    lengths[index] = words.lengths[word]!;
  }
  return { starts, lengths, bytes: words.bytes };
}

function placePlain(reader: ByteReader, length: number, found: number): TextPlaces {
  if (found !== form.ascii && found !== form.utf8) throw corrupt(`text of form ${found}`);
  const units = readIntegers(reader, length);
  const bytes = reader.block();
  if (!(found === form.ascii ? isAscii(bytes) : isUtf8(bytes))) throw corrupt('text is no text');
  const starts = reader.arrays.words(length);
  const lengths = reader.arrays.words(length);
  let at = 0;
  for (let index = 0; index < length; index++) {
    const size = units[index]!;
    if (size < 0) throw corrupt('text is shorter than nothing');
    const end = found === form.ascii ? at + size : endOf(bytes, at, size);
    if (end > bytes.length) throw corrupt('text has another length than its parts');
    starts[index] = at;
    lengths[index] = end - at;
    at = end;
  }
  if (at !== bytes.length) throw corrupt('text has another length than its parts');
  return { starts, lengths, bytes };
}

/** Where UTF-8 has so many units of UTF-16: one for each sign, two for those that take four bytes. */
function endOf(bytes: Uint8Array, start: number, units: number): number {
  let at = start;
  let left = units;
  while (left > 0) {
    if (at >= bytes.length) throw corrupt('text has another length than its parts');
    const byte = bytes[at]!;
    at += byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    left -= byte < 0xf0 ? 1 : 2;
  }
  if (left < 0) throw corrupt('a sign of a text is in two');
  return at;
}
