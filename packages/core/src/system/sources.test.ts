// Sources: named, kept with sealed credentials, and removed with everything they confirmed or not at all.

import { describe, expect, test } from 'vitest';
import { bare, open, refusal, scratchPath } from '../engine/sqlite/test-store.ts';
import { int, text } from '../schema/column.ts';
import { table } from '../schema/table.ts';
import { keyFindings } from './key-findings.ts';
import {
  addSource,
  countRecords,
  credentialsOf,
  listSources,
  putSource,
  removeSource,
  requireSource,
} from './sources.ts';

const parents = table('parents', { source: text(64), id: int() }, { key: ['source', 'id'] });
const children = table(
  'children',
  { id: int(), source: text(64), parent: int() },
  {
    key: ['id'],
    foreignKeys: [{ columns: ['source', 'parent'], table: parents, references: ['source', 'id'] }],
  },
);
const foreign = table(
  'foreign_links',
  { id: int(), child: int().references(children, 'id') },
  { key: ['id'] },
);
const lab = { name: 'lab', domain: 'test', settings: { url: 'x' }, credentials: { token: 'hunter2' } };

async function opened() {
  const path = scratchPath();
  const store = await open(path, { tables: [parents, children, foreign], keyFile: `${path}.key` });
  return { path, store };
}

describe('a source', () => {
  test('is found by name, with its credentials sealed at rest', async () => {
    const { path, store } = await opened();
    await addSource(store, lab);
    const found = await requireSource(store, 'lab');
    expect(found).toMatchObject({ name: 'lab', domain: 'test', settings: { url: 'x' }, enabled: true });
    expect(credentialsOf(found)).toEqual({ token: 'hunter2' });
    expect(JSON.stringify(found)).not.toContain('hunter2');
    expect(JSON.stringify(bare(path).prepare('SELECT * FROM holdfast_sources').all())).not.toContain(
      'hunter2',
    );
    expect(await refusal(requireSource(store, 'LAB'))).toMatchObject({ code: 'SOURCE_NOT_FOUND', exit: 4 });
  });

  test('is added once, and put any number of times', async () => {
    const { store } = await opened();
    await addSource(store, lab);
    expect(await refusal(addSource(store, { ...lab, domain: 'other' }))).toMatchObject({
      code: 'SOURCE_EXISTS',
      exit: 3,
    });
    await putSource(store, { ...lab, settings: { url: 'y' }, enabled: false });
    expect(await listSources(store)).toMatchObject([
      { domain: 'test', settings: { url: 'y' }, enabled: false },
    ]);
  });

  test.each(['', 'a b', 'a/b', '../x', '-a', '.a', 'ä', 'a\n', 'x'.repeat(65)])(
    'cannot be named %j',
    async (name) => {
      const { store } = await opened();
      expect(await refusal(addSource(store, { ...lab, name }))).toMatchObject({
        code: 'SETTING_INVALID',
        exit: 2,
      });
      expect(await listSources(store)).toEqual([]);
    },
  );

  test('without credentials in the database has none', async () => {
    const { path, store } = await opened();
    await addSource(store, lab);
    bare(path).exec('UPDATE holdfast_sources SET credentials = NULL');
    expect(credentialsOf(await requireSource(store, 'lab'))).toEqual({});
  });
});

describe('removing a source', () => {
  test('takes its records, children first, and no others', async () => {
    const { store } = await opened();
    await addSource(store, lab);
    await addSource(store, { ...lab, name: 'other' });
    for (const source of ['lab', 'other']) {
      await store.repository(parents).insertMany([1, 2].map((id) => ({ source, id })));
      await store.repository(children).insert({ id: source.length, source, parent: 1 });
    }
    expect(await countRecords(store, 'lab')).toEqual({ children: 1, parents: 2 });
    expect(await removeSource(store, 'lab')).toBe(3);
    expect((await listSources(store)).map(({ name }) => name)).toEqual(['other']);
    expect(await countRecords(store, 'other')).toEqual({ children: 1, parents: 2 });
    expect((await refusal(removeSource(store, 'lab'))).code).toBe('SOURCE_NOT_FOUND');
  });

  test('is all or nothing', async () => {
    const { store } = await opened();
    await addSource(store, lab);
    await store.repository(parents).insert({ source: 'lab', id: 1 });
    await store.repository(children).insert({ id: 1, source: 'lab', parent: 1 });
    await store.repository(foreign).insert({ id: 1, child: 1 });
    expect((await refusal(removeSource(store, 'lab'))).code).toBe('REFERENCED');
    expect(await countRecords(store, 'lab')).toEqual({ children: 1, parents: 1 });
    expect(await listSources(store)).toHaveLength(1);
  });
});

describe('what is found about the key', () => {
  test('nothing, when it opens every source', async () => {
    const { store } = await opened();
    expect(await keyFindings(store)).toEqual([]);
    await addSource(store, lab);
    expect(await keyFindings(store)).toEqual([]);
  });

  test('another key, or a value that was changed', async () => {
    const { path, store } = await opened();
    await addSource(store, lab);
    const other = scratchPath();
    await addSource(await open(other, { keyFile: `${other}.key` }), lab);
    const wrong = await open(path, { tables: [parents, children, foreign], keyFile: `${other}.key` });
    expect(await keyFindings(wrong)).toMatchObject([
      { code: 'SECRET_KEY_WRONG', where: 'holdfast_sources.credentials' },
    ]);
    bare(path).exec(`UPDATE holdfast_sources SET credentials = 'plain'`);
    expect(await keyFindings(store)).toMatchObject([{ code: 'DATA_UNSOUND' }]);
  });
});
