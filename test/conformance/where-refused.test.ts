// A filter that means nothing, or more than its writer thought, is refused before it reaches a record.

import { bool, bytes, int, json, table, text } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const things = table(
  'things',
  {
    id: int(),
    name: text(),
    note: text().nullable(),
    on: bool().default(true),
    data: json().nullable(),
    raw: bytes().nullable(),
  },
  { key: ['id'] },
);

const meaningless: [string, object, RegExp][] = [
  ['an undefined value', { name: undefined }, /name is undefined/],
  ['an undefined group', { and: undefined }, /and is undefined/],
  ['a column that is not declared', { nmae: 'a' }, /no column "nmae"/],
  ['a part of every object', { toString: 'a' }, /no column "toString"/],
  ['no operator', { name: {} }, /operators, got neither/],
  ['an undefined operand', { name: { eq: undefined } }, /operators, got neither/],
  ['a date', { name: new Date() }, /operators, got neither/],
  ['an unknown operator', { name: { like: 'a' } }, /no operator like/],
  ['an operator every object has', { name: { constructor: 'a' } }, /no operator constructor/],
  ['in without a list', { name: { in: 'abc' } }, /in takes a list/],
  ['notIn without a list', { name: { notIn: null } }, /notIn takes a list/],
  ['contains on a number', { id: { contains: '1' } }, /no operator contains/],
  ['the order of bytes', { raw: { lt: new Uint8Array([1]) } }, /no order/],
  ['a value of JSON', { data: { a: 1 } }, /only with isNull/],
  ['a list of JSON', { data: [1] }, /only with isNull/],
];
const unfitting: [string, object, RegExp][] = [
  ['a number for text', { name: 1 }, /things\.name: expected/],
  ['a list for text', { name: ['a'] }, /things\.name: expected/],
  ['text for a number', { id: { gt: '1' } }, /things\.id: expected/],
  ['null to compare with', { note: { lt: null } }, /things\.note: expected/],
  ['null in a list', { note: { in: ['a', null] } }, /things\.note: expected/],
  ['undefined in a list', { on: { in: [undefined] } }, /things\.on: expected/],
];

describe.each(engines)('$name', (engine) => {
  test.for([
    ...meaningless.map((each) => [...each, 'QUERY_INVALID'] as const),
    ...unfitting.map((each) => [...each, 'RECORD_INVALID'] as const),
  ])('%s', async ([, where, message, code]) => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const repository = store.repository(things);
    await repository.insert({ id: 1, name: 'a' });
    for (const call of [
      () => repository.list({ where }),
      () => repository.count(where),
      () => repository.updateMany(where, { name: 'b' }),
      () => repository.deleteMany(where),
      () => repository.deleteMany({ or: [{ not: where }, where] }),
      () => repository.stream({ where }).next(),
    ])
      expect(await refusal(call)).toMatchObject({ code, exit: 2, message: expect.stringMatching(message) });
    expect((await repository.list()).items).toMatchObject([{ id: 1, name: 'a' }]);
  });

  test('JSON and bytes can be asked for null, and bytes for equality', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const repository = store.repository(things);
    const raw = new Uint8Array([0, 255]);
    await repository.insertMany([
      { id: 1, name: 'a', data: [1], raw },
      { id: 2, name: 'b' },
    ]);
    const ids = async (where: object) => (await repository.list({ where })).items.map(({ id }) => id);
    expect(await ids({ data: null })).toEqual([2]);
    expect(await ids({ data: { isNull: false } })).toEqual([1]);
    expect(await ids({ raw })).toEqual([1]);
    expect(await ids({ raw: { in: [new Uint8Array(), raw] } })).toEqual([1]);
    expect(await ids({ raw: { ne: raw } })).toEqual([2]);
  });

  test('a list longer than a statement can carry is refused by name', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const { maxParameters } = store.engine.capabilities;
    const list = Array.from({ length: maxParameters + 1 }, (_, id) => id);
    const error = await refusal(store.repository(things).list({ where: { id: { in: list } } }));
    expect(error).toMatchObject({ code: 'QUERY_INVALID', exit: 2 });
    expect(await store.repository(things).count({ id: { in: list.slice(0, maxParameters) } })).toBe(0);
  });
});
