// How canonical rows spell numbers, and the tag in front of each value: one spelling, wherever the value comes from.

export const tag = {
  null: 0,
  /** A whole number of 32 bits, of 64, and a longer one as digits: always the first that it fits. */
  small: 1,
  integer: 2,
  long: 3,
  double: 4,
  text: 5,
  utf16: 6,
  bool: 7,
  json: 8,
  bytes: 9,
} as const;

const word = 2 ** 32;
const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

/** A whole number within ±(2^53-1). @returns where it ends, as of all of these */
export function writeWhole(bytes: Uint8Array, at: number, value: number): number {
  if ((value | 0) === value) return writeSmall(bytes, at, value);
  const high = Math.floor(value / word);
  return writeInteger(bytes, at, value - high * word, high);
}

/** A whole number of 64 bits, as the two halves of it. */
export const writeHalves = (bytes: Uint8Array, at: number, low: number, high: number): number =>
  high === low >> 31 ? writeSmall(bytes, at, low) : writeInteger(bytes, at, low, high);

function writeSmall(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = tag.small;
  bytes[at + 1] = value;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value >> 16;
  bytes[at + 4] = value >> 24;
  return at + 5;
}

function writeInteger(bytes: Uint8Array, at: number, low: number, high: number): number {
  bytes[at] = tag.integer;
  bytes[at + 1] = low;
  bytes[at + 2] = low >>> 8;
  bytes[at + 3] = low >>> 16;
  bytes[at + 4] = low >>> 24;
  bytes[at + 5] = high;
  bytes[at + 6] = high >> 8;
  bytes[at + 7] = high >> 16;
  bytes[at + 8] = high >> 24;
  return at + 9;
}

export function writeDouble(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = tag.double;
  // Not every engine keeps the sign of zero, and none which NaN it is.
  double[0] = value === 0 ? 0 : value;
  if (Number.isNaN(value)) doubleBytes.set([0, 0, 0, 0, 0, 0, 0xf8, 0x7f]);
  for (let index = 0; index < 8; index++) bytes[at + 1 + index] = doubleBytes[index]!;
  return at + 9;
}
