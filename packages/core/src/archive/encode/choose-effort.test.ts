// Long texts are compressed fast; numbers, short texts and gaps are not taken for them.

import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeBatch } from '../columns/batch.ts';
import { batchOf } from '../columns/batch-rows.ts';
import type { Value } from '../columns/value.ts';
import { pack } from '../format/compression.ts';
import { columnOf } from '../test-archive.ts';
import { effortFor } from './choose-effort.ts';

const columns = [columnOf('int'), columnOf('text'), columnOf('uuid')];
const chunkOf = (make: (row: number) => Value) => {
  const rows = Array.from({ length: 2_000 }, (_, row) => [row * row, make(row), randomUUID()]);
  const batch = batchOf(columns, rows);
  return { batch, raw: encodeBatch(batch) };
};
const line = (row: number): string =>
  `${new Date(row * 7_919_000).toISOString()} INFO request ${row % 17} from 192.168.0.${row % 251} took ${(row * 31) % 997} ms: connection reset by peer, tried again; `;

test.each([
  ['long texts', (row: number) => line(row).repeat(2), 'fast'],
  ['short texts', (row: number) => `device-${row}`, 'usual'],
  ['few long texts among gaps', (row: number) => (row % 50 === 0 ? line(row) : null), 'usual'],
] as const)('%s', (_, make, effort) => {
  const { batch, raw } = chunkOf(make);
  expect(effortFor(batch, raw.length)).toBe(effort);
});

test('of long texts, the faster way makes a chunk that is hardly larger', () => {
  const { raw } = chunkOf(line);
  const [fast, usual] = (['fast', 'usual'] as const).map((effort) => pack(raw, 'zstd', effort).bytes.length);
  expect(fast).toBeLessThan(usual! * 1.1);
});
