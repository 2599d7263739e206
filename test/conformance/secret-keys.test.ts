// All secrets of a database are sealed with one key: another one, or one made in the place of one that was lost, is refused
// before anything is written.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { int, isHoldfastError, table, text } from '@holdfast/core';
import {
  ArchiveReader,
  createBackup,
  createKeyFile,
  openFileSource,
  restoreArchive,
} from '@holdfast/core/archive';
import { addSource, listConnections, removeSource } from '@holdfast/core/system';
import { addTarget, listTargets, removeTarget } from '@holdfast/core/targets';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const safes = table(
  'safes',
  {
    id: int(),
    name: text(20).default('safe'),
    code: text(200).nullable().secret(),
    gauge: text().secret().metric(),
  },
  { key: ['id'] },
);
const domains = [domainOf(safes)];
const newKey = (): string => join(scratchFolder(), 'key');

const open = async (engine: TestEngine, url: string, keyFile: string) =>
  engine.open({ url, keyFile, domains });

/** Identities of the keys of what is sealed. */
const sealedWith = async (engine: TestEngine, url: string): Promise<string[]> =>
  (await engine.query(url, 'SELECT DISTINCT substr(code, 4, 8) FROM safes WHERE code IS NOT NULL')).map(
    ([id]) => String(id),
  );

const remembered = async (engine: TestEngine, url: string): Promise<unknown[][]> =>
  engine.query(url, "SELECT checksum FROM holdfast_migrations WHERE domain = 'holdfast.key'");

const forget = (engine: TestEngine, url: string): Promise<void> =>
  engine.exec(url, "DELETE FROM holdfast_migrations WHERE domain = 'holdfast.key'");

