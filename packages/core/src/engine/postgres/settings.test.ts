// Database URLs of PostgreSQL: every setting by name, and the reason where one is not taken.

import { expect, test } from 'vitest';
import { databaseUrl } from '../database-url.ts';
import { parsePostgresUrl } from './settings.ts';
import { refusal } from './test-store.ts';

const normal = parsePostgresUrl('postgres://u@localhost/db');

test('what is not given has its usual value', () => {
  expect(normal).toEqual({
    host: 'localhost',
    port: 5_432,
    database: 'db',
    user: 'u',
    password: undefined,
    schema: undefined,
    tls: false,
    applicationName: 'holdfast',
    pool: { max: 10, min: 0 },
    timeouts: { connect: 10_000, acquire: 30_000, idle: 60_000, lifetime: 3_600_000, lock: 0, statement: 0 },
  });
});

test.each<[string, object]>([
  ['postgresql://u@localhost/db', normal],
  ['POSTGRES://u@localhost:5432/db', normal],
  [
    'postgres://a%40b:p%3Aw@[::1]:6/d%20b',
    { user: 'a@b', password: 'p:w', host: '::1', port: 6, database: 'd b' },
  ],
  ['postgres:///db?host=/run/postgresql&user=u', { host: '/run/postgresql', tls: false }],
  [
    'postgres://localhost?user=u&dbname=db&password=x&port=7',
    { user: 'u', database: 'db', password: 'x', port: 7 },
  ],
  ['postgres://u@h/db?sslmode=require', { tls: { rejectUnauthorized: false } }],
  ['postgres://u@h/db?sslmode=verify-full', { tls: { rejectUnauthorized: true } }],
  ['postgres://u@h/db', { tls: { rejectUnauthorized: true } }],
  ['postgres://u@h/db?sslmode=disable', { tls: false }],
  ['postgres://u@h/db?sslmode=disable&pool_max=3&pool_min=2', { pool: { max: 3, min: 2 } }],
  ['postgres://u@localhost/db?max_open_conns=4', { pool: { max: 4, min: 0 } }],
  ['postgres://u@localhost/db?connect_timeout=3', { timeouts: { ...normal.timeouts, connect: 3_000 } }],
  [
    'postgres://u@localhost/db?conn_max_lifetime=5min',
    { timeouts: { ...normal.timeouts, lifetime: 300_000 } },
  ],
  [
    'postgres://u@localhost/db?idle_timeout=90&lock_timeout=2s',
    { timeouts: { ...normal.timeouts, idle: 90, lock: 2_000 } },
  ],
  [
    'postgres://u@localhost/db?schema=My%20own&application_name=x',
    { schema: 'My own', applicationName: 'x' },
  ],
])('%s', (url, expected) => {
  expect(parsePostgresUrl(url)).toMatchObject(expected);
});

test.each<[string, string, RegExp]>([
  ['postgres:', 'URL_INVALID', /names no database/],
  ['postgres://u:a/b@h/db', 'URL_INVALID', /not a PostgreSQL URL/],
  ['postgres://u:%zz@h/db', 'URL_INVALID', /percent-encoded/],
  ['postgres://u@h/db?colour=red', 'SETTING_INVALID', /no setting colour: it takes sslmode/],
  ['postgres://u@h/db?sslmode=prefer', 'SETTING_INVALID', /plain text unseen/],
  ['postgres://u@h/db?sslmode=yes', 'SETTING_INVALID', /it takes disable, require/],
  ['postgres://u@h/db?sslrootcert=/nowhere', 'SETTING_INVALID', /cannot be read/],
  ['postgres://u@h/db?max_idle_conns=3', 'SETTING_INVALID', /pool_min says how many stay/],
  ['postgres://u@h/db?charset=latin1', 'SETTING_INVALID', /UTF-8 always/],
  ['postgres://u@h/db?timezone=CET', 'SETTING_INVALID', /UTC/],
  ['postgres://u@h/db?pool_max=0', 'SETTING_INVALID', /1 to 1000/],
  ['postgres://u@h/db?pool_max=2&pool_min=3', 'SETTING_INVALID', /0 to 2/],
  ['postgres://u@h/db?idle_timeout=-1', 'SETTING_INVALID', /a duration such as/],
  ['postgres://u@h/db?idle_timeout=9999h', 'SETTING_INVALID', /up to 24h/],
  ['postgres://u@h:99999/db', 'URL_INVALID', /not a PostgreSQL URL/],
])('%s is refused', async (url, code, message) => {
  const error = await refusal(() => parsePostgresUrl(url));
  expect(error).toMatchObject({ code, exit: 2, message: expect.stringMatching(message) });
});

test('no message holds the password', async () => {
  for (const url of [
    'postgres://u:hunter2/x@h/db',
    'postgres://u:hunter2@h/db?x=1',
    'postgres://u:hunter2%@h/db',
  ]) {
    const { message, hint } = await refusal(() => parsePostgresUrl(url));
    expect(message + hint).not.toContain('hunter2');
  }
});

test.each<[Parameters<typeof databaseUrl>[0], string]>([
  [{ provider: 'postgres', host: 'h', database: 'db' }, 'postgres://h/db'],
  [
    {
      provider: 'postgresql',
      host: '::1',
      port: 6,
      database: 'd/b',
      user: 'a@b',
      password: 'p:w',
      poolMax: 3,
    },
    'postgresql://a%40b:p%3Aw@[::1]:6/d%2Fb?pool_max=3',
  ],
  [
    { provider: 'postgres', host: '/run/pg', database: 'db', sslmode: 'disable' },
    'postgres://localhost/db?sslmode=disable&host=%2Frun%2Fpg',
  ],
  [{ provider: 'sqlite', path: './a.db', busyTimeout: '10s' }, 'sqlite:./a.db?busy_timeout=10s'],
])('the fields %j', (fields, url) => {
  expect(databaseUrl(fields)).toBe(url);
});

test('fields that name no place', async () => {
  const error = await refusal(() => databaseUrl({ provider: 'postgres', host: 'h' }));
  expect(error).toMatchObject({ code: 'SETTING_INVALID', message: expect.stringContaining('database') });
});
