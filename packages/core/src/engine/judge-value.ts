// What is wrong with a value that an engine cannot keep, and what is nearest to it.

import { canonicalDecimal, isDate, type StoredValue } from '../schema/codec.ts';
import type { ColumnSpec, TableSpec } from '../schema/spec.ts';
import type { Keeps } from './fit-values.ts';

/** Undefined where the value can be kept; `nearest` undefined where nothing is near. */
export type Judge = (
  value: StoredValue,
) => { readonly why: string; readonly nearest?: StoredValue } | undefined;

const encoder = new TextEncoder();
const [lowest, highest] = [-(2n ** 63n), 2n ** 63n - 1n];
export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function judgeOf(column: ColumnSpec, keeps: Keeps, { copies }: TableSpec): Judge {
  const { kind, nullable } = column;
  const judge = byKind(column, keeps, copies === true);
  return (value) => {
    if (value !== null) return judge(value);
    return nullable ? undefined : { why: `there is nothing where a ${kind} has to be` };
  };
}

function byKind(column: ColumnSpec, keeps: Keeps, copies: boolean): Judge {
  const { kind, precision = 0, scale = 0, values } = column;
  const textual = textJudge(column, keeps);
  switch (kind) {
    case 'text':
      return textual;
    case 'int':
    case 'instant':
    case 'bigint':
      return (value) => judgeInteger(value, kind, keeps);
    case 'real':
      return (value) => judgeReal(value, keeps);
    case 'bool':
      return (value) =>
        typeof value === 'boolean'
          ? undefined
          : { why: `${told(value)} is neither true nor false`, nearest: truth(value) };
    case 'bytes':
      return (value) => {
        if (!(value instanceof Uint8Array))
          return { why: `${told(value)} is no bytes`, nearest: encoder.encode(String(value)) };
        return value.length <= keeps.maxBytes ? undefined : tooLarge(value.length, keeps);
      };
    case 'json':
      return (value) => {
        const found = textual(value);
        if (found !== undefined && typeof found.nearest !== 'string') return found;
        const text = found === undefined ? (value as string) : (found.nearest as string);
        if (keeps.checksJson && !isJson(text))
          return { why: `${told(value)} is no JSON`, nearest: JSON.stringify(text) };
        return found;
      };
    case 'enum':
      return (value) => {
        const found = textual(value);
        if (found !== undefined || copies || values!.includes(value as string)) return found;
        return { why: `${told(value)} is none of ${values!.join(', ')}` };
      };
    case 'uuid':
      return (value) => {
        if (typeof value === 'string' && uuidPattern.test(value)) return undefined;
        const found = textual(value);
        if (found === undefined && !keeps.typed) return undefined;
        const lower = typeof value === 'string' ? value.toLowerCase() : '';
        const why = `${told(value)} is no lower-case UUID`;
        return uuidPattern.test(lower) ? { why, nearest: lower } : { why };
      };
    case 'decimal':
      return (value) => {
        const found = textual(value);
        if (found !== undefined && typeof found.nearest !== 'string') return found;
        return keeps.typed
          ? judgeDecimal(found === undefined ? value : found.nearest!, precision, scale)
          : found;
      };
    case 'date':
      return (value) => {
        const found = textual(value);
        if (found !== undefined || !keeps.typed || isDate(value as string)) return found;
        if (keeps.endlessTime && isEndlessDate(value as string)) return undefined;
        return { why: `${told(value)} is no day that the engine keeps`, ...nearestDay(value as string) };
      };
  }
}

function textJudge({ maxLength, secret }: ColumnSpec, keeps: Keeps): Judge {
  const bounded = keeps.typed && !secret && maxLength !== undefined ? maxLength : Number.POSITIVE_INFINITY;
  return (value) => {
    if (value instanceof Uint8Array) {
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(value);
      const broken = !isUtf8(value);
      if (broken && keeps.brokenText) return undefined;
      return { why: broken ? 'its bytes are no UTF-8' : 'it is bytes where text has to be', nearest: text };
    }
    if (typeof value !== 'string') return { why: `${told(value)} is no text`, nearest: String(value) };
    let [text, why]: [string, string | undefined] = [value, undefined];
    if (!text.isWellFormed()) [text, why] = [text.toWellFormed(), 'it has half of a surrogate pair'];
    if (!keeps.nulInText && text.includes('\0'))
      [text, why] = [text.replaceAll('\0', ''), 'it has a NUL, which the engine keeps in no text'];
    // Engines count signs, a declaration counts UTF-16 units: what is within the one is within the other.
    if (text.length > bounded && [...text].length > bounded)
      [text, why] = [[...text].slice(0, bounded).join(''), `it is longer than ${bounded} signs`];
    if (text.length * 3 > keeps.maxBytes && Buffer.byteLength(text) > keeps.maxBytes)
      return tooLarge(Buffer.byteLength(text), keeps);
    return why === undefined ? undefined : { why, nearest: text };
  };
}

