// Cells: what a number means follows from the declaration of its column, and from the unit in its name.

import { type AnyTable, bytes, instant, int, json, real, table, text } from '@holdfast/core';
import { expect, test } from 'vitest';
import { cell } from './format.ts';

const things: AnyTable = table(
  'things',
  {
    id: int(),
    name: text(),
    lastHealthCheck: instant(),
    memoryBytes: int(),
    memoryUsage: int().metric(),
    memoryMb: int().metric(),
    memoryPercent: real().metric(),
    diskGb: real(),
    cpuUsage: real(),
    cpuCelsius: real(),
    uptime: int(),
    load1: real(),
    tags: json(),
    frame: bytes(),
  },
  { key: ['id'] },
);

test.each([
  ['name', 'nas', 'nas'],
  ['name', null, '-'],
  ['id', 7, '7'],
  ['lastHealthCheck', 1_767_225_600_000_000, '2026-01-01T00:00:00Z'],
  ['metricsAt', 0, '1970-01-01T00:00:00Z'],
  ['memoryBytes', 2_147_483_648, '2.0 GiB'],
  ['memoryUsage', 512, '512 B'],
  ['memoryMb', 90, '90 MiB'],
  ['memoryPercent', 55.64, '55.6 %'],
  ['diskGb', 12.5, '12.5 GiB'],
  ['cpuUsage', 0.125, '12.5 %'],
  ['cpuCelsius', 62, '62 °C'],
  ['uptime', 90_061, '1d 1h'],
  ['uptime', 0, '0s'],
  ['load1', 1.234, '1.23'],
  ['tags', ['a', 'b'], 'a b'],
  ['tags', { a: 1 }, '{"a":1}'],
  ['frame', Uint8Array.of(1, 255), '01ff'],
  ['name', true, 'yes'],
])('%s of %j is %s', (property, value, text) => {
  expect(cell(things, property, value)).toBe(text);
});
