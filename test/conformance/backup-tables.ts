// Tables and rows that are hard to move: every kind, at every edge of what an engine keeps.

import {
  bigint,
  bool,
  bytes,
  date,
  decimal,
  type Insert,
  instant,
  int,
  json,
  oneOf,
  real,
  table,
  text,
  uuid,
} from '@holdfast/core';

type Value = null | string | number | bigint | boolean | Uint8Array;

export const kinds = table(
  'kinds',
  {
    id: int(),
    text: text().nullable(),
    int: int().nullable(),
    bigint: bigint().nullable(),
    real: real().nullable(),
    decimal: decimal(20, 4).nullable(),
    bool: bool().nullable(),
    instant: instant().nullable(),
    date: date().nullable(),
    json: json().nullable(),
    bytes: bytes().nullable(),
    uuid: uuid().nullable(),
    word: oneOf('on', 'off', "it's", '').nullable(),
    short: text(12).nullable(),
  },
  { key: ['id'] },
);

const nothing = {
  text: null,
  int: null,
  bigint: null,
  real: null,
  decimal: null,
  bool: null,
  instant: null,
  date: null,
  json: null,
  bytes: null,
  uuid: null,
  word: null,
  short: null,
};
const row = (id: number, some: Partial<Insert<typeof kinds>>): Insert<typeof kinds> => ({
  id,
  ...nothing,
  ...some,
});

/** Records that every engine keeps. */
export const hostileRows = [
  row(1, {}),
  row(2, { text: '', short: '', word: '', bytes: new Uint8Array(0), json: {}, int: 0, bigint: 0n, real: 0 }),
  row(3, {
    text: `tab\tline\nreturn\rback\\slash '"\`;--\\N \\. $1 \u0001\u007f`,
    short: '\\N',
    word: "it's",
  }),
  row(4, { text: '\u{1F9F1}\u{10FFFF}\uFEFFa\uFFFD\u0301 e\u0301 \u00e9 \u202e', short: 'trailing   ' }),
  row(5, { text: 'x'.repeat(70_000), bytes: Uint8Array.from({ length: 70_000 }, (_, at) => at & 255) }),
  row(6, {
    int: Number.MAX_SAFE_INTEGER,
    bigint: 2n ** 63n - 1n,
    real: Number.MAX_VALUE,
    instant: 9_007_199_254_740_991,
  }),
  row(7, {
    int: -Number.MAX_SAFE_INTEGER,
    bigint: -(2n ** 63n),
    real: -Number.MAX_VALUE,
    instant: -9_007_199_254_740_991,
  }),
  row(8, { bigint: 2n ** 53n + 1n, real: Number.MIN_VALUE, decimal: '9999999999999999.9999', instant: -1 }),
  row(9, { bigint: -(2n ** 53n) - 1n, real: 0.1 + 0.2, decimal: '-0.0001', instant: 1_772_366_400_123_456 }),
  row(10, {
    real: 1e21,
    decimal: '0.0000',
    date: '0001-01-01',
    bool: false,
    uuid: '00000000-0000-0000-0000-000000000000',
  }),
  row(11, {
    real: -1e-7,
    decimal: '10.0000',
    date: '9999-12-31',
    bool: true,
    uuid: 'ffffffff-ffff-4fff-bfff-ffffffffffff',
  }),
  row(12, {
    date: '2024-02-29',
    json: { z: 1, a: [1.1, 'ä\u2028', null], '': { deep: [[[]]] } },
    word: 'on',
  }),
  row(13, {
    json: [1e300, '', '\u001f', { 'a"b': false }],
    short: '\u{1F600}'.repeat(6),
    bytes: Uint8Array.of(0, 92, 39, 255, 0),
  }),
  row(14, { json: 'text', text: 'NULL', word: 'off', short: 'null' }),
];

/** The same as rows of exact values. */
export const exactRows = (): Value[][] => hostileRows.map(exact);

const exact = ({ json: document, ...rest }: Insert<typeof kinds>): Value[] =>
  kinds.properties.map((property) =>
    property === 'json'
      ? document === null
        ? null
        : JSON.stringify(document)
      : ((rest as Record<string, unknown>)[property] as Value),
  );

export const sortRows = (rows: readonly (readonly Value[])[]): (readonly Value[])[] =>
  rows.toSorted((a, b) => {
    for (let at = 0; at < a.length; at++) {
      const [one, other] = [a[at]!, b[at]!];
      if (one === other) continue;
      if (typeof one === 'number' && typeof other === 'number') return one - other;
      return String(one) < String(other) ? -1 : 1;
    }
    return 0;
  });
