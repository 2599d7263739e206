// Instants: whole microseconds since 1970-01-01T00:00:00Z, as a safe integer (years 1684 to 2255).

import { HoldfastError } from '../errors.ts';

/** Microseconds since the epoch, UTC. A plain number, so that arrays of them stay fast and sortable. */
export type Instant = number;

/** The current instant. The clock has millisecond resolution; the microseconds are zero. */
export const now = (): Instant => Date.now() * 1000;

const pattern = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/i;

/**
 * RFC 3339 text to an instant. The zone is required: a time without one is not an instant.
 * Digits beyond microseconds are cut. @throws RECORD_INVALID
 */
export function parseInstant(text: string): Instant {
  const match = pattern.exec(text);
  if (match) {
    const [, date, time, fraction = '', zone] = match;
    const seconds = Date.parse(`${date}T${time}${zone!.toUpperCase()}`);
    // Date.parse rolls 31 February over to March; reading it back in its own zone tells.
    const offset = zone!.length === 1 ? 0 : zoneMinutes(zone!);
    if (!Number.isNaN(seconds) && new Date(seconds + offset * 60_000).toISOString().startsWith(date!)) {
      const micros = seconds * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
      if (Number.isSafeInteger(micros)) return micros;
    }
  }
  throw new HoldfastError('RECORD_INVALID', `not an instant: ${JSON.stringify(text)}`, {
    hint: 'Write instants as RFC 3339 with a zone, for example 2026-03-01T12:00:00Z',
  });
}

const zoneMinutes = (zone: string): number =>
  (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)));

/** An instant as RFC 3339 UTC, with as many fractional digits (0, 3 or 6) as it needs. */
export function formatInstant(instant: Instant): string {
  const millis = Math.floor(instant / 1000);
  const micros = instant - millis * 1000;
  const iso = new Date(millis).toISOString();
  if (micros !== 0) return `${iso.slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso;
}

export const fromDate = (date: Date): Instant => date.getTime() * 1000;
export const toDate = (instant: Instant): Date => new Date(Math.floor(instant / 1000));
