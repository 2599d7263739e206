// Changes as they are committed, for those who follow them: each once, with who made it, whoever else writes.

import { bigint, int, table, text } from '@holdfast/core';
import { committedSince, newestPosition } from '@holdfast/core/history';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const things = table(
  'things',
  { name: text(64).nullable(), number: int(), kind: text(16), big: bigint().nullable() },
  // Not in the order of the columns.
  { key: ['kind', 'number'], history: 'versions' },
);
const resources = [{ name: 'test.thing', table: things, summary: ['name'] }];
const domain = { ...domainOf(things), resources };

describe.each(engines)('$name', (engine) => {
  test('what is committed after a position is told once, and what was put at a prompt is external', async () => {
    const url = await engine.url();
    const store = await engine.open({ url, domains: [domain] });
    const repository = store.repository(things);
    const old = { kind: 'old', number: 1 };
    await repository.insert(old);
    // Where it is only near, what is a little old is passed over.
    const begin = await committedSince(store, resources, await newestPosition(store), 0);
    expect(begin.changes).toEqual([]);
    const request = 'a-call';
    await store.as({ actor: 'ann', via: 'api', request }, async () => {
      await repository.insert({ kind: 'a/b', number: 7, name: 'seven', big: 2n ** 60n });
      await repository.update(old, { name: 'new' });
    });
    await engine.exec(url, "INSERT INTO things (kind, number) VALUES ('prompt', 2)");
    await repository.delete(old);
    const next = await committedSince(store, resources, begin.position);
    const told = next.changes.map(({ id, change, actor, request: by }) => [id, change, actor, by]);
    expect(told).toEqual([
      ['a%2Fb/7', 'created', 'ann', request],
      ['old/1', 'updated', 'ann', request],
      ['prompt/2', 'created', 'external', null],
      ['old/1', 'deleted', 'app', null],
    ]);
    const again = await committedSince(store, resources, next.position);
    expect(again).toMatchObject({ changes: [], more: false });
    await repository.insertMany(Array.from({ length: 30 }, (_, number) => ({ kind: 'many', number })));
    const some = await committedSince(store, resources, again.position, 10);
    expect({ told: some.changes.length, more: some.more }).toEqual({ told: 10, more: true });
    expect((await committedSince(store, resources, some.position)).changes).toEqual([]);
  });
});
