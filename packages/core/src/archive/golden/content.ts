// What the golden archives of format version 1 hold. Never changed: archives that were written once stay readable.

import type { Kind } from '../../schema/spec.ts';
import type { Value } from '../columns/value.ts';
import type { NewArchiveHeader } from '../format/header.ts';
import type { RowStream } from '../format/stream.ts';

export const header: NewArchiveHeader = {
  id: '019c0a6e-4a00-7000-8000-00000000601d',
  type: 'full',
  timeline: 'golden',
  createdAt: '2026-02-01T12:00:00Z',
  engine: { name: 'sqlite', version: '3.53.4' },
  schema: 'golden-schema',
  counts: { tables: 1, records: 6 },
  metadata: { total_records: 6, backup_type: 'full', source_database: 'sqlite' },
};
export const schema = { tables: ['golden'], note: 'zwölf Boxkämpfer' };
export const passphrase = 'a golden passphrase';
/** 32 bytes. */
export const fileKey = '60'.repeat(32);
export const entry = { name: 'secrets', text: 'kept as bytes' };

const kinds: readonly Kind[] = [
  'bigint',
  'text',
  'int',
  'real',
  'decimal',
  'bool',
  'instant',
  'date',
  'json',
  'bytes',
  'uuid',
  'enum',
];
export const stream: RowStream = {
  kind: 'rows',
  table: 'golden',
  columns: kinds.map((kind) => ({
    name: `a_${kind}`,
    kind,
    ...(kind === 'decimal' ? { precision: 12, scale: 2 } : {}),
    ...(kind === 'enum' ? { values: ['on', 'off'] } : {}),
    ...(kind === 'bigint' ? {} : { nullable: true }),
  })),
  key: ['a_bigint'],
  metadata: { dataClass: 'critical' },
};
const uuid = '019c0a6e-4a00-7000-8000-000000000001';
export const rows: readonly (readonly Value[])[] = [
  [
    1n,
    'plain',
    1,
    1.5,
    '1.50',
    true,
    1_769_947_200_000_000,
    '2026-02-01',
    '{"a":1}',
    Buffer.from('ab'),
    uuid,
    'on',
  ],
  [
    2n,
    'zwölf\0\u{1f600}',
    -1,
    -0,
    '-2.00',
    false,
    1_769_947_260_000_000,
    '1969-12-31',
    '[]',
    Buffer.alloc(0),
    uuid,
    'off',
  ],
  [3n, null, null, null, null, null, null, null, null, null, null, null],
  [
    2n ** 63n - 1n,
    '',
    2 ** 53 - 1,
    Number.NaN,
    '9999999999.99',
    true,
    -1,
    '9999-12-31',
    'null',
    Buffer.alloc(300, 7),
    uuid,
    'on',
  ],
  [
    -(2n ** 63n),
    '\ud800',
    -(2 ** 53) + 1,
    5e-324,
    '0.00',
    false,
    0,
    '0001-01-01',
    '1.0',
    Buffer.from([0]),
    'no uuid',
    'on',
  ],
  [4n, 5, 'text', 'text', 1.5, 2, 'text', 7n, Buffer.from('x'), 'text', 0.1, 2n ** 70n],
];
