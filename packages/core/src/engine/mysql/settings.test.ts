// Database URLs of MySQL and MariaDB: every setting by name and by what it does, and the reason where one is not taken.

import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { databaseUrl } from '../database-url.ts';
import { parseMysqlUrl } from './settings.ts';
import { admin, databaseOf, line, open, refusal, scratchUrl, things, withoutServer } from './test-store.ts';

const normal = parseMysqlUrl('mysql://u@localhost/db');

test('what is not given has its usual value', () => {
  expect(normal).toEqual({
    host: 'localhost',
    port: 3_306,
    database: 'db',
    user: 'u',
    password: undefined,
    tls: false,
    applicationName: 'holdfast',
    pool: { max: 10, min: 0 },
    timeouts: { connect: 10_000, acquire: 30_000, idle: 60_000, lifetime: 3_600_000, lock: 0, statement: 0 },
  });
});

test.each<[string, object]>([
  ['mariadb://u@localhost/db', normal],
  ['MYSQL://u@localhost:3306/db', normal],
  ['mysql://u@localhost/db?charset=utf8mb4', normal],
  ['mysql://localhost/db', { user: 'root' }],
  [
    'mysql://a%40b:p%3Aw@[::1]:6/d%20b',
    { user: 'a@b', password: 'p:w', host: '::1', port: 6, database: 'd b' },
  ],
  ['mysql:///db?host=/run/mysqld/mysqld.sock', { host: '/run/mysqld/mysqld.sock', tls: false }],
  ['mysql://u@localhost/db?socket=/run/mysqld/mysqld.sock', { host: '/run/mysqld/mysqld.sock', tls: false }],
  [
    'mysql://localhost?user=u&dbname=db&password=x&port=7',
    { user: 'u', database: 'db', password: 'x', port: 7 },
  ],
  ['mysql://localhost?username=u&database=db', { user: 'u', database: 'db' }],
  ['mysql://u@h/db?sslmode=require', { tls: { rejectUnauthorized: false } }],
  [
    'mysql://u@h/db?sslmode=verify-ca',
    { tls: { rejectUnauthorized: true, checkServerIdentity: expect.any(Function) } },
  ],
  ['mysql://u@h/db?sslmode=verify-full', { tls: { rejectUnauthorized: true } }],
  ['mysql://u@h/db', { tls: { rejectUnauthorized: true } }],
  ['mysql://u@h/db?sslmode=disable', { tls: false }],
  ['mysql://u@localhost/db?pool_max=3&pool_min=2', { pool: { max: 3, min: 2 } }],
  ['mysql://u@localhost/db?max_open_conns=4', { pool: { max: 4, min: 0 } }],
  ['mysql://u@localhost/db?max_connections=4', { pool: { max: 4, min: 0 } }],
  ['mysql://u@localhost/db?connection_limit=4', { pool: { max: 4, min: 0 } }],
  ['mysql://u@localhost/db?connect_timeout=3', { timeouts: { ...normal.timeouts, connect: 3_000 } }],
  ['mysql://u@localhost/db?acquire_timeout=3', { timeouts: { ...normal.timeouts, acquire: 3 } }],
  ['mysql://u@localhost/db?max_lifetime=1h', { timeouts: normal.timeouts }],
  ['mysql://u@localhost/db?conn_max_lifetime=5min', { timeouts: { ...normal.timeouts, lifetime: 300_000 } }],
  [
    'mysql://u@localhost/db?idle_timeout=90&lock_timeout=2s&statement_timeout=1s',
    { timeouts: { ...normal.timeouts, idle: 90, lock: 2_000, statement: 1_000 } },
  ],
  ['mysql://u@localhost/db?application_name=x', { applicationName: 'x' }],
])('%s', (url, expected) => {
  expect(parseMysqlUrl(url)).toMatchObject(expected);
});

