// Instants as they are typed: RFC 3339 with its zone, `now`, or how long ago.

import { HoldfastError, type Instant, isHoldfastError, now, parseInstant } from '@holdfast/core';

const units: Readonly<Record<string, number>> = { s: 1e6, m: 60e6, h: 3_600e6, d: 86_400e6 };

/** `2026-03-01T12:00:00Z`, `now`, or `-15m`: seconds, minutes, hours or days ago. @throws MOMENT_INVALID */
export function parseMoment(text: string): Instant {
  if (text === 'now') return now();
  const [, count, unit] = /^-(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return now() - Number(count) * units[unit]!;
  try {
    return parseInstant(text);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    throw new HoldfastError('MOMENT_INVALID', error.message, {
      hint: 'Write it as 2026-03-01T12:00:00Z, as `now`, or as -15m, -2h, -3d ago',
    });
  }
}

/** An instant, or in how long: `30m`, `12h`, `7d`. @throws MOMENT_INVALID for one that is over */
export function parseUntil(text: string): Instant {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const until = unit === undefined ? parseMoment(text) : now() + Number(count) * units[unit]!;
  if (until > now()) return until;
  throw new HoldfastError('MOMENT_INVALID', `${text} is over already`, {
    hint: 'Write it as 2026-03-01T12:00:00Z, or as 30m, 12h, 7d from now',
  });
}
