// Lenient reading of what systems send: versions differ in numbers as text, 0/1 as booleans, "" for nothing.
// Every reader gives undefined for what is not there or makes no sense: not observed.

import type { ObservedRow } from '@holdfast/core/sync';

/** An object of an API answer. */
export type Raw = Readonly<Record<string, unknown>>;

/** A finite number, also where it is sent as text. */
export function num(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

/** A whole number that JavaScript holds exactly; fractions are rounded. */
export function int(value: unknown): number | undefined {
  if (Number.isSafeInteger(value)) return value as number;
  const parsed = num(value);
  if (parsed === undefined) return undefined;
  const whole = Math.round(parsed);
  return Number.isSafeInteger(whole) ? whole : undefined;
}

/** 0/1, "0"/"1", "", null, yes/no, on/off and real booleans. */
export function bool(value: unknown): boolean | undefined {
  if (value === undefined) return undefined;
  if (value === 1 || value === true) return true;
  if (value === 0 || value === false || value === null || value === '') return false;
  const word = String(value).toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  if (['0', 'false', 'no', 'off'].includes(word)) return false;
  return undefined;
}

/** Text that every engine can keep: NUL and lone surrogates become U+FFFD. null and "" become null. */
export function str(value: unknown): string | null | undefined {
  if (typeof value === 'string') {
    if (value === '') return null;
    const text = value.isWellFormed() ? value : value.toWellFormed();
    return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
  }
  if (value === null) return null;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Unix seconds to microseconds. */
export const instantOf = (value: unknown): number | undefined => {
  const seconds = num(value);
  const micros = seconds === undefined ? undefined : Math.round(seconds * 1_000_000);
  return micros !== undefined && Number.isSafeInteger(micros) ? micros : undefined;
};

/** A set written as "a,b" or "a;b", in any order: sorted, without doubles; null when empty. */
export function set(value: unknown): string[] | null | undefined {
  if (value === undefined) return undefined;
  const text = str(value);
  if (text === undefined) return undefined;
  const words = (text ?? '').split(/[,;\s]+/).filter((word) => word !== '');
  return words.length === 0 ? null : [...new Set(words)].sort();
}

/** Anything as JSON that every engine can keep. */
export function clean(value: unknown): unknown {
  if (typeof value === 'string') return str(value) ?? '';
  if (Array.isArray(value)) return value.map(clean);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [str(key) ?? '', clean(each)]));
}

/** The properties that are not known, or undefined where there are none. */
export function rest(raw: Raw, known: ReadonlySet<string>): ObservedRow | undefined {
  let out: Record<string, unknown> | undefined;
  for (const key in raw) {
    if (known.has(key) || raw[key] === null || raw[key] === '') continue;
    out ??= {};
    out[str(key) ?? ''] = clean(raw[key]);
  }
  return out;
}

export const isRaw = (value: unknown): value is Raw =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
