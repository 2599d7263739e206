// Values as people read them: sizes, durations, ages.

import { type AnyTable, formatInstant, type Kind } from '@holdfast/core';

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in the largest fitting binary unit. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** Seconds as the two largest units. */
export function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [Math.floor(seconds) % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value}${unit}`)
    .join(' ');
}

/** A property of a record as a table cell: the declaration tells its kind, the name its unit. */
export function cell(table: AnyTable, property: string, value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.join(' ');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'number') return String(value);
  const kind: Kind = table.columns[property]?.options.kind ?? 'instant';
  return kind === 'instant' ? formatInstant(value) : quantity(property, value);
}

const suffixes: readonly [RegExp, string][] = [
  [/Percent$/, '%'],
  [/Celsius$/, '°C'],
  [/Mb$/, 'MiB'],
  [/Gb$/, 'GiB'],
  [/Ms$/, 'ms'],
];

function quantity(property: string, value: number): string {
  const suffix = suffixes.find(([pattern]) => pattern.test(property))?.[1];
  const plain = Number.isInteger(value) ? String(value) : value.toFixed(suffix === undefined ? 2 : 1);
  if (suffix !== undefined) return `${plain} ${suffix}`;
  if (/bytes$|^memory|^disk|^swap|^network/i.test(property)) return bytes(value);
  if (property === 'cpuUsage') return `${(value * 100).toFixed(1)} %`;
  return property === 'uptime' ? duration(value) : plain;
}
