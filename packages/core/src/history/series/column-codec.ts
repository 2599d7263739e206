// One column of a chunk: what is there, then its values in the smallest form that gives every bit of them back.

import { type BlockColumn, type BlockMetric, type Stat, state } from './block.ts';
import { type ByteReader, type ByteWriter, unsound } from './bytes.ts';
import { fitsIntegers, readIntegers, writeIntegers } from './integers.ts';

const presence = { allValues: 0, mixed: 1 } as const;
/** Forms of values: whole numbers over a power of ten, doubles byte by byte, 64-bit integers byte by byte. */
const form = { scaled: 0, doubles: 1, wide: 2 } as const;

/** Powers of ten that doubles hold exactly. */
const powers = Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));

/** The bytes of a double in which neighbours are alike: sign, exponent, first bits of the fraction. */
const likeBytes = 2;

export function writeColumn(writer: ByteWriter, { values, states, wide }: BlockColumn): void {
  writer.byte(states === undefined ? presence.allValues : presence.mixed);
  if (states !== undefined) writer.section(states);
  const present = states === undefined ? values : values.filter((_, index) => states[index] === state.value);
  if (wide) writeWide(writer, present as BigInt64Array);
  else writeNumbers(writer, present as Float64Array);
}

export function readColumn(
  reader: ByteReader,
  rows: number,
  { name, stat, wide }: BlockMetric & { readonly stat: Stat },
): BlockColumn {
  const states = reader.byte() === presence.allValues ? undefined : Uint8Array.from(reader.section());
  if (states !== undefined && states.length !== rows) throw unsound(`${name} has another number of rows`);
  const present = states === undefined ? rows : states.filter((each) => each === state.value).length;
  const dense = wide ? readWide(reader, present) : readNumbers(reader, present);
  if (states === undefined) return { name, stat, wide, values: dense, states };
  const values = wide ? new BigInt64Array(rows) : new Float64Array(rows);
  let from = 0;
  for (let row = 0; row < rows; row++) if (states[row] === state.value) values[row] = dense[from++]!;
  return { name, stat, wide, values, states };
}

function writeNumbers(writer: ByteWriter, values: Float64Array): void {
  const exponent = decimalsOf(values);
  const scaled = exponent === undefined ? undefined : values.map((value) => scale(value, exponent));
  if (scaled === undefined || !fitsIntegers(scaled)) {
    writer.byte(form.doubles);
    writePlanes(writer, values);
    return;
  }
  writer.byte(form.scaled);
  writer.byte(exponent!);
  writeIntegers(writer, scaled);
}

function readNumbers(reader: ByteReader, length: number): Float64Array {
  const found = reader.byte();
  if (found === form.doubles) return new Float64Array(readPlanes(reader, length));
  if (found !== form.scaled) throw unsound(`form ${found} of numbers is not known`);
  const divisor = powers[reader.byte()];
  if (divisor === undefined) throw unsound('there are too many decimals');
  const values = readIntegers(reader, length);
  if (divisor !== 1) for (let index = 0; index < length; index++) values[index]! /= divisor;
  return values;
}

const scale = (value: number, exponent: number): number => Math.round(value * powers[exponent]!);

/** How many decimals give every value back exactly; undefined where some value is no short decimal. */
function decimalsOf(values: Float64Array): number | undefined {
  let exponent = 0;
  for (const value of values) {
    while (!isDecimal(value, exponent)) if (++exponent === powers.length) return undefined;
  }
  // What was exact with fewer decimals need not be with more.
  return values.every((value) => isDecimal(value, exponent)) ? exponent : undefined;
}

function isDecimal(value: number, exponent: number): boolean {
  const whole = scale(value, exponent);
  // Of negative zero, a whole number keeps no sign.
  return Number.isSafeInteger(whole) && !Object.is(whole, -0) && whole / powers[exponent]! === value;
}

/** Differences of 64-bit integers, with wrap-around: as numbers where all are small, byte by byte where not. */
function writeWide(writer: ByteWriter, values: BigInt64Array): void {
  const numbers = Float64Array.from(values, Number);
  if (numbers.every(Number.isSafeInteger) && fitsIntegers(numbers)) {
    writer.byte(form.scaled);
    writeIntegers(writer, numbers);
    return;
  }
  writer.byte(form.wide);
  const steps = values.map((value, index) => {
    const step = BigInt.asIntN(64, index === 0 ? value : value - values[index - 1]!);
    return (step << 1n) ^ (step >> 63n);
  });
  writePlanes(writer, steps);
}

function readWide(reader: ByteReader, length: number): BigInt64Array {
  const found = reader.byte();
  if (found === form.scaled) return BigInt64Array.from(readIntegers(reader, length), BigInt);
  if (found !== form.wide) throw unsound(`form ${found} of integers is not known`);
  const values = new BigInt64Array(readPlanes(reader, length));
  let before = 0n;
  for (let index = 0; index < length; index++) {
    const step = BigInt.asUintN(64, values[index]!);
    before = BigInt.asIntN(64, before + ((step >> 1n) ^ -(step & 1n)));
    values[index] = before;
  }
  return values;
}

/** Bytes of the same weight side by side: the high ones compress, the low ones of a noisy fraction never do. */
function writePlanes(writer: ByteWriter, values: Float64Array | BigInt64Array): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const planes = new Uint8Array(bytes.length);
  for (let plane = 0, to = 0; plane < 8; plane++)
    for (let from = 7 - plane; from < bytes.length; from += 8) planes[to++] = bytes[from]!;
  const split = values.length * likeBytes;
  writer.section(planes.subarray(0, split));
  writer.section(planes.subarray(split));
}

function readPlanes(reader: ByteReader, length: number): ArrayBuffer {
  const planes = Buffer.concat([reader.section(), reader.section()]);
  if (planes.length !== length * 8) throw unsound(`${length} values do not fill ${planes.length} bytes`);
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0, from = 0; plane < 8; plane++)
    for (let to = 7 - plane; to < bytes.length; to += 8) bytes[to] = planes[from++]!;
  return bytes.buffer;
}
