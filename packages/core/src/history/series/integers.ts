// Whole numbers as few bits: differences of the order that needs the fewest, packed in runs of equal width.

import { type ByteReader, type ByteWriter, unsound } from './bytes.ts';

/** Numbers that share a width. Shorter runs cost more widths, longer ones suffer more from a counter's reset. */
const run = 32;
/** Second differences of numbers within it, with their sign, are still exact. */
const widest = 2 ** 49;

const powers = Float64Array.from({ length: 64 }, (_, exponent) => 2 ** exponent);

/** Whether the numbers, all safe integers, can be written: their range must leave room for differences. */
export function fitsIntegers(values: Float64Array): boolean {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return most - least < widest;
}

export function writeIntegers(writer: ByteWriter, values: Float64Array): void {
  const first = values[0] ?? 0;
  const divisor = commonDivisor(values, first);
  const steps = values.map((value) => (value - first) / divisor);
  const candidates = [above(steps), differences(steps), differences(plainDifferences(steps))];
  const sizes = candidates.map(bitsOf);
  const order = sizes.indexOf(Math.min(...sizes));
  writer.double(first);
  writer.varint(divisor);
  writer.byte(order);
  // The first step is zero, so the least is zero or below.
  if (order === 0) writer.varint(0 - leastOf(steps));
  pack(writer, candidates[order]!);
}

export function readIntegers(reader: ByteReader, length: number): Float64Array {
  const first = reader.double();
  const divisor = reader.varint();
  const order = reader.byte();
  if (order > 2) throw unsound(`order ${order} is not known`);
  const below = order === 0 ? reader.varint() : 0;
  const values = unpack(reader, length);
  if (order === 0) for (let index = 0; index < length; index++) values[index]! -= below;
  else {
    for (let index = 0; index < length; index++) values[index] = unsigned(values[index]!);
    for (let round = 0; round < order; round++)
      for (let index = 1; index < length; index++) values[index]! += values[index - 1]!;
  }
  for (let index = 0; index < length; index++) values[index] = first + values[index]! * divisor;
  return values;
}

/** The largest number that divides all distances from the first value; clocks of milliseconds give 1,000. */
function commonDivisor(values: Float64Array, first: number): number {
  let divisor = 0;
  for (const value of values) {
    let rest = Math.abs(value - first);
    while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
    if (divisor === 1) return 1;
  }
  return divisor === 0 ? 1 : divisor;
}

const leastOf = (values: Float64Array): number => {
  let least = 0;
  for (const value of values) if (value < least) least = value;
  return least;
};

const above = (values: Float64Array): Float64Array => {
  const least = leastOf(values);
  return values.map((value) => value - least);
};

const plainDifferences = (values: Float64Array): Float64Array =>
  values.map((value, index) => (index === 0 ? value : value - values[index - 1]!));

const differences = (values: Float64Array): Float64Array =>
  plainDifferences(values).map((value) => (value < 0 ? -2 * value - 1 : 2 * value));

const unsigned = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2);

function widthOf(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}

function widths(values: Float64Array): Uint8Array {
  const found = new Uint8Array(Math.ceil(values.length / run));
  for (let index = 0; index < values.length; index++) {
    const width = widthOf(values[index]!);
    const place = Math.floor(index / run);
    if (width > found[place]!) found[place] = width;
  }
  return found;
}

const bitsOf = (values: Float64Array): number => widths(values).reduce((sum, width) => sum + width * run, 0);

function pack(writer: ByteWriter, values: Float64Array): void {
  const sizes = widths(values);
  const bytes = new Uint8Array(sizes.reduce((sum, width) => sum + (width * run) / 8, 0));
  let at = 0;
  let filled = 0;
  for (let index = 0; index < values.length; index++) {
    let rest = values[index]!;
    for (let left = sizes[Math.floor(index / run)]!; left > 0; ) {
      const taken = Math.min(8 - filled, left);
      const size = 1 << taken;
      bytes[at]! |= (rest % size) << filled;
      rest = Math.floor(rest / size);
      left -= taken;
      filled += taken;
      if (filled === 8) {
        at++;
        filled = 0;
      }
    }
  }
  writer.section(sizes);
  writer.section(filled === 0 ? bytes.subarray(0, at) : bytes.subarray(0, at + 1));
}

function unpack(reader: ByteReader, length: number): Float64Array {
  const sizes = reader.section();
  const bytes = reader.section();
  let bits = 0;
  for (let index = 0; index < length; index++) bits += sizes[Math.floor(index / run)] ?? Number.NaN;
  if (Math.ceil(bits / 8) !== bytes.length)
    throw unsound(`${length} numbers do not fill ${bytes.length} bytes`);
  const values = new Float64Array(length);
  let at = 0;
  let used = 0;
  for (let index = 0; index < length; index++) {
    const size = sizes[Math.floor(index / run)]!;
    if (size <= 8 - used) {
      values[index] = (bytes[at]! >> used) & ((1 << size) - 1);
      used += size;
    } else {
      let value = bytes[at]! >> used;
      let found = 8 - used;
      for (; size - found > 8; found += 8) value += bytes[++at]! * powers[found]!;
      used = size - found;
      values[index] = value + (bytes[++at]! & ((1 << used) - 1)) * powers[found]!;
    }
    if (used === 8) {
      at++;
      used = 0;
    }
  }
  return values;
}
