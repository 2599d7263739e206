// Values on their way to the server and back, as text: the driver parses nothing.

import { HoldfastError } from '../../errors.ts';
import type { StoredValue } from '../../schema/codec.ts';
import type { Instant } from '../../schema/instant.ts';

/** A parameter as the driver sends it: text, or bytes in binary form. */
export function toParameter(value: StoredValue): string | Buffer | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return String(value);
}

export type ParseValue = (text: string) => StoredValue;

const asIs: ParseValue = (text) => text;
const parseBool: ParseValue = (text) => text === 't';
/** Adding zero makes negative zero plain. */
const parseNumber: ParseValue = (text) => Number(text) + 0;
const parseBytes: ParseValue = (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'));
const parseSafe: ParseValue = (text) => {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new HoldfastError('DATA_UNSOUND', `a stored number is beyond 2^53: ${text}`);
};

/** Parsers by the object id of a type; what is not named stays text. */
const narrow: Readonly<Record<number, ParseValue>> = {
  16: parseBool,
  17: parseBytes,
  20: parseSafe,
  21: parseNumber,
  23: parseNumber,
  26: parseNumber,
  700: parseNumber,
  701: parseNumber,
};
const wide: Readonly<Record<number, ParseValue>> = {
  ...narrow,
  20: BigInt,
  21: BigInt,
  23: BigInt,
  26: BigInt,
};

/** @param bigints whether integers are read as bigint */
export const parserOf = (typeId: number, bigints: boolean): ParseValue =>
  (bigints ? wide : narrow)[typeId] ?? asIs;

const microsPerDay = 86_400_000_000;
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

let lastDay = Number.NaN;
let lastDayText = '';
let lastInstant = Number.NaN;
let lastText = '';

/** An instant exactly as the server prints a timestamptz in UTC, so that both compare as text. */
export function instantText(instant: Instant): string {
  // Whole batches carry the same instant, or instants of the same day.
  if (instant === lastInstant) return lastText;
  const day = Math.floor(instant / microsPerDay);
  if (day !== lastDay) {
    lastDayText = new Date(day * 86_400_000).toISOString().slice(0, 10);
    lastDay = day;
  }
  const rest = instant - day * microsPerDay;
  let micros = rest % 1_000_000;
  const seconds = (rest - micros) / 1_000_000;
  let fraction = '';
  if (micros > 0) {
    let places = 6;
    for (; micros % 10 === 0; micros /= 10) places--;
    fraction = `.${String(micros).padStart(places, '0')}`;
  }
  const hour = twoDigits[Math.floor(seconds / 3_600)];
  const minute = twoDigits[Math.floor(seconds / 60) % 60];
  lastText = `${lastDayText} ${hour}:${minute}:${twoDigits[seconds % 60]}${fraction}+00`;
  lastInstant = instant;
  return lastText;
}

const digits = (text: string, from: number, to: number): number => {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + text.charCodeAt(at) - 48;
  return value;
};

/** `YYYY-MM-DD HH:MM:SS[.ffffff]+00` to an instant. @throws DATA_UNSOUND for what is none, such as infinity */
export function parseInstantText(text: string): Instant {
  const { length } = text;
  if (length >= 22 && text.charCodeAt(4) === 45 && text.endsWith('+00')) {
    const seconds =
      Date.UTC(digits(text, 0, 4), digits(text, 5, 7) - 1, digits(text, 8, 10)) / 1_000 +
      digits(text, 11, 13) * 3_600 +
      digits(text, 14, 16) * 60 +
      digits(text, 17, 19);
    const fraction = length === 22 ? 0 : digits(text, 20, length - 3) * 10 ** (6 - (length - 23));
    const instant = seconds * 1_000_000 + fraction;
    if (Number.isSafeInteger(instant)) return instant;
  }
  throw new HoldfastError('DATA_UNSOUND', `a stored instant is outside the years 1684 to 2255: ${text}`);
}

/** Any instant that the server keeps, also before the year 1 and behind what a Date reaches. */
export function exactInstantText(instant: bigint): string {
  const perDay = BigInt(microsPerDay);
  const days = instant / perDay - (instant % perDay < 0n ? 1n : 0n);
  const time = instantText(Number(instant - days * perDay)).slice(11);
  const [year, date] = dayOf(Number(days));
  const digitsOf = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${digitsOf}-${date} ${time}${year > 0 ? '' : ' BC'}`;
}

/** Years repeat themselves in all but their number after four centuries. */
const [centuries, daysOfCenturies] = [400, 146_097];

/** Year, the one before the year 1 being 0, and `MM-DD`. @param days since 1970 */
function dayOf(days: number): readonly [number, string] {
  const cycles = Math.floor(days / daysOfCenturies);
  const date = new Date((days - cycles * daysOfCenturies) * 86_400_000);
  return [date.getUTCFullYear() + cycles * centuries, date.toISOString().slice(5, 10)];
}
