// A record as JSON: nothing that JSON would lose, no secret, properties in their declared order.

import { expect, test } from 'vitest';
import { bigint, bytes, instant, int, json, real, text } from './column.ts';
import { Secret } from './secret.ts';
import { table } from './table.ts';
import { jsonEncoder } from './to-json.ts';

const things = table(
  'things',
  {
    id: int(),
    size: bigint(),
    raw: bytes().nullable(),
    at: instant(),
    data: json(),
    token: text().secret(),
    load: real().metric(),
  },
  { key: ['id'] },
);
const row = {
  metricsAt: -1,
  load: 0.5,
  token: new Secret('hunter2'),
  data: { b: 1, a: [null] },
  at: 1_000_000,
  raw: new Uint8Array([0, 255]),
  size: 2n ** 63n - 1n,
  id: 1,
};

test('every kind has a text that loses nothing', () => {
  expect(JSON.stringify(jsonEncoder(things)(row))).toBe(
    '{"id":1,"size":"9223372036854775807","raw":"AP8=","at":"1970-01-01T00:00:01Z","data":{"b":1,"a":[null]},' +
      '"token":"[secret]","metricsAt":"1969-12-31T23:59:59.999999Z","load":0.5}',
  );
});

test('null stays null, and what the record lacks is left out', () => {
  expect(jsonEncoder(things)({ id: 1, raw: null, load: null })).toEqual({ id: 1, raw: null, load: null });
});
