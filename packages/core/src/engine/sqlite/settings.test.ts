// Database URLs of SQLite: every spelling of a path, and settings that cannot be are named.

import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openEngine } from '../open-engine.ts';
import { parseSqliteUrl } from './settings.ts';
import { refusal, scratchFolder } from './test-store.ts';

test.each([
  ['sqlite:/a.db?journal_mode=wal&wal_mode=true&foreign_keys=on', true],
  ['sqlite:/a.db?busy_timeout=10s', true],
  ['sqlite:/a.db?journal_mode=DELETE', false],
  ['sqlite:/a.db?wal_mode=false', false],
  ['sqlite:/a.db?foreign_keys=off', false],
] as const)('%s: %s', async (url, taken) => {
  const parse = () => parseSqliteUrl(url);
  if (taken) parse();
  else expect(await refusal(parse)).toMatchObject({ code: 'SETTING_INVALID', exit: 2 });
});

const normal = { busyTimeoutMs: 5_000, cacheKib: 16_384, synchronous: 'FULL' };

test.each([
  ['sqlite:/a/b.db', '/a/b.db'],
  ['sqlite:b.db', resolve('b.db')],
  ['sqlite:./b.db', resolve('b.db')],
  ['SQLite:/a/b.db', '/a/b.db'],
  ['file:/a/b.db', '/a/b.db'],
  ['sqlite:///a/b%20c.db', '/a/b c.db'],
  ['sqlite://rel/b.db', resolve('rel/b.db')],
  ["sqlite:/it's/über.db", "/it's/über.db"],
  ['sqlite::memory:', ':memory:'],
])('%s', (url, path) => {
  expect(parseSqliteUrl(url)).toEqual({ ...normal, path });
});

test('settings stand behind the path', () => {
  expect(parseSqliteUrl('sqlite:/a?busy_timeout=0&cache_size=1&synchronous=extra')).toEqual({
    path: '/a',
    busyTimeoutMs: 0,
    cacheKib: 1,
    synchronous: 'EXTRA',
  });
});

describe('refused', () => {
  test.each([
    ['sqlite:', 'URL_INVALID'],
    ['sqlite://', 'URL_INVALID'],
    ['sqlite:///%2', 'URL_INVALID'],
    ['sqlite:///a%2Fb', 'URL_INVALID'],
    ['sqlite:a\0b', 'URL_INVALID'],
    ['sqlite:a?busy_timeout=soon', 'SETTING_INVALID'],
    ['sqlite:a?busy_timeout=-1', 'SETTING_INVALID'],
    ['sqlite:a?busy_timeout=1e3', 'SETTING_INVALID'],
    ['sqlite:a?busy_timeout=600001', 'SETTING_INVALID'],
    ['sqlite:a?synchronous=off', 'SETTING_INVALID'],
    ['sqlite:a?journal_mode=delete', 'SETTING_INVALID'],
    ['', 'URL_INVALID'],
    ['no url at all', 'URL_INVALID'],
    ['/a/path.db', 'URL_INVALID'],
    ['oracle://somewhere/db', 'ENGINE_UNKNOWN'],
  ])('%j with %s', async (url, code) => {
    expect(await refusal(openEngine(url, {}))).toMatchObject({ code, exit: 2 });
  });

  test('a URL with a password is not repeated', async () => {
    const error = await refusal(openEngine('//admin:hunter2@host/db', {}));
    expect(error.message).not.toContain('hunter2');
  });
});

test('a path with every awkward character is one file', async () => {
  const path = join(scratchFolder(), "it's 100% 'ü\" #1.db");
  const engine = await openEngine(`sqlite:${path}`, {});
  expect(engine.location).toBe(path);
  await engine.close();
});
