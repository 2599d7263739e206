// Settings in the query of a database URL: known ones by name, the rest refused with the reason.

import { HoldfastError } from '../errors.ts';

export interface KnownSettings {
  readonly names: readonly string[];
  /** Other names of the same settings. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Settings of other programs, and why they are not taken. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** @throws SETTING_INVALID */
export function takeSettings(
  engine: string,
  query: URLSearchParams,
  { names, aliases = {}, refused = {} }: KnownSettings,
): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [given, value] of query) {
    const name = Object.hasOwn(aliases, given) ? aliases[given]! : given;
    if (Object.hasOwn(refused, name))
      throw new HoldfastError('SETTING_INVALID', `${engine} does not take ${name}: ${refused[name]}`);
    if (!names.includes(name))
      throw new HoldfastError(
        'SETTING_INVALID',
        `${engine} has no setting ${name}: it takes ${names.join(', ')}`,
      );
    settings.set(name, value);
  }
  return settings;
}

/** @throws SETTING_INVALID */
export function wholeNumber(
  settings: ReadonlyMap<string, string>,
  name: string,
  normal: number,
  [least, most]: readonly [number, number],
): number {
  const text = settings.get(name);
  if (text === undefined) return normal;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new HoldfastError(
    'SETTING_INVALID',
    `${name}=${text}: it takes a whole number from ${least} to ${most}`,
  );
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/**
 * A duration such as `500ms`, `10s`, `5min` or `1h`, in milliseconds.
 * @param bare what a number without a unit counts, in milliseconds
 * @throws SETTING_INVALID
 */
export function durationMs(
  settings: ReadonlyMap<string, string>,
  name: string,
  normal: number,
  most: number,
  bare = 1,
): number {
  const text = settings.get(name);
  if (text === undefined) return normal;
  const [, digits, unit] = /^(\d{1,12})(ms|s|min|h)?$/.exec(text) ?? [];
  const value = Number(digits) * (unit === undefined ? bare : units[unit]!);
  if (value <= most) return value;
  throw new HoldfastError(
    'SETTING_INVALID',
    `${name}=${text}: it takes a duration such as 500ms, 10s or 5min, up to ${most / 3_600_000}h`,
  );
}
