// A server that is set to take no writes: a private one, since everything on it is hit by that.

import { openStore } from '@holdfast/core';
import driver from 'mysql2/promise';
import { expect, onTestFinished, test } from 'vitest';
import { mysqlServer } from './mysql-server.ts';

test('is refused before anything is written, for an account that it holds for', async ({ skip }) => {
  const server = await mysqlServer.start();
  if ('missing' in server) return skip(server.missing);
  onTestFinished(() => server.stop());
  const operator = await driver.createConnection({ uri: server.url, multipleStatements: true });
  onTestFinished(() => operator.end());
  await operator.query(
    `CREATE DATABASE kept; CREATE USER 'u'@'%' IDENTIFIED BY 'p'; GRANT ALL ON kept.* TO 'u'@'%'`,
  );
  const url = new URL(server.url);
  Object.assign(url, { username: 'u', password: 'p', pathname: '/kept' });
  await (await openStore({ url: url.href })).close();
  await operator.query('SET GLOBAL read_only = ON');
  await expect(openStore({ url: url.href })).rejects.toMatchObject({ code: 'DATABASE_READ_ONLY', exit: 3 });
  await operator.query('SET GLOBAL read_only = OFF');
  await (await openStore({ url: url.href })).close();
});
