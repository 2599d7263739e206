// A server with a binary log lets few accounts make triggers; and one whose clock stands still in a statement puts
// history out of order. Private ones, since everything on them is hit by that.

import { int, openStore, table } from '@holdfast/core';
import driver from 'mysql2/promise';
import { expect, onTestFinished, test } from 'vitest';
import { domainOf } from '../conformance/domain.ts';
import { mysqlServer } from './mysql-server.ts';

const things = table('things', { id: int() }, { key: ['id'], history: 'versions' });
const domains = [domainOf(things)];

test('what is missing is named with the statement that gives it', async ({ skip }) => {
  const server = await mysqlServer.start('--log-bin=log', '--sysdate-is-now');
  if ('missing' in server) return skip(server.missing);
  onTestFinished(() => server.stop());
  const operator = await driver.createConnection({ uri: server.url, multipleStatements: true });
  onTestFinished(() => operator.end());
  await operator.query(
    `CREATE DATABASE kept; CREATE USER 'u'@'%' IDENTIFIED BY 'p'; GRANT ALL ON kept.* TO 'u'@'%'; GRANT PROCESS ON *.* TO 'u'@'%'`,
  );
  const url = new URL(server.url);
  Object.assign(url, { username: 'u', password: 'p', pathname: '/kept' });
  const refused = await openStore({ url: url.href, domains }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'DATABASE_FORBIDDEN', exit: 3 });
  const { hint } = refused as { readonly hint: string };
  expect(hint).toMatch(/^SET GLOBAL log_bin_trust_function_creators/);
  await operator.query(hint);
  const store = await openStore({ url: url.href, domains });
  onTestFinished(() => store.close());
  await store.repository(things).insert({ id: 1 });
  expect(await store.doctor()).toMatchObject([{ code: 'SETTING_UNSAFE', where: 'sysdate-is-now' }]);

  await operator.query('SET GLOBAL log_bin_trust_function_creators = OFF');
  const [finding] = await store.doctor();
  expect(finding).toMatchObject({ code: 'SETTING_NEEDED', where: 'log_bin_trust_function_creators' });
  await operator.query(finding!.fix);
  expect(await store.doctor()).toHaveLength(1);

  // The account that made the triggers is gone: writes are refused, and say why.
  await operator.query("RENAME USER 'u'@'%' TO 'v'@'%'");
  await expect(openStore({ url: url.href, domains })).rejects.toMatchObject({ code: 'DATABASE_AUTH' });
  Object.assign(url, { username: 'v' });
  const renamed = await openStore({ url: url.href, domains });
  onTestFinished(() => renamed.close());
  await expect(renamed.repository(things).insert({ id: 2 })).rejects.toMatchObject({
    code: 'DATABASE_FORBIDDEN',
    hint: expect.stringContaining('db repair'),
  });
});