describe.each(engines)('$name', (engine) => {
  /** A database with one secret, and a store with another key on it. */
  async function two() {
    const url = await engine.url();
    const own = await open(engine, url, newKey());
    await own.repository(safes).insert({ id: 1, code: '1234' });
    const otherKey = newKey();
    const elsewhere = await open(engine, await engine.url(), otherKey);
    await elsewhere.repository(safes).insert({ id: 1, code: '1234' });
    const other = await open(engine, url, otherKey);
    return { url, own, other, otherKey };
  }

  test('another key is refused whichever way a secret is written; what has none is written', async () => {
    const { url, own, other, otherKey } = await two();
    const repository = other.repository(safes);
    const ways = [
      () => repository.insert({ id: 2, code: 'x' }),
      () => repository.insert({ id: 2, gauge: 'x' }),
      () => repository.upsert({ id: 1, code: 'x' }),
      () => repository.insertMany([{ id: 2 }, { id: 3, code: 'x' }]),
      () => repository.upsertMany([{ id: 1, code: 'x' }]),
      () => repository.update({ id: 1 }, { code: 'x' }),
      () => repository.update({ id: 1 }, { gauge: 'x' }),
      () => repository.updateMany({ id: 1 }, { code: 'x' }),
      () =>
        other.transaction(async (tx) => {
          await tx.repository(safes).insert({ id: 4 });
          await tx.repository(safes).insert({ id: 5, code: 'x' });
        }),
      () => other.secrets.ready(),
      () => addSource(other, { name: 'lab', domain: 'test', settings: {}, credentials: { token: 'x' } }),
    ];
    const [wanted] = await sealedWith(engine, url);
    for (const way of ways) {
      const error = await refusal(way());
      expect(error).toMatchObject({ code: 'SECRET_KEY_WRONG', exit: 8, details: { wanted } });
      expect(error.message).toContain(`sealed with key ${wanted}`);
      expect(error.message).toContain(`${otherKey} is key ${String(error.details!['found'])}`);
      expect(error.hint).toContain(`Put key ${wanted} back as ${otherKey}`);
    }
    expect(await own.repository(safes).count()).toBe(1);
    expect(await listConnections(own)).toEqual([]);
    await repository.insertMany([{ id: 2, code: null }, { id: 3 }]);
    await repository.update({ id: 1 }, { name: 'old' });
    const { items } = await own.repository(safes).list();
    expect(items.map(({ name, code }) => [name, code?.reveal()])).toEqual([
      ['old', '1234'],
      ['safe', undefined],
      ['safe', undefined],
    ]);
  });

  test('a database that remembers no key is looked through, and remembers the one that it was sealed with', async () => {
    const { url, own, other } = await two();
    await forget(engine, url);
    expect(await refusal(other.repository(safes).insert({ id: 2, code: 'x' }))).toMatchObject({
      code: 'SECRET_KEY_WRONG',
    });
    expect(await remembered(engine, url)).toEqual([]);
    await forget(engine, url);
    const { items } = await own.repository(safes).list();
    const again = await open(engine, url, newKey());
    expect((await refusal(again.repository(safes).insert({ id: 2, code: 'x' }))).code).toBe(
      'SECRET_KEY_MISSING',
    );
    expect(items).toHaveLength(1);
    await other.repository(safes).delete({ id: 1 });
    await other.repository(safes).insert({ id: 2, code: 'x' });
    expect(await remembered(engine, url)).toEqual([await sealedWith(engine, url)]);
  });

  test('the key of an older database is remembered with its next secret', async () => {
    const url = await engine.url();
    const keyFile = newKey();
    await (await open(engine, url, keyFile)).repository(safes).insert({ id: 1, code: '1234' });
    await forget(engine, url);
    await (await open(engine, url, keyFile)).repository(safes).insert({ id: 2, code: '5678' });
    expect(await remembered(engine, url)).toEqual([await sealedWith(engine, url)]);
  });

  test('a lost key is not made anew until nothing is sealed with it; then the old one is the other', async () => {
    const url = await engine.url();
    const store = await open(engine, url, newKey());
    const source = { name: 'lab', domain: 'test', settings: {}, credentials: { token: 'x' } };
    await addSource(store, source);
    await addTarget(store, 'nas', { kind: 'folder', path: scratchFolder() });
    await store.repository(safes).insert({ id: 1, code: '1234' });
    const keyFile = newKey();
    const lost = await open(engine, url, keyFile);
    const again = { ...source, name: 'lab2' };
    expect((await refusal(addSource(lost, again))).code).toBe('SECRET_KEY_MISSING');
    expect(existsSync(keyFile)).toBe(false);
    expect(await listConnections(lost)).toMatchObject([{ name: 'lab', enabled: true }]);
    await removeSource(lost, 'lab');
    expect((await listTargets(lost)).map(({ name }) => name)).toEqual(['nas']);
    await removeTarget(lost, 'nas');
    expect((await refusal(addSource(lost, again))).code).toBe('SECRET_KEY_MISSING');
    await lost.repository(safes).delete({ id: 1 });
    await addSource(lost, again);
    expect(existsSync(keyFile)).toBe(true);
    const old = await open(engine, url, join(scratchFolder(), 'key'));
    expect((await refusal(old.repository(safes).insert({ id: 1, code: 'x' }))).code).toBe(
      'SECRET_KEY_MISSING',
    );
  });

  test('a key is not given up while another program has tables in the database, which cannot be looked through', async () => {
    const url = await engine.url();
    const notes = table('notes', { id: int(), text: text().secret() }, { key: ['id'] });
    const own = await engine.open({ url, domains: [domainOf(safes)], keyFile: newKey() });
    await own.repository(safes).insert({ id: 1, code: '1234' });
    const program = { name: 'program', tables: [notes], resources: [], migrations: [] };
    const withTable = { ...program, migrations: [{ id: '0001', steps: [{ createTables: [notes.spec] }] }] };
    const keyFile = newKey();
    const beside = await engine.open({ url, domains: [withTable], keyFile });
    expect((await refusal(beside.repository(notes).insert({ id: 1, text: 'x' }))).code).toBe(
      'SECRET_KEY_MISSING',
    );
    expect(existsSync(keyFile)).toBe(false);
  });

  test('two that seal first at the same time with keys of their own: one of them is refused', async () => {
    const url = await engine.url();
    const stores = [await open(engine, url, newKey()), await open(engine, url, newKey())];
    const ended = await Promise.allSettled(
      stores.map((store, index) =>
        store.transaction((tx) => tx.repository(safes).insert({ id: index, code: `${index}` })),
      ),
    );
    const refused = ended.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(refused.map((error) => isHoldfastError(error) && error.code)).toEqual([
      expect.stringMatching(/^SECRET_KEY_/),
    ]);
    expect(await sealedWith(engine, url)).toHaveLength(1);
    expect(await remembered(engine, url)).toEqual([await sealedWith(engine, url)]);
  });

  test('what a transaction took back is not remembered', async () => {
    const url = await engine.url();
    const first = await open(engine, url, newKey());
    await expect(
      first.transaction(async (tx) => {
        await tx.repository(safes).insert({ id: 1, code: '1234' });
        throw new Error('taken back');
      }),
    ).rejects.toThrow('taken back');
    expect(await remembered(engine, url)).toEqual([]);
    await (await open(engine, url, newKey())).repository(safes).insert({ id: 1, code: '1234' });
    expect((await refusal(first.repository(safes).insert({ id: 2, code: 'x' }))).code).toBe(
      'SECRET_KEY_WRONG',
    );
  });

  test('what is restored is sealed with the key of where it goes, and remembers that one', async () => {
    const { url, own } = await two();
    const path = join(scratchFolder(), 'one.sma');
    const key = await createKeyFile(join(scratchFolder(), 'archive.key'));
    await createBackup(own, { path, keys: [key] });
    const source = await openFileSource(path);
    onTestFinished(() => source.close());
    const reader = await ArchiveReader.open(source, { keys: [key] });
    expect(JSON.stringify(await reader.schema())).not.toContain('holdfast.key');
    const [to, keyFile] = [await engine.url(), newKey()];
    await restoreArchive([reader], { url: to, domains, keyFile, by: { name: 'test', via: 'app' } });
    expect(await remembered(engine, to)).toEqual([await sealedWith(engine, to)]);
    expect(await sealedWith(engine, to)).not.toEqual(await sealedWith(engine, url));
    await (await open(engine, to, keyFile)).repository(safes).insert({ id: 2, code: '5678' });
    expect(await sealedWith(engine, to)).toHaveLength(1);
  });
});
