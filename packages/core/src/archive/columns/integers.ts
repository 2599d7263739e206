// Safe integers in as few bytes as their range or their steps need, bytes of equal weight side by side.

import { corrupt } from '../format/failures.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { readPlanes, writePlanes } from './planes.ts';

/** How integers are written: above their least, as steps above the least step, or as doubles. */
const scheme = { offset: 0, steps: 1, doubles: 2 } as const;
/** Numbers that lie within this range have differences, and differences of those, that are exact. */
const widest = 2 ** 51;
/** Clocks of seconds and of milliseconds, in microseconds. */
const divisors = [1_000_000, 1_000] as const;
const most = Number.MAX_SAFE_INTEGER;

/** @param values safe integers; overwritten */
export function writeIntegers(writer: ByteWriter, values: Float64Array): void {
  const { length } = values;
  let [least, greatest] = [length === 0 ? 0 : Number.POSITIVE_INFINITY, length === 0 ? 0 : -most];
  for (let index = 0; index < length; index++) {
    const value = values[index]!;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (greatest - least > widest) {
    writer.byte(scheme.doubles);
    writePlanes(writer, values, 8);
    return;
  }
  const first = length === 0 ? 0 : values[0]!;
  const divisor = greatest - least < divisors[1] ? 1 : commonDivisor(values, first);
  for (let index = 0; index < length; index++) values[index] = (values[index]! - first) / divisor;
  let [leastStep, greatestStep] = [0, 0];
  if (length > 1) leastStep = greatestStep = values[1]! - values[0]!;
  for (let index = 2; index < length; index++) {
    const step = values[index]! - values[index - 1]!;
    if (step < leastStep) leastStep = step;
    if (step > greatestStep) greatestStep = step;
  }
  const range = (greatest - least) / divisor;
  const [width, stepWidth] = [bytesOf(range), bytesOf(greatestStep - leastStep)];
  const bySteps = stepWidth < width;
  writer.byte(bySteps ? scheme.steps : scheme.offset);
  writer.double(first);
  writer.varint(divisor);
  const base = bySteps ? leastStep : (least - first) / divisor;
  writer.double(base);
  if (bySteps) {
    for (let index = length - 1; index > 0; index--)
      values[index] = values[index]! - values[index - 1]! - base;
    values[0] = 0;
  } else for (let index = 0; index < length; index++) values[index] = values[index]! - base;
  writer.byte(bySteps ? stepWidth : width);
  writePacked(writer, values, bySteps ? stepWidth : width);
}

/** @throws ARCHIVE_CORRUPT, also for what is no safe integer */
export function readIntegers(reader: ByteReader, length: number): Float64Array {
  const found = reader.byte();
  if (found === scheme.doubles) return checked(readPlanes(reader, length, 8));
  if (found !== scheme.offset && found !== scheme.steps) throw corrupt(`integers of scheme ${found}`);
  const first = reader.double();
  const divisor = reader.varint();
  const base = reader.double();
  const width = reader.byte();
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(base) || width > 7)
    throw corrupt('integers contradict themselves');
  const values = readPacked(reader, length, width);
  if (found === scheme.steps) {
    let value = first;
    const step = base * divisor;
    if (length > 0) values[0] = first;
    for (let index = 1; index < length; index++) {
      value += values[index]! * divisor + step;
      values[index] = value;
    }
  } else {
    const least = first + base * divisor;
    if (divisor === 1) for (let index = 0; index < length; index++) values[index]! += least;
    else for (let index = 0; index < length; index++) values[index] = values[index]! * divisor + least;
  }
  return checked(values);
}

function checked(values: Float64Array): Float64Array {
  for (let index = 0; index < values.length; index++)
    if (!Number.isSafeInteger(values[index]!)) throw corrupt('an integer is none');
  return values;
}

function commonDivisor(values: Float64Array, first: number): number {
  for (const divisor of divisors) {
    let index = 0;
    for (; index < values.length; index++) {
      const distance = values[index]! - first;
      if (Math.round(distance / divisor) * divisor !== distance) break;
    }
    if (index === values.length) return divisor;
  }
  return 1;
}

const bytesOf = (range: number): number => {
  let width = 0;
  for (let rest = range; rest >= 1; rest = Math.floor(rest / 256)) width++;
  return width;
};

/** Planes of the low `width` bytes of each value, the lowest first. */
function writePacked(writer: ByteWriter, values: Float64Array, width: number): void {
  const { length } = values;
  const bytes = writer.take(length * width);
  for (let plane = 0; plane < Math.min(width, 4); plane++) {
    const shift = plane * 8;
    const to = plane * length;
    for (let index = 0; index < length; index++) bytes[to + index] = values[index]! >>> shift;
  }
  for (let plane = 4; plane < width; plane++) {
    const divisor = 2 ** (plane * 8);
    const to = plane * length;
    for (let index = 0; index < length; index++) bytes[to + index] = Math.floor(values[index]! / divisor);
  }
}

function readPacked(reader: ByteReader, length: number, width: number): Float64Array {
  const bytes = reader.raw(length * width);
  const values = reader.arrays.doubles(length);
  for (let plane = 0; plane < width; plane++) {
    const factor = 2 ** (plane * 8);
    const from = plane * length;
    for (let index = 0; index < length; index++) values[index]! += bytes[from + index]! * factor;
  }
  return values;
}
