// Servers, databases and rights that do not fit are refused by name, with the statement to type.

import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { int, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { openStore } from '../../store/open-store.ts';
import { checkFacts } from './preflight.ts';
import { admin, open, refusal, schemaOf, scratchUrl, things, withoutServer } from './test-store.ts';

const sound = { version: 150_004, encoding: 'UTF8', readOnly: false, tables: 0, ours: false };

test.each([
  [
    'an old version',
    { ...sound, version: 120_017 },
    {},
    'DATABASE_UNSUPPORTED',
    /PostgreSQL 12;.*13 or newer/,
  ],
  ['another encoding', { ...sound, encoding: 'LATIN1' }, {}, 'DATABASE_UNSUPPORTED', /LATIN1/],
  ['a replica', { ...sound, readOnly: true }, {}, 'DATABASE_READ_ONLY', /no writes/],
  [
    'an empty one that must be there',
    sound,
    { mustExist: true },
    'DATABASE_NOT_FOUND',
    /nothing of Holdfast/,
  ],
  ['one of another program', { ...sound, tables: 3 }, {}, 'DATABASE_FOREIGN', /3 tables/],
] as const)('%s', async (_, facts, options, code, message) => {
  const error = await refusal(() => checkFacts(facts, 'db', options));
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
});

test('what is taken', () => {
  checkFacts(sound, 'db', {});
  checkFacts({ ...sound, tables: 3 }, 'db', { adopt: true });
  checkFacts({ ...sound, tables: 9, ours: true }, 'db', { mustExist: true });
});

test('no server, or something that is none', async () => {
  const nobody = await refusal(openStore({ url: 'postgres://u@127.0.0.1:1/db' }));
  expect(nobody).toMatchObject({ code: 'DATABASE_UNREACHABLE', exit: 1 });
  expect(nobody.message).toContain('127.0.0.1:1/db');
  const other = createServer((socket) => {
    socket.on('error', () => {});
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  const strange = await refusal(openStore({ url: `postgres://u@127.0.0.1:${port}/db?connect_timeout=1s` }));
  expect(strange.code).toBe('DATABASE_UNREACHABLE');
  const silent = createServer((socket) => void socket.on('error', () => {}));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const mute = silent.address() as { port: number };
  const waited = await refusal(
    openStore({ url: `postgres://u@127.0.0.1:${mute.port}/db?connect_timeout=200ms` }),
  );
  expect(waited.code).toBe('DATABASE_UNREACHABLE');
});

describe.skipIf(withoutServer)('on a server', () => {
  test('a database or a user that does not exist', async () => {
    const missing = new URL(scratchUrl());
    missing.pathname = '/holdfast_nowhere';
    expect(await refusal(openStore({ url: missing.href }))).toMatchObject({
      code: 'DATABASE_NOT_FOUND',
      exit: 4,
      hint: `CREATE DATABASE "holdfast_nowhere" TEMPLATE template0 ENCODING 'UTF8';`,
    });
    const nobody = new URL(scratchUrl());
    nobody.username = 'holdfast_nobody';
    expect(await refusal(openStore({ url: nobody.href }))).toMatchObject({ code: 'DATABASE_AUTH', exit: 3 });
  });

  test('a server without TLS, where TLS was asked for', async () => {
    const error = await refusal(openStore({ url: scratchUrl({ sslmode: 'verify-full' }) }));
    expect(error).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      hint: expect.stringContaining('sslmode='),
    });
  });

  test('a database that keeps text otherwise', async () => {
    await admin(
      `CREATE DATABASE holdfast_latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    onTestFinished(async () => void (await admin('DROP DATABASE holdfast_latin WITH (FORCE)')));
    const url = new URL(scratchUrl());
    url.pathname = '/holdfast_latin';
    expect(await refusal(openStore({ url: url.href }))).toMatchObject({
      code: 'DATABASE_UNSUPPORTED',
      hint: expect.stringContaining('CREATE DATABASE'),
    });
  });

  test('tables of another program stay as they are, unless they are adopted', async () => {
    const url = scratchUrl();
    await admin(`CREATE SCHEMA ${schemaOf(url)}`);
    await admin('CREATE TABLE theirs (a int)', url);
    expect((await refusal(open(url))).code).toBe('DATABASE_FOREIGN');
    expect(await admin(`SELECT count(*) FROM pg_tables WHERE schemaname = '${schemaOf(url)}'`)).toEqual([
      ['1'],
    ]);
    const store = await open(url, { adopt: true });
    expect(await store.doctor()).toEqual([]);
  });

  test('missing rights name the GRANT, in the error and in doctor', async () => {
    const url = scratchUrl();
    const store = await open(url);
    await store.repository(things).insert({ id: 1 });
    const role = `holdfast_reader_${process.pid}`;
    const schema = schemaOf(url);
    await admin(`CREATE ROLE ${role} LOGIN; GRANT USAGE ON SCHEMA ${schema} TO ${role};
      GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
    onTestFinished(async () => void (await admin(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`)));
    const limited = new URL(url);
    limited.username = role;
    const reader = await open(limited.href);
    expect(await reader.repository(things).count()).toBe(1);
    const error = await refusal(reader.repository(things).insert({ id: 2 }));
    expect(error).toMatchObject({
      code: 'DATABASE_FORBIDDEN',
      exit: 3,
      hint: `GRANT SELECT, INSERT, UPDATE, DELETE ON "things" TO "${role}";`,
    });
    const findings = await reader.doctor();
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toContain('RIGHT_MISSING things');
    for (const { fix } of findings) await admin(fix, url);
    expect(await reader.doctor()).toEqual([]);
    await reader.repository(things).insert({ id: 2 });
    const bare = await refusal(openStore({ url: `${limited.href}_new` }));
    expect(bare).toMatchObject({ code: 'DATABASE_FORBIDDEN', hint: expect.stringMatching(/^GRANT CREATE/) });
  });

  test('the pool has no connection left', async () => {
    const store = await open(scratchUrl({ pool_max: 2, acquire_timeout: '100ms' }));
    const release = Promise.withResolvers<void>();
    const held = store.transaction(async () => release.promise);
    const second = await refusal(store.transaction(async () => {}));
    expect(second).toMatchObject({ code: 'POOL_EXHAUSTED', exit: 6, status: 503 });
    expect(second.message).toContain('100 ms');
    // Reads have a connection that transactions leave to them.
    expect(await store.repository(things).count()).toBe(0);
    const streams = [store.repository(things).stream(), store.repository(things).stream()];
    await store.repository(things).count();
    release.resolve();
    await held;
    await store.repository(things).insertMany(Array.from({ length: 100 }, (_, id) => ({ id })));
    await Promise.all(streams.map((stream) => stream.next()));
    for (const stream of streams) await stream.return(undefined);
    expect(await store.repository(things).count()).toBe(100);
  });

  test('two large streams leave nothing for a third reader', async () => {
    const store = await open(scratchUrl({ pool_max: 2, acquire_timeout: '100ms' }));
    await store.repository(things).insertMany(Array.from({ length: 100 }, (_, id) => ({ id })));
    const streams = [0, 1].map(() => store.repository(things).stream({ batch: 10 }));
    await Promise.all(streams.map((stream) => stream.next()));
    expect((await refusal(store.repository(things).count())).code).toBe('POOL_EXHAUSTED');
    for (const stream of streams) await stream.return(undefined);
    expect(await store.repository(things).count()).toBe(100);
  });

  test('a statement that is too large, and a key that is too long for an index', async () => {
    const keyed = table('keyed', { name: text(100_000), id: int() }, { key: ['name'] });
    const store = await open(scratchUrl(), { tables: [things, keyed] });
    const noise = Array.from({ length: 20_000 }, () => Math.random().toString(36))
      .join('')
      .slice(0, 100_000);
    const error = await refusal(store.repository(keyed).insert({ name: noise, id: 1 }));
    expect(error).toMatchObject({ code: 'QUERY_INVALID', exit: 2 });
    const list = Array.from({ length: 65_536 }, (_, id) => id);
    expect((await refusal(store.repository(things).list({ where: { id: { in: list } } }))).code).toBe(
      'QUERY_INVALID',
    );
    expect(await store.repository(things).count()).toBe(0);
  });

  test('a lock that another transaction holds for too long', async () => {
    const url = scratchUrl({ lock_timeout: '100ms' });
    const store = await open(url);
    await store.repository(things).insert({ id: 1 });
    await store.transaction(async (tx) => {
      await tx.repository(things).update({ id: 1 }, { name: 'held' });
      const other = await open(url);
      expect((await refusal(other.repository(things).update({ id: 1 }, { name: 'x' }))).code).toBe(
        'DATABASE_BUSY',
      );
    });
    expect(await store.repository(things).get({ id: 1 })).toMatchObject({ name: 'held' });
  });
});
