// Record ids: the key as one text and back, whatever the key holds.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigint, bool, instant, int, text, uuid } from './column.ts';
import { parseRecordId, type Resource, recordId } from './domain.ts';
import { type AnyTable, table } from './table.ts';

const resource = (declared: AnyTable, incarnation?: string): Resource => ({
  name: 'test.thing',
  table: declared,
  summary: [],
  ...(incarnation === undefined ? {} : { incarnation }),
});
const machines = resource(
  table(
    'machines',
    { source: text(64), name: text(255), vmid: int(), incarnation: int() },
    { key: ['source', 'name', 'vmid', 'incarnation'] },
  ),
  'incarnation',
);

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).filter((part) => part.isWellFormed()),
  fc
    .array(fc.constantFrom('/', '%', '2', 'F', 'f', '.', '\u0000', '\n', '\u001f', '\u007f'))
    .map((some) => some.join('')),
);

describe('an id', () => {
  test('means the key it was made from, whatever stands in it', () => {
    const key = fc.record({
      source: hostile,
      name: hostile,
      vmid: fc.maxSafeInteger().map((n) => n + 0),
      incarnation: fc.integer({ min: 2, max: 2 ** 31 }),
    });
    fc.assert(
      fc.property(key, (given) => {
        expect(parseRecordId(machines, recordId(machines, given))).toEqual(given);
      }),
    );
  });

  test('differs where keys differ', () => {
    const id = (source: string, name: string): string =>
      recordId(machines, { source, name, vmid: 1, incarnation: 1 });
    expect(id('a/b', 'c')).not.toBe(id('a', 'b/c'));
    expect(id('a%2Fb', 'c')).not.toBe(id('a/b', 'c'));
  });

  test('is one printable line', () => {
    const id = recordId(machines, { source: 'a', name: 'x\ny\u0000\u001b[31m', vmid: 1, incarnation: 1 });
    expect(id).toBe('a/x%0Ay%00%1B[31m/1');
  });

  test('leaves the first incarnation out, and then means any', () => {
    expect(recordId(machines, { source: 'a', name: 'b', vmid: 5, incarnation: 1 })).toBe('a/b/5');
    expect(parseRecordId(machines, 'a/b/5')).toEqual({ source: 'a', name: 'b', vmid: 5 });
    expect(recordId(machines, { source: 'a', name: 'b', vmid: 5, incarnation: 2 })).toBe('a/b/5/2');
  });

  test.each([
    '',
    'a',
    'a/b',
    'a/b/x',
    'a/b/5.5',
    'a/b/0x5',
    'a/b/',
    'a/b/5/2/9',
    'a/%/5',
    'a/b/99999999999999999999',
  ])('%j is none', (id) => {
    expect(() => parseRecordId(machines, id)).toThrow(
      expect.objectContaining({ code: 'RECORD_NOT_FOUND', hint: 'holdfast list test.thing' }),
    );
  });
});

test.each([
  ['bigint', bigint(), -(2n ** 63n)],
  ['instant', instant(), -1_000_001],
  ['bool', bool(), true],
  ['bool', bool(), false],
  ['uuid', uuid(), 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['largest int', int(), Number.MAX_SAFE_INTEGER],
  ['empty text', text(9), ''],
])('a key of %s comes back as its value', (_, column, value) => {
  const things = resource(table('things', { id: column }, { key: ['id'] }));
  expect(parseRecordId(things, recordId(things, { id: value }))).toEqual({ id: value });
});
