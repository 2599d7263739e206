// Servers, databases and rights that do not fit are refused by name, with the statement to type.

import { createServer, type Socket } from 'node:net';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { int, json, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { openStore } from '../../store/open-store.ts';
import { flavourOf } from './flavour.ts';
import { checkFacts } from './preflight.ts';
import {
  accountUrl,
  admin,
  databaseOf,
  open,
  refusal,
  scratchUrl,
  things,
  withoutServer,
} from './test-store.ts';

const sound = {
  flavour: flavourOf('10.11.19-MariaDB-0+deb12u1'),
  maxPacket: 16_777_216,
  account: "'u'@'%'",
  readOnly: false,
  innodb: true,
  tables: 0,
  ours: false,
};
const version = (text: string) => ({ ...sound, flavour: flavourOf(text) });

test.each([
  ['an old MariaDB', version('10.5.29-MariaDB'), {}, 'DATABASE_UNSUPPORTED', /MariaDB 10\.5\.29;.*10\.6/],
  ['an old MySQL', version('5.7.44-log'), {}, 'DATABASE_UNSUPPORTED', /MySQL 5\.7\.44;.*8\.0\.19/],
  ['a MySQL 8 that is too old', version('8.0.18'), {}, 'DATABASE_UNSUPPORTED', /MySQL 8\.0\.18/],
  [
    'a server that is of neither flavour',
    version('Proxy 2'),
    {},
    'DATABASE_UNSUPPORTED',
    /neither MySQL nor MariaDB.*Proxy 2/,
  ],
  ['no InnoDB', { ...sound, innodb: false }, {}, 'DATABASE_UNSUPPORTED', /no InnoDB/],
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
  for (const text of ['8.0.19', '8.4.2-log', '10.6.0-MariaDB', '5.5.5-10.11.6-MariaDB-log', '11.4.1-MariaDB'])
    checkFacts(version(text), 'db', {});
  checkFacts({ ...sound, tables: 3 }, 'db', { adopt: true });
  checkFacts({ ...sound, tables: 9, ours: true }, 'db', { mustExist: true });
});

/** What listens on a port until the test ends. */
async function listening(greet: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const other = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    greet(socket);
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    other.close();
  });
  return `127.0.0.1:${(other.address() as { port: number }).port}`;
}

test('no server', async () => {
  const nobody = await refusal(openStore({ url: 'mysql://u:hunter2@127.0.0.1:1/db' }));
  expect(nobody).toMatchObject({ code: 'DATABASE_UNREACHABLE', exit: 1 });
  expect(nobody.message).toContain('127.0.0.1:1/db');
  const socket = await refusal(openStore({ url: 'mysql://u@localhost/db?socket=/nowhere/socket' }));
  expect(socket).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('/nowhere'),
  });
  const name = await refusal(openStore({ url: 'mysql://u@no.such.host.invalid/db?sslmode=disable' }));
  expect(name).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: expect.stringContaining('invalid') });
});

test.each<[string, (socket: Socket) => void]>([
  ['answers at once and hangs up', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['greets in other words', (socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n')],
  ['greets in a byte', (socket) => void socket.write('\n')],
  ['waits to be asked', () => {}],
  ['hangs up at once', (socket) => socket.end()],
  ['resets the line', (socket) => socket.resetAndDestroy()],
  ['is of an older protocol', (socket) => void socket.write(Buffer.from([5, 0, 0, 0, 9, 51, 46, 50, 0]))],
])('something that %s is told from MySQL and MariaDB', async (_, greet) => {
  const place = await listening(greet);
  const error = await refusal(openStore({ url: `mysql://u:hunter2@${place}/db?connect_timeout=300ms` }));
  expect(error).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining(`${place}/db`),
    hint: expect.stringMatching(/host and port/),
  });
});

const { postgres } = inject('servers' as never) as Readonly<Record<string, string>>;

test.skipIf(postgres === undefined)('a PostgreSQL is told from MySQL', async () => {
  const { host } = new URL(postgres!);
  const error = await refusal(openStore({ url: `mysql://u@${host}/db?connect_timeout=300ms` }));
  expect(error).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('does not greet as MySQL and MariaDB do'),
  });
});

