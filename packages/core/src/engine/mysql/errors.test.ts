// What is told of errors that no test has a server make: by name, with the way out, and never with a value of a record.

import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../errors.ts';
import { isLost, type Place, translate } from './errors.ts';

const place: Place = { location: 'mysql://box/home', user: 'ann', database: 'home' };

/** As the driver throws it. */
const thrown = (errno: number, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { errno, code: 'ER_SOMETHING', ...more });

const told = (error: Error, sql?: string, at = place): HoldfastError =>
  translate(error, at, sql) as HoldfastError;

test('errors of the table and bugs pass through', () => {
  const known = new HoldfastError('CONFLICT', 'known');
  expect(translate(known, place)).toBe(known);
  const bug = new TypeError('x is undefined');
  expect(translate(bug, place)).toBe(bug);
});

test.each<[number, string, string]>([
  [1021, 'Disk full (/tmp/x); waiting', 'DISK_FULL'],
  [1034, 'Incorrect key file for table', 'DATABASE_CORRUPT'],
  [1040, 'Too many connections', 'POOL_EXHAUSTED'],
  [1045, 'Access denied for user', 'DATABASE_AUTH'],
  [1053, 'Server shutdown in progress', 'DATABASE_UNREACHABLE'],
  [1290, 'running with the --read-only option', 'DATABASE_READ_ONLY'],
  [1467, 'Failed to read auto-increment value', 'TRANSACTION_CONFLICT'],
  [1999, 'something that only this server knows', 'DATABASE_FAILED'],
])('%i, %s: %s', (errno, message, code) => {
  const error = told(thrown(errno, message));
  expect(error.code).toBe(code);
  expect(isLost(error.cause)).toBe(code === 'DATABASE_UNREACHABLE');
});

test('a connection that the driver gave up is of no more use, whatever it says of it', () => {
  expect(isLost(thrown(0, 'Packets out of order', { fatal: true }))).toBe(true);
  expect(isLost(thrown(1062, 'Duplicate entry'))).toBe(false);
  expect(isLost('nothing that is thrown on purpose')).toBe(false);
});

test('a connection that cannot be made in safety says how it can', () => {
  const untrusted = thrown(0, 'self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(told(untrusted)).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    hint: expect.stringContaining('sslrootcert'),
  });
  expect(told(thrown(0, 'connect refused', { code: 'ECONNREFUSED' }))).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    hint: expect.stringContaining('3306'),
  });
  expect(told(thrown(0, 'AUTH_SWITCH_PLUGIN: unknown', { code: 'AUTH_SWITCH_PLUGIN_ERROR' })).code).toBe(
    'DATABASE_AUTH',
  );
});

describe('a right that is missing', () => {
  const hintOf = (errno: number, message: string, at = place): string | undefined =>
    told(thrown(errno, message), '', at).hint;

  test.each<[number, string, string]>([
    [
      1142,
      "INSERT command denied to user 'ann'@'box' for table 'things'",
      "GRANT INSERT ON `home`.* TO 'ann'@'%';",
    ],
    [
      1044,
      "Access denied for user 'ann'@'10.%' to database 'home'",
      "GRANT ALL ON `home`.* TO 'ann'@'10.%';",
    ],
    [
      1227,
      'you need (at least one of) the SUPER, BINLOG ADMIN privilege(s) for this operation',
      "GRANT SUPER ON *.* TO 'ann'@'%';",
    ],
    [1419, 'You do not have the SUPER privilege', 'SET GLOBAL log_bin_trust_function_creators = ON;'],
  ])('%i: %s', (errno, message, hint) => {
    expect(hintOf(errno, message)).toBe(hint);
  });

  test('is given to the account that the server knows', () => {
    const at = { ...place, account: "'ann'@'10.0.0.%'" };
    expect(hintOf(1142, "SELECT command denied to user 'ann'@'box'", at)).toContain(at.account);
  });

  test('of whoever made a trigger and is gone', () => {
    expect(hintOf(1449, "The user specified as a definer ('bob'@'%') does not exist")).toContain('db repair');
  });
});

test.each<[string, number, string, string, string]>([
  [
    'a key',
    1062,
    "Duplicate entry 'SECRET' for key 'things.PRIMARY'",
    'INSERT INTO `things` VALUES (?)',
    '(its key)',
  ],
  ['an index', 1062, "Duplicate entry 'SECRET' for key 'by_name'", 'UPDATE things SET x = ?', '(by_name)'],
  [
    'a column',
    1366,
    "Incorrect decimal value: 'SECRET' for column `a`.`b`",
    'INSERT INTO things VALUES (?)',
    'things',
  ],
  [
    'an expression',
    1264,
    "DOUBLE value is out of range in '(SECRET + 1)'",
    'DELETE FROM things',
    'an expression',
  ],
  ['no statement', 1406, "Data too long for column 'x'", '', 'a table'],
  ['a check of MariaDB', 4025, 'CONSTRAINT `positive` failed for `a`.`b`', '', 'positive'],
  ['a check of MySQL', 3819, "Check constraint 'positive' is violated.", '', 'positive'],
])('a value is not told with %s', (_, errno, message, sql, part) => {
  const error = told(thrown(errno, message), sql);
  expect(error.message).toContain(part);
  expect(`${error.message} ${(error.cause as Error).message} ${error.hint}`).not.toContain('SECRET');
});
