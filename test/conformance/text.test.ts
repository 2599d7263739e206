// Text is kept to the last code unit, and compared by it: case, spaces, accents and order are never folded.

import { int, table, text } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const notes = table('notes', { id: int(), body: text().nullable() }, { key: ['id'] });
const names = table('names', { name: text(40), rank: int() }, { key: ['name'] });

const remarkable: Record<string, string> = {
  empty: '',
  spaces: '  \t ',
  'the word null': 'NULL',
  'a quoted end of statement': `'; DROP TABLE notes; --"`,
  'other quotes': '`a` "b" [c] \\',
  'line ends': 'a\nb\r\nc\u2028',
  emoji: '👩‍👩‍👧‍👦 🏳️‍🌈',
  'combining marks': 'e\u0301',
  'composed marks': '\u00e9',
  'right to left': 'שלום‏',
  'a byte order mark': '\ufeffx',
  'the last code point': '\u{10ffff}\uffff\ufffd',
  'ten kilobytes': 'änderung '.repeat(1_024),
};

describe.each(engines)('$name', (engine) => {
  test('remarkable text comes back, and is found by equality', async () => {
    const store = await engine.open({ domains: [domainOf(notes)] });
    const repository = store.repository(notes);
    const texts = Object.values(remarkable);
    await repository.insertMany(texts.map((body, id) => ({ id, body })));
    expect((await repository.list()).items.map(({ body }) => body)).toEqual(texts);
    for (const [id, body] of texts.entries())
      expect((await repository.list({ where: { body } })).items).toEqual([{ id, body }]);
  });

  test('a NUL inside text is kept, or refused where the engine has no such text', async () => {
    const store = await engine.open({ domains: [domainOf(notes)] });
    const repository = store.repository(notes);
    const row = { id: 1, body: 'a\0b\0' };
    if (store.engine.capabilities.nulInText) {
      await repository.insert(row);
      expect(await repository.get({ id: 1 })).toEqual(row);
      expect((await repository.list({ where: { body: { contains: '\0b' } } })).items).toEqual([row]);
      expect(await repository.count({ body: 'a' })).toBe(0);
    } else {
      expect(await refusal(repository.insert(row))).toMatchObject({ code: 'RECORD_INVALID' });
      expect(await repository.count()).toBe(0);
    }
  });

  test('keys that differ in case, spaces or accents are different keys', async () => {
    const store = await engine.open({ domains: [domainOf(names)] });
    const repository = store.repository(names);
    const all = ['a', 'A', 'a ', ' a', 'á', 'a\u0301', 'ß', 'ss', 'ı', 'i', 'I', '1', '01', '1.0'];
    await repository.insertMany(all.map((name, rank) => ({ name, rank })));
    for (const [rank, name] of all.entries()) expect(await repository.get({ name })).toEqual({ name, rank });
    await repository.upsert({ name: 'A ', rank: 99 });
    expect(await repository.count()).toBe(all.length + 1);
    expect(await repository.get({ name: 'a ' })).toEqual({ name: 'a ', rank: 2 });
  });

  test('text sorts by code point, and compares as it sorts', async () => {
    const store = await engine.open({ domains: [domainOf(names)] });
    const repository = store.repository(names);
    const word = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 6 })
      .map((name) => name.replaceAll('\0', 'x'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(word, { minLength: 2, maxLength: 30 }), async (words) => {
        await repository.deleteMany({});
        await repository.insertMany(words.map((name, rank) => ({ name, rank })));
        const sorted = words.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect((await repository.list({ orderBy: [['name']] })).items.map(({ name }) => name)).toEqual(
          sorted,
        );
        const middle = sorted[Math.floor(sorted.length / 2)]!;
        const below = await repository.list({ where: { name: { lt: middle } } });
        expect(below.items.map(({ name }) => name)).toEqual(sorted.slice(0, sorted.indexOf(middle)));
      }),
      { numRuns: 40 },
    );
  });
});
