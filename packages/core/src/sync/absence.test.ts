// A record is absent only when a complete scope that owns it no longer shows it; then it can come back or move.

import { describe, expect, test } from 'vitest';
import { events, failure, guest, guests, nodes, ofNode, openSystem } from './test-sync.ts';

describe('absence', () => {
  test('is marked once, with the instant of the sweep that noticed it', async () => {
    const system = await openSystem();
    await system.guests([guest(1), guest(2)]);
    const { run } = await system.sweep([ofNode('a', [guest(1)])]);
    const [, gone] = await system.stored();
    expect(gone).toMatchObject({ id: 2, absentSince: run.startedAt, updatedAt: run.startedAt, name: 'g2' });
    const later = await system.guests([guest(1)]);
    expect(later).toMatchObject({ deleted: 0, unchanged: 1 });
    expect((await system.stored())[1]).toEqual(gone);
  });

  test('of everything, when a complete scope is empty', async () => {
    const system = await openSystem();
    await system.guests([guest(1), guest(2)]);
    expect(await system.guests([])).toMatchObject({ deleted: 2 });
  });

  test('means nothing in an incomplete scope, but what it did show is stored', async () => {
    const system = await openSystem();
    await system.guests([guest(1), guest(2)]);
    const scope = await system.guests([guest(1, { name: 'seen' })], { error: failure });
    expect(scope).toMatchObject({
      complete: false,
      changed: 1,
      deleted: 0,
      error: { code: 'SOURCE_TIMEOUT' },
    });
    expect((await system.stored()).map(({ name, absentSince }) => [name, absentSince])).toEqual([
      ['seen', null],
      ['g2', null],
    ]);
  });

  test('means nothing where the scope owns nothing, as in a log', async () => {
    const system = await openSystem();
    const log = (lines: number[]) => ({
      scope: 'log',
      batches: [{ table: events, rows: lines.map((line) => ({ source: 'lab', line, body: 'x' })) }],
    });
    await system.sweep([log([1, 2])]);
    const { sources } = await system.sweep([log([2, 3])]);
    expect(sources[0]).toMatchObject({ created: 1, unchanged: 1, deleted: 0 });
    expect(await system.stored(events)).toHaveLength(3);
  });

  test('is that of the scope alone: other nodes and other sources keep theirs', async () => {
    const system = await openSystem();
    await system.store.repository(guests).insertMany([
      { source: 'other', id: 1, node: 'a', name: 'x' },
      { source: 'lab', id: 9, node: 'b', name: 'y' },
    ]);
    await system.guests([guest(1)]);
    await system.guests([]);
    const absent = (await system.stored()).filter(({ absentSince }) => absentSince !== null);
    expect(absent.map(({ source, id }) => `${source}${id}`)).toEqual(['lab1']);
  });

  test('a scope that owns a whole table', async () => {
    const system = await openSystem();
    const all = (names: string[]) => ({
      scope: 'nodes',
      batches: [{ table: nodes, rows: names.map((name) => ({ source: 'lab', name })), owns: {} }],
    });
    await system.sweep([all(['a', 'b'])]);
    expect((await system.sweep([all(['b'])])).sources[0]).toMatchObject({ deleted: 1, unchanged: 1 });
  });
});

describe('a record that is back', () => {
  test('has changed, even if nothing else did', async () => {
    const system = await openSystem();
    await system.guests([guest(1, { note: 'n', heat: 1 })]);
    const [before] = await system.stored();
    await system.guests([]);
    expect(await system.guests([guest(1)])).toMatchObject({ created: 0, changed: 1, unchanged: 0 });
    expect((await system.stored())[0]).toMatchObject({
      absentSince: null,
      note: 'n',
      heat: 1,
      createdAt: before!['createdAt'],
    });
  });
});

describe('a record that moved between scopes of a sweep', () => {
  const moved = guest(1, { node: 'b' });

  test('is changed where it is shown, when its new scope comes first', async () => {
    const system = await openSystem();
    await system.guests([guest(1), guest(2)]);
    const { sources } = await system.sweep([ofNode('b', [moved]), ofNode('a', [guest(2)])]);
    expect(sources[0]!.scopes).toMatchObject([
      { changed: 1, created: 0 },
      { deleted: 0, unchanged: 1 },
    ]);
    expect(await system.stored()).toMatchObject([
      { id: 1, node: 'b', absentSince: null },
      { id: 2, absentSince: null },
    ]);
  });

  test('is present again at once, when its old scope comes first', async () => {
    const system = await openSystem();
    await system.guests([guest(1)]);
    const { sources } = await system.sweep([ofNode('a', []), ofNode('b', [moved])]);
    expect(sources[0]!.scopes).toMatchObject([{ deleted: 1 }, { changed: 1, created: 0 }]);
    expect(await system.stored()).toMatchObject([{ id: 1, node: 'b', absentSince: null }]);
  });

  test('is not absent when its old scope is told that another has shown it', async () => {
    const system = await openSystem();
    await system.guests([guest(1), guest(2)]);
    const asked: (readonly unknown[])[] = [];
    const old = {
      scope: 'node/a',
      batches: [
        {
          table: guests,
          rows: [],
          owns: { source: 'lab', node: 'a' },
          seenElsewhere: (key: readonly unknown[]) => asked.push(key) > 0 && key[1] === 1,
        },
      ],
    };
    const { sources } = await system.sweep([old]);
    expect(sources[0]).toMatchObject({ deleted: 1 });
    expect((await system.stored()).map(({ absentSince }) => absentSince !== null)).toEqual([false, true]);
    // It is asked by key, and told nothing else.
    expect(asked).toEqual([
      ['lab', 1],
      ['lab', 2],
    ]);
  });
});
