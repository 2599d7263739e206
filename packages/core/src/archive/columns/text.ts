// Text: a dictionary where few values are many rows, or else all of it as one run of UTF-8.

import { isAscii, isUtf8 } from 'node:buffer';
import { corrupt } from '../format/failures.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { readIntegers, writeIntegers } from './integers.ts';

const form = { ascii: 0, utf8: 1, dictionary: 2 } as const;
/** Rows after which it shows whether values repeat. */
const sample = 200;

/** Writes nothing and returns false where some text is not well formed: it has no UTF-8. */
export function writeTexts(writer: ByteWriter, texts: readonly string[]): boolean {
  const places = new Float64Array(texts.length);
  const words = dictionaryOf(texts, places);
  const plain = words ?? texts;
  const joined = plain.join('');
  const bytes = Buffer.byteLength(joined);
  const ascii = bytes === joined.length;
  // Of what is well formed together, a part may be a half that its neighbour completes.
  if (!ascii && !plain.every((text) => text.isWellFormed())) return false;
  if (words !== undefined) {
    writer.byte(form.dictionary);
    writer.varint(words.length);
  }
  writer.byte(ascii ? form.ascii : form.utf8);
  const lengths = new Float64Array(plain.length);
  for (let index = 0; index < lengths.length; index++) lengths[index] = plain[index]!.length;
  writeIntegers(writer, lengths);
  writer.varint(bytes);
  writer.take(bytes).write(joined, ascii ? 'latin1' : 'utf8');
  if (words !== undefined) writeIntegers(writer, places);
  return true;
}

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

/** Words in order of appearance, and which one each text is; undefined where texts hardly repeat. */
function dictionaryOf(texts: readonly string[], places: Float64Array): string[] | undefined {
  const { length } = texts;
  const numbers = new Map<string, number>();
  const words: string[] = [];
  for (let index = 0; index < length; index++) {
    const text = texts[index]!;
    let number = numbers.get(text);
    if (number === undefined) {
      // New ones may come late, but where most of the first are new the rest will hardly repeat.
      if (words.length > length / 4 || (index === sample && words.length > sample / 2)) return undefined;
      number = words.length;
      words.push(text);
      numbers.set(text, number);
    }
    places[index] = number;
  }
  return words;
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