test.each<[string, string, RegExp]>([
  ['mysql:', 'URL_INVALID', /names no database/],
  ['mysql://u@h', 'URL_INVALID', /ends in \/DATABASE/],
  ['mysql://u:a/b@h/db', 'URL_INVALID', /not a MySQL or MariaDB URL/],
  ['mysql://u:%zz@h/db', 'URL_INVALID', /percent-encoded/],
  ['mysql://u@h:99999/db', 'URL_INVALID', /not a MySQL or MariaDB URL/],
  ['mysql://u@h/db?colour=red', 'SETTING_INVALID', /no setting colour: it takes sslmode/],
  ['mysql://u@h/db?schema=x', 'SETTING_INVALID', /no setting schema/],
  ['mysql://u@h/db?sslmode=prefer', 'SETTING_INVALID', /plain text unseen/],
  ['mysql://u@h/db?sslmode=yes', 'SETTING_INVALID', /it takes disable, require/],
  ['mysql://u@h/db?sslrootcert=/nowhere', 'SETTING_INVALID', /cannot be read/],
  ['mysql://u@h/db?tls=true', 'SETTING_INVALID', /say sslmode=/],
  ['mysql://u@h/db?ssl=true', 'SETTING_INVALID', /say sslmode=/],
  ['mysql://u@h/db?ssl-mode=REQUIRED', 'SETTING_INVALID', /say sslmode=/],
  ['mysql://u@h/db?charset=latin1', 'SETTING_INVALID', /only utf8mb4/],
  ['mysql://u@h/db?collation=utf8mb4_bin', 'SETTING_INVALID', /by its bytes always/],
  ['mysql://u@h/db?parse_time=true', 'SETTING_INVALID', /never parsed/],
  ['mysql://u@h/db?parseTime=true', 'SETTING_INVALID', /never parsed/],
  ['mysql://u@h/db?loc=Local', 'SETTING_INVALID', /UTC/],
  ['mysql://u@h/db?time_zone=CET', 'SETTING_INVALID', /UTC/],
  ['mysql://u@h/db?sql_mode=ANSI', 'SETTING_INVALID', /strict always/],
  ['mysql://u@h/db?max_idle_conns=3', 'SETTING_INVALID', /pool_min says how many stay/],
  ['mysql://u@h/db?pool_max=0', 'SETTING_INVALID', /1 to 1000/],
  ['mysql://u@h/db?pool_max=2&pool_min=3', 'SETTING_INVALID', /0 to 2/],
  ['mysql://u@h/db?idle_timeout=-1', 'SETTING_INVALID', /a duration such as/],
  ['mysql://u@h/db?idle_timeout=9999h', 'SETTING_INVALID', /up to 24h/],
  ['mysql://u@localhost/db?port=0', 'SETTING_INVALID', /1 to 65535/],
])('%s is refused', async (url, code, message) => {
  const error = await refusal(() => parseMysqlUrl(url));
  expect(error).toMatchObject({ code, exit: 2, message: expect.stringMatching(message) });
});

test('no message holds the password', async () => {
  for (const url of [
    'mysql://u:hunter2/x@h/db',
    'mysql://u:hunter2@h/db?x=1',
    'mysql://u:hunter2%@h/db',
    'mysql://u:hunter2@h',
  ]) {
    const { message, hint } = await refusal(() => parseMysqlUrl(url));
    expect(message + hint).not.toContain('hunter2');
  }
});

test.each<[Parameters<typeof databaseUrl>[0], string]>([
  [{ provider: 'mysql', host: 'h', database: 'db' }, 'mysql://h/db'],
  [
    { provider: 'mariadb', host: '::1', port: 6, database: 'd/b', user: 'a@b', password: 'p:w', poolMax: 3 },
    'mariadb://a%40b:p%3Aw@[::1]:6/d%2Fb?pool_max=3',
  ],
  [
    { provider: 'mysql', host: '/run/mysqld.sock', database: 'db', sslmode: 'disable' },
    'mysql://localhost/db?sslmode=disable&host=%2Frun%2Fmysqld.sock',
  ],
])('the fields %j', (fields, url) => {
  expect(databaseUrl(fields)).toBe(url);
  expect(parseMysqlUrl(url).database).toBe(fields.database);
});

