// How everybody but Holdfast reads and writes the kinds that the driver would change: instants to the microsecond,
// 64-bit integers as numbers, everything else as the driver does it.

import pg from 'pg';

/** Type parsers of a connection. */
export const types = {
  getTypeParser: ((id: number, format?: 'text') => {
    if (id === 20) return Number;
    if (id === 1_184) return parseInstant;
    return pg.types.getTypeParser(id, format);
  }) as typeof pg.types.getTypeParser,
};

/** `2026-03-01 12:00:00.123456+00` in microseconds. */
export function parseInstant(text: string): number {
  const point = text.indexOf('.');
  const end = text.length - 3;
  const seconds = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`);
  const micros = point < 0 ? 0 : Number(text.slice(point + 1, end).padEnd(6, '0'));
  return seconds * 1_000 + micros;
}

export function instantText(micros: number): string {
  const millis = Math.floor(micros / 1_000);
  return `${new Date(millis).toISOString().slice(0, -1)}${String(micros - millis * 1_000).padStart(3, '0')}Z`;
}

export const sessionOptions = '-c TimeZone=UTC';