describe.skipIf(withoutServer)('on a server', () => {
  test('a database that does not exist, with the statement that makes it', async () => {
    const url = await scratchUrl();
    await admin(`DROP DATABASE ${databaseOf(url)}`);
    const error = await refusal(openStore({ url }));
    expect(error).toMatchObject({
      code: 'DATABASE_NOT_FOUND',
      exit: 4,
      hint: `CREATE DATABASE \`${databaseOf(url)}\` CHARACTER SET utf8mb4;`,
    });
    await admin(error.hint);
    await open(url);
  });

  test('a wrong user, a wrong password, a right one that is missing', async () => {
    const own = new URL(await accountUrl(await scratchUrl(), 'ALL'));
    for (const [user, password] of [
      ['holdfast_nobody', 'hunter2'],
      [own.username, 'hunter2'],
      [own.username, ''],
    ] as const) {
      const url = new URL(own);
      Object.assign(url, { username: user, password });
      const error = await refusal(openStore({ url: url.href }));
      expect(error).toMatchObject({ code: 'DATABASE_AUTH', exit: 3 });
      expect(error.message).toContain(user);
      expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
    }
    await open(own.href);
  });

  test('a server without TLS, where TLS was asked for', async ({ skip }) => {
    skip((await admin('SELECT @@have_ssl'))[0]![0] === 'YES', 'the server has TLS');
    const error = await refusal(openStore({ url: await scratchUrl({ sslmode: 'verify-full' }) }));
    expect(error).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      hint: expect.stringContaining('sslmode='),
    });
  });

  test('a session that takes no writes', async () => {
    const store = await open(await scratchUrl({ pool_max: 1 }));
    await store.repository(things).insert({ id: 1 });
    await store.engine.autocommit((session) => session.exec('SET SESSION TRANSACTION READ ONLY'));
    const error = await refusal(store.repository(things).insert({ id: 2 }));
    expect(error).toMatchObject({
      code: 'DATABASE_READ_ONLY',
      exit: 3,
      hint: expect.stringContaining('SET GLOBAL read_only = OFF;'),
    });
    expect(await store.repository(things).count()).toBe(1);
  });

  test('tables of another program stay as they are, unless they are adopted', async () => {
    const url = await scratchUrl();
    await admin('CREATE TABLE theirs (a int)', url);
    expect((await refusal(open(url))).code).toBe('DATABASE_FOREIGN');
    expect(await admin('SHOW TABLES', url)).toEqual([['theirs']]);
    const store = await open(url, { adopt: true });
    expect(await store.doctor()).toEqual([]);
  });

  test('a right that is missing on a table: the GRANT works as it is printed', async () => {
    const url = await scratchUrl();
    await (await open(url)).repository(things).insert({ id: 1 });
    const reader = await open(await accountUrl(url, 'SELECT'));
    expect(await reader.repository(things).count()).toBe(1);
    const asked: string[] = [];
    for (const [right, work] of [
      ['INSERT', () => reader.repository(things).insert({ id: 2 })],
      ['UPDATE', () => reader.repository(things).update({ id: 1 }, { name: 'x' })],
      ['DELETE', () => reader.repository(things).delete({ id: 1 })],
    ] as const) {
      const error = await refusal(work());
      expect(error).toMatchObject({ code: 'DATABASE_FORBIDDEN', exit: 3 });
      expect(error.hint).toMatch(
        new RegExp(`^GRANT ${right} ON \`${databaseOf(url)}\`\\.\\* TO 'holdfast_\\d+_\\d+'@'%';$`),
      );
      asked.push(error.hint);
      await admin(error.hint);
      await reconnected(reader);
      await work();
    }
    expect(new Set(asked).size).toBe(3);
  });

  test('rights that are missing to make tables: the GRANTs work as they are printed', async () => {
    const url = await accountUrl(await scratchUrl(), 'SELECT, INSERT, UPDATE, DELETE');
    const typed: string[] = [];
    for (;;) {
      const store = await openStore({ url }).catch((error: unknown) => error as Error);
      if (!(store instanceof Error)) {
        await store.close();
        break;
      }
      const error = await refusal(Promise.reject(store));
      expect(error).toMatchObject({ code: 'DATABASE_FORBIDDEN', hint: expect.stringMatching(/^GRANT /) });
      expect(typed).not.toContain(error.hint);
      typed.push(error.hint);
      await admin(error.hint);
    }
    const store = await open(url);
    const findings = await store.doctor();
    expect(findings.map(({ code, what }) => `${code} ${what}`)).toEqual([
      expect.stringMatching(/^RIGHT_MISSING .*CREATE TEMPORARY TABLES/),
      expect.stringMatching(/^RIGHT_ADVISED .*TRUNCATE/),
    ]);
    expect(findings.map(({ advice }) => advice === true)).toEqual([false, true]);
    for (const { fix } of findings) await admin(fix);
    expect(await (await open(url)).doctor()).toEqual([]);
    expect(typed.every((hint) => !/ALL/.test(hint))).toBe(true);
  });

  test('a database that the account may not see at all', async () => {
    const url = await accountUrl(await scratchUrl());
    const error = await refusal(openStore({ url }));
    expect(error).toMatchObject({ code: 'DATABASE_FORBIDDEN', hint: expect.stringMatching(/^GRANT /) });
    await admin(error.hint);
    await open(url);
  });

  test('a table whose text compares otherwise is told by doctor, and mended by what it prints', async () => {
    const url = await scratchUrl();
    const store = await open(url);
    await store.repository(things).insert({ id: 1, name: 'é' });
    await admin('ALTER TABLE things CONVERT TO CHARACTER SET latin1 COLLATE latin1_swedish_ci', url);
    const findings = await store.doctor();
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toContain('OPTIONS_DIFFER things');
    for (const { fix } of findings) await admin(fix, url);
    expect(await store.doctor()).toEqual([]);
    expect(await store.repository(things).list({ where: { name: 'é' } })).toMatchObject({
      items: [{ id: 1, name: 'é' }],
    });
  });

  test('the pool has no connection left', async () => {
    const store = await open(await scratchUrl({ pool_max: 2, acquire_timeout: '100ms' }));
    const release = Promise.withResolvers<void>();
    const held = store.transaction(async () => release.promise);
    const second = await refusal(store.transaction(async () => {}));
    expect(second).toMatchObject({ code: 'POOL_EXHAUSTED', exit: 6, status: 503 });
    expect(second.message).toContain('100 ms');
    // Reads have a connection that transactions leave to them.
    expect(await store.repository(things).count()).toBe(0);
    release.resolve();
    await held;
    await store.repository(things).insertMany(Array.from({ length: 100 }, (_, id) => ({ id })));
    const streams = [0, 1].map(() => store.repository(things).stream({ batch: 10 }));
    await Promise.all(streams.map((stream) => stream.next()));
    expect((await refusal(store.repository(things).count())).code).toBe('POOL_EXHAUSTED');
    for (const stream of streams) await stream.return(undefined);
    expect(await store.repository(things).count()).toBe(100);
  });

  test('the server has no connection left for the account', async () => {
    const url = await accountUrl(await scratchUrl(), 'ALL');
    await admin(`ALTER USER '${new URL(url).username}'@'%' WITH MAX_USER_CONNECTIONS 1`);
    const store = await open(url);
    const error = await refusal(open(url));
    expect(error).toMatchObject({ code: 'POOL_EXHAUSTED', exit: 6 });
    expect(await store.repository(things).count()).toBe(0);
  });

  test('a lock that another transaction holds for too long', async () => {
    const url = await scratchUrl({ lock_timeout: '1s' });
    const store = await open(url);
    await store.repository(things).insert({ id: 1 });
    await store.transaction(async (tx) => {
      await tx.repository(things).update({ id: 1 }, { name: 'held' });
      const other = await open(url);
      await other.transaction(async (second) => {
        await second.repository(things).insert({ id: 2 });
        const error = await refusal(second.repository(things).update({ id: 1 }, { name: 'x' }));
        expect(error.code).toBe('DATABASE_BUSY');
      });
    });
    // The wait has ended the statement, not what was around it.
    expect(await store.repository(things).get({ id: 1 })).toMatchObject({ name: 'held' });
    expect(await store.repository(things).count()).toBe(2);
  });
});