describe.skipIf(withoutServer)('on a server', () => {
  const variables = async (url: string, ...names: readonly string[]) => {
    const store = await open(url);
    const sql = `SELECT ${names.map((name) => `@@${name}`).join(', ')}`;
    return (await store.engine.read((session) => session.get({ sql }, [])))!.map(String);
  };

  test('a session is the same whatever the server says', async () => {
    const names = ['sql_mode', 'time_zone', 'autocommit', 'foreign_key_checks', 'character_set_connection'];
    const strict =
      'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
    const all = [strict, '+00:00', '1', '1', 'utf8mb4'];
    expect(await variables(await scratchUrl(), ...names)).toEqual(all);
  });

  test('lock_timeout and statement_timeout; seconds are the least that the server counts', async () => {
    const names = ['innodb_lock_wait_timeout', 'lock_wait_timeout', 'max_statement_time'];
    const set = await scratchUrl({ lock_timeout: '1500ms', statement_timeout: '250ms' });
    expect(await variables(set, ...names)).toEqual(['2', '2', '0.25']);
    const [lock, , statement] = await variables(await scratchUrl(), ...names);
    expect([Number(lock) > 10_000_000, Number(statement)]).toEqual([true, 0]);
  });

  test('a statement that takes longer than statement_timeout', async () => {
    const store = await open(await scratchUrl({ statement_timeout: '1s' }));
    const sleep = store.engine.read((session) => session.all({ sql: 'SELECT sleep(20)' }, []));
    expect(await refusal(sleep)).toMatchObject({
      code: 'DATABASE_BUSY',
      hint: expect.stringContaining('statement_timeout'),
    });
    expect(await store.repository(things).count()).toBe(0);
  });

  test('pool_max, pool_min and idle_timeout: as many as are needed, and as few as are told', async () => {
    const url = await scratchUrl({ pool_max: 4, pool_min: 1, idle_timeout: '20ms' });
    const store = await open(url);
    const sql = 'SELECT connection_id(), sleep(0.05)';
    const busy = () => store.engine.read((session) => session.get({ sql }, []));
    const used = await Promise.all(Array.from({ length: 9 }, busy));
    expect(new Set(used.map((row) => row![0])).size).toBe(4);
    const count = `SELECT count(*) FROM information_schema.processlist WHERE db = '${databaseOf(url)}'`;
    while (Number((await admin(count))[0]![0]) > 1);
    await wait(100);
    expect((await store.engine.stats()).connections).toEqual({ open: 1, idle: 1, server: 1 });
  });

  test('idle_timeout: until then a connection is used again, however few should stay', async () => {
    const store = await open(await scratchUrl({ idle_timeout: '1h' }));
    const sql = 'SELECT connection_id(), sleep(0.01)';
    const id = () => store.engine.read((session) => session.get({ sql }, []));
    const before = await id();
    // The driver's own pool looks each second.
    await wait(1_200);
    expect(await id()).toEqual(before);
  });

  test('max_lifetime: an old connection is replaced', async () => {
    const store = await open(await scratchUrl({ max_lifetime: '1ms' }));
    const sql = 'SELECT connection_id(), sleep(0.01)';
    const id = () => store.engine.read((session) => session.get({ sql }, []));
    const before = await id();
    expect(await id()).not.toEqual(before);
  });

  test('a Unix socket, by either name', async ({ skip }) => {
    const [[path]] = (await admin('SELECT @@socket')) as [[string]];
    skip(!existsSync(path), 'the server is elsewhere');
    const url = await scratchUrl();
    for (const name of ['host', 'socket']) {
      const local = new URL(`mysql://localhost/${databaseOf(url)}`);
      local.searchParams.set(name, path);
      local.username = new URL(url).username;
      local.password = new URL(url).password;
      const store = await open(local.href);
      expect(store.engine.location).toBe(`${path}/${databaseOf(url)}`);
      expect(await store.repository(things).count()).toBe(0);
    }
  });

  test('mariadb:// is the same engine', async () => {
    const store = await open((await scratchUrl()).replace('mysql:', 'mariadb:'));
    expect(store.engine.name).toBe('mysql');
    expect((await store.stats()).version).toMatch(/^(MariaDB|MySQL) \d+\.\d+/);
  });

  test('application_name goes to the server with the sign-in', async () => {
    const { url, cutAt, restore } = await line({ application_name: 'wheelhouse' });
    cutAt('wheelhouse');
    expect((await refusal(open(url))).code).toBe('DATABASE_UNREACHABLE');
    await restore();
    await open(url);
  });
});