function judgeInteger(value: StoredValue, kind: string, keeps: Keeps): ReturnType<Judge> {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    const whole = BigInt(value as number | bigint);
    if (kind === 'instant' && keeps.endlessTime && (whole < firstInstant || whole > lastInstant))
      return {
        why: `${whole} µs are beyond the years that the engine keeps`,
        nearest: whole < 0n ? firstInstant : lastInstant,
      };
    if (whole >= lowest && whole <= highest) return undefined;
    return { why: `${whole} has more than 64 bits`, nearest: whole < 0n ? lowest : highest };
  }
  if (kind === 'instant' && (value === 'infinity' || value === '-infinity'))
    return keeps.endlessTime
      ? undefined
      : {
          why: `${value} is no instant`,
          nearest: value === 'infinity' ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER,
        };
  const near =
    typeof value === 'number'
      ? Math.round(value)
      : typeof value === 'string'
        ? Number(value.trim() || Number.NaN)
        : Number.NaN;
  const why = `${told(value)} is no whole number`;
  return Number.isSafeInteger(near) ? { why, nearest: kind === 'bigint' ? BigInt(near) : near } : { why };
}

/** What a timestamp of PostgreSQL reaches, from 4714 BC to the end of 294276. */
const [firstInstant, lastInstant] = [-210_866_803_200_000_000n, 9_223_371_331_199_999_999n];

function judgeReal(value: StoredValue, { infinity, nan }: Keeps): ReturnType<Judge> {
  if (typeof value !== 'number') {
    const near =
      typeof value === 'bigint'
        ? Number(value)
        : typeof value === 'string'
          ? Number(value.trim() || Number.NaN)
          : Number.NaN;
    const why = `${told(value)} is no number`;
    return Number.isFinite(near) ? { why, nearest: near } : { why };
  }
  if (Number.isNaN(value)) return nan ? undefined : { why: 'the engine keeps no NaN' };
  if (Number.isFinite(value) || infinity) return undefined;
  return { why: 'the engine keeps nothing infinite', nearest: Math.sign(value) * Number.MAX_VALUE };
}

/** A number with so many digits; more of them behind the point are rounded away from zero, as engines do unasked. */
export function judgeDecimal(value: StoredValue, precision: number, scale: number): ReturnType<Judge> {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(String(value)) ?? [];
  if (whole === '') return { why: `${told(value)} is no decimal number` };
  const most = 10n ** BigInt(precision);
  const kept = fraction.slice(0, scale).padEnd(scale, '0');
  const exact = /^0*$/.test(fraction.slice(scale));
  let digits = BigInt(`${whole}${kept}`);
  if (!exact && fraction[scale]! >= '5') digits += 1n;
  const fits = digits < most;
  if (exact && fits) return undefined;
  const text = (fits ? digits : most - 1n).toString().padStart(scale + 1, '0');
  const near = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
  const why = fits
    ? `has more than ${scale} digits behind the point`
    : `has more than ${precision - scale} digits before the point`;
  return { why: `${told(value)} ${why}`, nearest: canonicalDecimal(sign === '-' ? `-${near}` : near, scale) };
}

const isEndlessDate = (value: string): boolean => {
  if (/^-?infinity$/.test(value)) return true;
  const [, year = '', month, day, bc] = /^(\d{4,6})-(\d\d)-(\d\d)( BC)?$/.exec(value) ?? [];
  if (year === '' || Number(year) === 0) return false;
  const at = new Date(0);
  at.setUTCFullYear(bc === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  const inMonth = at.getUTCMonth() === Number(month) - 1 && at.getUTCDate() === Number(day);
  return inMonth && (bc === undefined ? Number(year) < 270_000 : Number(year) < 4_713);
};

function nearestDay(value: string): { readonly nearest?: string } {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value) ?? [];
  if (year === undefined || Number(year) === 0 || Number(month) < 1 || Number(month) > 12) return {};
  for (let near = Math.min(31, Math.max(1, Number(day))); near > 27; near--)
    if (isDate(`${year}-${month}-${near}`)) return { nearest: `${year}-${month}-${near}` };
  return { nearest: `${year}-${month}-01` };
}

export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};

const truth = (value: StoredValue): StoredValue =>
  typeof value === 'number' || typeof value === 'bigint' ? Boolean(value) : value === 'true' || value === 't';

const tooLarge = (bytes: number, { maxBytes }: Keeps): { readonly why: string } => ({
  why: `its ${bytes.toLocaleString('en')} bytes are more than the ${maxBytes.toLocaleString('en')} that the server takes`,
});

/** What a value is, never what a long one says. */
function told(value: StoredValue): string {
  if (value instanceof Uint8Array) return `bytes (${value.length})`;
  if (typeof value === 'string')
    return value.length > 40 ? `text of ${value.length} signs` : JSON.stringify(value);
  return String(value);
}