describe.skipIf(withoutServer)('a value', () => {
  test.for([
    ['INSERT INTO people VALUES (2, ?, 1)', 'CONFLICT'],
    ["INSERT INTO people VALUES (2, concat(?, repeat('x', 99)), 1)", 'RECORD_INVALID'],
    ['INSERT INTO people VALUES (2, ?, 99)', 'CHECK_FAILED'],
    ['UPDATE people SET age = ?', 'RECORD_INVALID'],
    ['UPDATE people SET age = age + ?', 'RECORD_INVALID'],
    ['UPDATE people SET age = 9223372036854775807 + length(?)', 'DATABASE_FAILED'],
    ['INSERT INTO nowhere VALUES (?)', 'SCHEMA_DRIFTED'],
  ] as const)('that is refused is not told: %s', async ([sql, code]) => {
    const people = table(
      'people',
      { id: int(), name: text(50).unique(), age: int() },
      { key: ['id'], checks: { ageSmall: 'age < 50' } },
    );
    const store = await open(await scratchUrl(), { tables: [people] });
    await store.repository(people).insert({ id: 1, name: 'hunter2', age: 1 });
    const work = store.engine.autocommit((session) => session.run({ sql }, ['hunter2']));
    const error = await refusal(work);
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint} ${error.cause} ${JSON.stringify(error)}`).not.toContain('hunter2');
    expect(Object.keys(error.cause as object)).not.toContain('sql');
  });
});

describe.skipIf(withoutServer)('a statement that is too large', () => {
  const large = table('large', { id: int(), note: text().nullable() }, { key: ['id'] });
  const tables = [things, large];
  const limit = async (): Promise<number> => Number((await admin('SELECT @@max_allowed_packet'))[0]![0]);

  test('in a single write, in a bulk, in a query: nothing is lost, and the connection goes on', async () => {
    const url = await scratchUrl({ pool_max: 1 });
    const store = await open(url, { tables });
    const records = store.repository(large);
    const id = () => store.engine.read((session) => session.get({ sql: 'SELECT connection_id()' }, []));
    const connection = await id();
    await records.insert({ id: 1, note: 'kept' });
    const note = 'x'.repeat(await limit());
    const calls: readonly (() => Promise<unknown>)[] = [
      () => records.insert({ id: 2, note }),
      () => records.upsert({ id: 1, note }),
      () => records.update({ id: 1 }, { note }),
      () =>
        records.insertMany([
          { id: 2, note: 'small' },
          { id: 3, note },
        ]),
      () =>
        records.upsertMany([
          { id: 1, note: 'small' },
          { id: 3, note },
        ]),
      () => records.list({ where: { note } }),
      () =>
        store.kysely
          .insertInto('large' as never)
          .values({ id: 2, note } as never)
          .execute(),
      () => store.engine.autocommit((session) => session.exec(`UPDATE large SET note = '${note}'`)),
    ];
    for (const call of calls) {
      const error = await refusal(call());
      expect(error).toMatchObject({ code: 'QUERY_INVALID', exit: 2 });
      expect(error.message).toMatch(/larger than the [\d,]+ bytes that the server takes/);
      expect(error.hint).toContain('max_allowed_packet');
    }
    await store.transaction(async (tx) => {
      await tx.repository(large).insert({ id: 5, note: 'five' });
      await refusal(tx.repository(large).insert({ id: 6, note }));
      await tx.repository(large).insert({ id: 7, note: 'seven' });
    });
    expect((await records.list()).items.map((record) => record.id)).toEqual([1, 5, 7]);
    expect(await records.get({ id: 1 })).toEqual({ id: 1, note: 'kept' });
    expect(await id()).toEqual(connection);
  });

  test('many rows that are together too large go in several statements', async () => {
    const store = await open(await scratchUrl(), { tables });
    const size = Math.floor((await limit()) / 40);
    const rows = Array.from({ length: 100 }, (_, id) => ({ id, note: 'é'.repeat(size / 2) }));
    await store.repository(large).upsertMany(rows);
    await store.repository(large).upsertMany(rows);
    expect(await store.repository(large).count()).toBe(100);
    expect((await store.repository(large).get({ id: 99 }))!.note).toBe(rows[99]!.note);
  });

  test('a value just below the limit is stored, with signs of every length', async () => {
    const store = await open(await scratchUrl(), { tables });
    const bytes = (await limit()) - 2_000;
    for (const [id, sign] of ['x', 'é', '€', '😀'].entries()) {
      const note = sign.repeat(Math.floor(bytes / Buffer.byteLength(sign)));
      await store.repository(large).upsert({ id, note });
      expect((await store.repository(large).get({ id }))!.note === note).toBe(true);
    }
  });

  test('JSON of 5 MB is none', async () => {
    const documents = table('documents', { id: int(), data: json() }, { key: ['id'] });
    const store = await open(await scratchUrl(), { tables: [documents] });
    const data = { deep: Array.from({ length: 50_000 }, (_, at) => ({ at, text: 'é"\\'.repeat(25) })) };
    expect(JSON.stringify(data).length).toBeGreaterThan(5_000_000);
    await store.repository(documents).insert({ id: 1, data });
    await store.repository(documents).upsertMany([{ id: 2, data }]);
    expect(await store.repository(documents).get({ id: 1 })).toEqual({ id: 1, data });
    expect(await store.repository(documents).get({ id: 2 })).toEqual({ id: 2, data });
  });

  test('more values than a statement can carry', async () => {
    const store = await open(await scratchUrl());
    const list = Array.from({ length: 65_536 }, (_, id) => id);
    expect((await refusal(store.repository(things).list({ where: { id: { in: list } } }))).code).toBe(
      'QUERY_INVALID',
    );
  });
});

/** New rights on a whole database hold for connections that are made after them. */
async function reconnected(store: Awaited<ReturnType<typeof open>>): Promise<void> {
  await store.engine.autocommit((session) =>
    session.exec(`USE \`${store.engine.location.split('/').at(-1)}\``),
  );
}
