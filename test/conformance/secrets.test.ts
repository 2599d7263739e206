// Secret columns are sealed in the database under the key file, and nothing but the right key opens them.

import { chmodSync, copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { int, isHoldfastError, Secret, table, text } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const accounts = table(
  'accounts',
  { id: int(), token: text(200).secret(), pin: text().nullable().secret(), gauge: text().secret().metric() },
  { key: ['id'] },
);
const domains = [domainOf(accounts)];

const open = async (engine: TestEngine, url: string, keyFile: string) =>
  (await engine.open({ url, keyFile, domains })).repository(accounts);

const raw = async (engine: TestEngine, url: string) =>
  (await engine.query(url, 'SELECT token, pin FROM accounts ORDER BY id')) as [string, string | null][];

describe.each(engines)('$name', (engine) => {
  const setting = async () => ({ url: await engine.url(), keyFile: join(scratchFolder(), 'key') });

  test('a secret comes back as it went in, and stands sealed in the database', async () => {
    const { url, keyFile } = await setting();
    const repository = await open(engine, url, keyFile);
    const long = '🔑 '.repeat(40);
    await repository.insertMany([
      { id: 1, token: 'hunter2', pin: new Secret('1234') },
      { id: 2, token: 'hunter2', pin: null },
      { id: 3, token: long, pin: '' },
    ]);
    const { items } = await repository.list();
    expect(items.map(({ token, pin }) => [token.reveal(), pin?.reveal()])).toEqual([
      ['hunter2', '1234'],
      ['hunter2', undefined],
      [long, ''],
    ]);
    const stored = await raw(engine, url);
    expect(JSON.stringify(stored)).not.toMatch(/hunter2|1234|🔑/u);
    expect(stored[1]![1]).toBeNull();
    // The same secret twice does not show as the same.
    expect(stored[0]![0]).not.toBe(stored[1]![0]);
  });

  test('a gauge can be secret', async () => {
    const { url, keyFile } = await setting();
    const repository = await open(engine, url, keyFile);
    await repository.insert({ id: 1, token: 'a', gauge: 'hunter2' });
    expect((await repository.get({ id: 1 }))!.gauge!.reveal()).toBe('hunter2');
    expect(String(await engine.query(url, 'SELECT gauge FROM accounts_latest'))).not.toContain('hunter2');
  });

  test('a record prints without its secrets', async () => {
    const { url, keyFile } = await setting();
    const repository = await open(engine, url, keyFile);
    await repository.insert({ id: 1, token: 'hunter2' });
    const row = await repository.get({ id: 1 });
    expect(`${JSON.stringify(row)}${inspect(row, { depth: null })}${row!.token}`).not.toContain('hunter2');
  });

  test('secrets are neither searched nor sorted', async () => {
    const { url, keyFile } = await setting();
    const repository = await open(engine, url, keyFile);
    for (const where of [{ token: new Secret('a') }, { pin: null }, { token: { contains: 'a' } }])
      expect((await refusal(repository.list({ where }))).code).toBe('QUERY_INVALID');
    expect((await refusal(repository.list({ orderBy: [['token']] }))).code).toBe('QUERY_INVALID');
  });

  test('the key file is made when first needed, for its owner only', async () => {
    const folder = scratchFolder();
    const keyFile = join(folder, 'key');
    const repository = await open(engine, await engine.url(), keyFile);
    expect(await repository.count()).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
    await repository.insert({ id: 1, token: 'a' });
    expect(readdirSync(folder)).toEqual(['key']);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(keyFile, 'utf8').trim(), 'base64')).toHaveLength(32);
  });

  test('a key that is not there is told, and none is made: it would open nothing', async () => {
    const { url, keyFile } = await setting();
    await (await open(engine, url, keyFile)).insert({ id: 1, token: 'hunter2' });
    const folder = scratchFolder();
    const repository = await open(engine, url, join(folder, 'key'));
    expect(await refusal(repository.get({ id: 1 }))).toMatchObject({ code: 'SECRET_KEY_MISSING', exit: 8 });
    const error = await refusal(repository.insert({ id: 2, token: 'entered again' }));
    expect(error).toMatchObject({ code: 'SECRET_KEY_MISSING', exit: 8 });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a key file that others can read is refused', async () => {
    const { url, keyFile } = await setting();
    await (await open(engine, url, keyFile)).insert({ id: 1, token: 'a' });
    for (const mode of [0o640, 0o604, 0o620, 0o777]) {
      chmodSync(keyFile, mode);
      const error = await refusal((await open(engine, url, keyFile)).get({ id: 1 }));
      expect(error).toMatchObject({ code: 'SECRET_KEY_EXPOSED', exit: 3, hint: `chmod 600 ${keyFile}` });
    }
  });

  test('another key is told at once, and its record can still be counted and removed', async () => {
    const { url, keyFile } = await setting();
    await (await open(engine, url, keyFile)).insert({ id: 1, token: 'hunter2' });
    const other = await setting();
    await (await open(engine, other.url, other.keyFile)).insert({ id: 1, token: 'x' });
    const repository = await open(engine, url, other.keyFile);
    const error = await refusal(repository.get({ id: 1 }));
    expect(error).toMatchObject({ code: 'SECRET_KEY_WRONG', exit: 8 });
    expect(error.message).toContain('accounts.token');
    expect(await repository.count()).toBe(1);
    expect(await repository.delete({ id: 1 })).toBe(true);
  });

  test.for(['', 'short', 'x'.repeat(60)])('a key file that holds %j is no key', async (content) => {
    const { url, keyFile } = await setting();
    writeFileSync(keyFile, content, { mode: 0o600 });
    const error = await refusal((await open(engine, url, keyFile)).insert({ id: 1, token: 'a' }));
    expect(error).toMatchObject({ code: 'SECRET_KEY_WRONG', exit: 8 });
    expect(readFileSync(keyFile, 'utf8')).toBe(content);
  });

  test('without a key file, or a place for it, writing a secret says so and stores nothing', async () => {
    const store = await engine.open({ domains });
    const row = { id: 1, token: 'a' };
    expect((await refusal(store.repository(accounts).insert(row))).code).toBe('SECRET_KEY_MISSING');
    expect(await store.repository(accounts).count()).toBe(0);
    const nowhere = await open(engine, await engine.url(), join(scratchFolder(), 'no', 'key'));
    expect((await refusal(nowhere.insert(row))).code).toBe('SECRET_KEY_MISSING');
  });

  test('a sealed value that was changed, cut or moved to another column is refused', async () => {
    const { url, keyFile } = await setting();
    const repository = await open(engine, url, keyFile);
    await repository.insert({ id: 1, token: 'hunter2', pin: 'abc' });
    const [[token, pin]] = (await raw(engine, url)) as [[string, string]];
    const head = token.slice(0, token.lastIndexOf('.') + 1);
    const body = Buffer.from(token.slice(head.length), 'base64');
    const put = (value: string) => engine.exec(url, `UPDATE accounts SET token = '${value}'`);
    const spoiled = [pin, 'hunter2', '', 'v1', head, `${head}!!!!`, token.slice(0, -8)];
    for (let at = 0; at < body.length; at += 5) {
      const flipped = Buffer.from(body);
      flipped[at]! ^= 1;
      spoiled.push(head + flipped.toString('base64'));
    }
    for (const length of [1, 12, 16, 20, 27, 28])
      spoiled.push(head + body.subarray(0, length).toString('base64'));
    for (const value of spoiled) {
      await put(value);
      const error = await refusal(repository.get({ id: 1 }));
      expect(error, value).toMatchObject({ code: 'DATA_UNSOUND', exit: 5 });
      expect(error.message).toContain('accounts.token');
    }
    await put(token);
    expect((await repository.get({ id: 1 }))!.token.reveal()).toBe('hunter2');
  });

  test('two stores that need a new key at the same time end with one', async () => {
    const { url, keyFile } = await setting();
    const both = await Promise.all([open(engine, url, keyFile), open(engine, url, keyFile)]);
    await Promise.all(both.map((repository, id) => repository.insert({ id, token: `t${id}` })));
    const copy = join(scratchFolder(), 'copy');
    copyFileSync(keyFile, copy);
    chmodSync(copy, 0o600);
    const { items } = await (await open(engine, url, copy)).list();
    expect(items.map(({ token }) => token.reveal())).toEqual(['t0', 't1']);
  });

  test('no error about a secret holds it, nor what it was sealed to', async () => {
    const { url, keyFile } = await setting();
    const repository = await open(engine, url, keyFile);
    await repository.insert({ id: 1, token: 'hunter2' });
    const errors = await Promise.allSettled([
      repository.insert({ id: 1, token: 'hunter2' }),
      repository.insert({ id: 2, token: ['hunter2'] as never }),
      repository.update({ id: 1 }, { token: 'hunter2'.repeat(100) }),
    ]);
    for (const each of errors) {
      const { reason } = each as PromiseRejectedResult;
      expect(isHoldfastError(reason)).toBe(true);
      expect(inspect(reason, { depth: null, showHidden: true })).not.toMatch(/hunter2|v1\.[0-9a-f]{8}\./);
    }
  });
});
