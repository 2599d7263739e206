// A record that cannot be kept is named and left out; the others of its scope are stored, and none is called absent.

import { describe, expect, test } from 'vitest';
import { guest, guests, nodes, ofNode, openSystem, scopesOf } from './test-sync.ts';

describe('a row that does not fit', () => {
  test.each<[string, Record<string, unknown>, string, RegExp]>([
    [
      'a value of the wrong kind',
      guest(2, { level: 'high' }),
      'lab/2',
      /guests\.level: expected a whole number/,
    ],
    ['a text too long', guest(2, { name: 'x'.repeat(41) }), 'lab/2', /guests\.name/],
    ['a lone surrogate', guest(2, { note: '\ud800' }), 'lab/2', /guests\.note/],
    ['a gauge that is no number', guest(2, { heat: Number.NaN }), 'lab/2', /guests\.heat/],
    ['a null that may not be', guest(2, { node: null }), 'lab/2', /guests\.node/],
    ['a key of the wrong kind', guest(0, { id: '2' }), 'lab/2', /guests\.id/],
    ['a key that is an object', guest(0, { id: Object.create(null) }), 'lab/object', /guests\.id/],
    ['no key', guest(0, { id: undefined }), 'lab/undefined', /guests\.id/],
    [
      'a new record without what it needs',
      { source: 'lab', id: 2, node: 'a' },
      'lab/2',
      /guests\.name: .* got nothing/,
    ],
    ['a value the database refuses', guest(2, { level: 0 }), 'lab/2', /level_positive/],
    ['a unique value of another', guest(2, { code: 'taken' }), 'lab/2', /guests\.code/],
  ])('%s', async (_, bad, id, message) => {
    const system = await openSystem();
    await system.guests([guest(1, { code: 'taken' }), guest(7)]);
    const scope = await system.guests([guest(3), bad, guest(1, { note: 'seen' })]);
    expect(scope).toMatchObject({
      complete: false,
      created: 1,
      changed: 1,
      deleted: 0,
      error: { code: 'RECORD_REJECTED' },
    });
    expect(scope.rejected).toEqual([{ id, message: expect.stringMatching(message) }]);
    expect(scope.error!.message).toContain(id);
    expect(
      (await system.stored()).map(({ id: each, note, absentSince }) => [each, note, absentSince]),
    ).toEqual([
      [1, 'seen', null],
      [3, null, null],
      [7, null, null],
    ]);
  });

  test('is named as many times as there are such rows, and the first one in the message', async () => {
    const system = await openSystem();
    const scope = await system.guests([guest(1, { level: 'x' }), guest(2), guest(3, { level: 'y' })]);
    expect(scope.rejected.map(({ id }) => id)).toEqual(['lab/1', 'lab/3']);
    expect(scope.error!.message).toMatch(/^lab\/1: .*, and 1 more$/);
  });

  test('keeps what is stored of it', async () => {
    const system = await openSystem();
    await system.guests([guest(1, { note: 'kept', heat: 1 })]);
    await system.guests([guest(1, { note: 'new', level: 0, heat: 2 })]);
    expect((await system.stored())[0]).toMatchObject({ note: 'kept', level: 1, heat: 1 });
  });

  test('does not lose other scopes, nor other tables of its own scope', async () => {
    const system = await openSystem();
    const node = { table: nodes, rows: [{ source: 'lab', name: 'a' }] };
    const { complete, sources } = await system.sweep([
      ofNode('a', [guest(1)]),
      { scope: 'node/b', batches: [node, { table: guests, rows: [guest(2, { level: 0 })] }] },
      ofNode('c', [guest(3, { node: 'c' })]),
    ]);
    expect(complete).toBe(false);
    expect(sources[0]!.scopes.map((scope) => scope.complete)).toEqual([true, false, true]);
    expect(await system.stored()).toMatchObject([{ id: 1 }, { id: 3 }]);
    expect(await system.stored(nodes)).toHaveLength(1);
  });

  test('named by the collector stops absence as well', async () => {
    const system = await openSystem();
    await system.guests([guest(1), guest(2)]);
    const rejected = [{ id: 'lab/2', message: 'no number where one must be' }];
    const scope = await system.guests([guest(1)], { rejected });
    expect(scope).toMatchObject({ complete: false, deleted: 0, unchanged: 1, rejected });
    const { sources, run } = await system.sweep([ofNode('a', [guest(1)], { rejected })]);
    expect(sources[0]!.scopes[0]!.error!.code).toBe('RECORD_REJECTED');
    expect(await scopesOf(system.store, run.id)).toMatchObject([
      { complete: false, errorCode: 'RECORD_REJECTED' },
    ]);
  });
});

describe('an id that comes twice', () => {
  test('counts once, the first time, and is named', async () => {
    const system = await openSystem();
    const scope = await system.guests([guest(1, { note: 'first' }), guest(2), guest(1, { note: 'second' })]);
    expect(scope).toMatchObject({ created: 2, complete: false, rejected: [{ id: 'lab/1' }] });
    expect((await system.stored())[0]).toMatchObject({ note: 'first' });
  });

  test('is told from one that only looks alike', async () => {
    const system = await openSystem();
    const names = ['a', 'A', 'a ', 'a\0', '\0a', 'a\0\0b', 'a\0', 'á'];
    const pairs = [
      ['lab', 'a\0b'],
      ['lab\0a', 'b'],
      ['lab', '"a'],
      ['lab\0', 'a'],
      ['lab', '\0a'],
      ...[...new Set(names)].map((name) => ['l', name]),
    ].map(([source, name]) => ({ source, name }));
    const observation = { scope: 's', batches: [{ table: nodes, rows: pairs, owns: {} }] };
    for (const counts of [{ created: pairs.length }, { unchanged: pairs.length, created: 0, changed: 0 }]) {
      const { sources, complete } = await system.sweep([observation]);
      expect(complete).toBe(true);
      expect(sources[0]).toMatchObject(counts);
    }
    expect(await system.stored(nodes)).toHaveLength(pairs.length);
  });
});
