// Text: a dictionary where few values are many rows, or else all of it as one run of UTF-8.

import { isAscii, isUtf8 } from 'node:buffer';
import { ByteWriter } from './bytes.ts';
import { writeIntegers } from './integers.ts';
import { doublesOf, gather, type Places } from './places.ts';
import { form } from './text.ts';

/** Rows after which it shows whether values repeat. */
const sample = 200;

/** @returns false where some text is no UTF-8; what was written until then is of no use */
export function writeTexts(writer: ByteWriter, bytes: Uint8Array, places: Places): boolean {
  const numbers = writer.arrays.doubles(places.starts.length);
  const words = dictionaryOf(writer, bytes, places, numbers);
  if (words === undefined) return writePlain(writer, bytes, places);
  writer.byte(form.dictionary);
  writer.varint(words.starts.length);
  if (!writePlain(writer, bytes, words)) return false;
  writeIntegers(writer, numbers);
  return true;
}

/** Where text is brought together: whether it is ASCII is written before it, and known then. */
const together = new ByteWriter(1024 * 1024);

function writePlain(writer: ByteWriter, bytes: Uint8Array, places: Places): boolean {
  together.reset();
  const joined = gather(together, bytes, places);
  const ascii = isAscii(joined);
  const apart = (): boolean => places.starts.every((at, index) => isStart(bytes, at, places.lengths[index]!));
  if (!ascii && !(isUtf8(joined) && apart())) return false;
  const lengths = doublesOf(writer, places.lengths);
  if (!ascii)
    for (let index = 0; index < lengths.length; index++)
      lengths[index] = units(bytes, places.starts[index]!, places.lengths[index]!);
  writer.byte(ascii ? form.ascii : form.utf8);
  writeIntegers(writer, lengths);
  writer.block(joined);
  return true;
}

/** Of what is UTF-8 together, a part may be a half that its neighbour completes. */
const isStart = (bytes: Uint8Array, at: number, length: number): boolean =>
  length === 0 || (bytes[at]! & 0xc0) !== 0x80;

/** Length in UTF-16: a unit for each sign, two for those that take four bytes. */
function units(bytes: Uint8Array, start: number, length: number): number {
  let count = 0;
  for (let at = start; at < start + length; at++) {
    const byte = bytes[at]!;
    if ((byte & 0xc0) !== 0x80) count += byte >= 0xf0 ? 2 : 1;
  }
  return count;
}

/** Of longer ones, hashing all takes too long. */
const hashed = 24;

/** Words in order of appearance, and which one each text is; undefined where texts hardly repeat. */
function dictionaryOf(
  { arrays }: ByteWriter,
  bytes: Uint8Array,
  { starts, lengths }: Places,
  numbers: Float64Array,
): Places | undefined {
  const count = starts.length;
  const most = Math.floor(count / 4) + 1;
  const slots = 1 << Math.max(4, 33 - Math.clz32(most));
  // Numbers count from one; zero is nothing.
  const table = arrays.words(slots);
  const words = { starts: arrays.words(most), lengths: arrays.words(most) };
  let found = 0;
  for (let index = 0; index < count; index++) {
    const [start, length] = [starts[index]!, lengths[index]!];
    let slot = hashOf(bytes, start, length) & (slots - 1);
    let number = table[slot]! - 1;
    while (number >= 0 && !isSame(bytes, start, length, words.starts[number]!, words.lengths[number]!)) {
      slot = (slot + 1) & (slots - 1);
      number = table[slot]! - 1;
    }
    if (number < 0) {
      // New ones may come late, but where most of the first are new the rest will hardly repeat.
      if (found > count / 4 || (index === sample && found > sample / 2)) return undefined;
      number = found++;
      table[slot] = number + 1;
      words.starts[number] = start;
      words.lengths[number] = length;
    }
    numbers[index] = number;
  }
  return { starts: words.starts.subarray(0, found), lengths: words.lengths.subarray(0, found) };
}

function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = Math.imul(length, 0x9e3779b1);
  const end = start + length;
  const head = length > hashed ? start + hashed / 2 : end;
  for (let at = start; at < head; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  if (length > hashed)
    for (let at = end - hashed / 2; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

function isSame(bytes: Uint8Array, at: number, length: number, other: number, otherLength: number): boolean {
  if (length !== otherLength) return false;
  for (let index = 0; index < length; index++) if (bytes[at + index] !== bytes[other + index]) return false;
  return true;
}
