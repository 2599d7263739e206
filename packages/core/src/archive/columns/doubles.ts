// Doubles, every bit of them: as short decimals where all are, byte by byte otherwise.

import { corrupt } from '../format/failures.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import { readPlanes, writePlanes } from './planes.ts';

const form = { planes: 0, scaled: 1 } as const;
/** Powers of ten that doubles hold exactly. */
const powers = Array.from({ length: 10 }, (_, exponent) => Number(`1e${exponent}`));
/** Values that are looked at before all are. */
const sample = 32;

/** @param values overwritten */
export function writeDoubles(writer: ByteWriter, values: Float64Array): void {
  const exponent = decimalsOf(values);
  if (exponent === undefined) {
    writer.byte(form.planes);
    writePlanes(writer, values, 8);
    return;
  }
  writer.byte(form.scaled);
  writer.byte(exponent);
  const power = powers[exponent]!;
  for (let index = 0; index < values.length; index++) values[index] = Math.round(values[index]! * power);
  writeIntegers(writer, values);
}

/** @throws ARCHIVE_CORRUPT */
export function readDoubles(reader: ByteReader, length: number): Float64Array {
  const found = reader.byte();
  if (found === form.planes) return readPlanes(reader, length, 8);
  const power = found === form.scaled ? powers[reader.byte()] : undefined;
  if (power === undefined) throw corrupt(`doubles of form ${found}`);
  const values = readIntegers(reader, length);
  if (power !== 1) for (let index = 0; index < length; index++) values[index]! /= power;
  return values;
}

/** The fewest decimals that give every value back exactly; undefined where some value is no short decimal. */
function decimalsOf(values: Float64Array): number | undefined {
  let exponent = 0;
  for (const length of [Math.min(sample, values.length), values.length])
    for (let index = 0; index < length; index++)
      while (!isDecimal(values[index]!, powers[exponent]!))
        if (++exponent === powers.length) return undefined;
  // What was exact with fewer decimals need not be with more.
  for (const value of values) if (!isDecimal(value, powers[exponent]!)) return undefined;
  return exponent;
}

function isDecimal(value: number, power: number): boolean {
  const whole = Math.round(value * power);
  // A whole number keeps no sign of zero.
  return whole / power === value && Math.abs(whole) < 2 ** 50 && (whole !== 0 || 1 / value > 0);
}
