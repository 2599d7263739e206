// What is told of errors that no file here gives: of a disk that fails, of a damaged file, of a lock.

import { expect, test } from 'vitest';
import { HoldfastError } from '../../errors.ts';
import { sealMessage } from '../freeze.ts';
import { isBusy, translate } from './errors.ts';

const path = '/nowhere/home.db';

/** As the driver throws it. */
const thrown = (errcode: number, message = 'said by SQLite', code = 'ERR_SQLITE_ERROR'): Error =>
  Object.assign(new Error(message), { errcode, code });

test('errors of the table and bugs pass through', () => {
  const known = new HoldfastError('CONFLICT', 'known');
  expect(translate(known, path)).toBe(known);
  const bug = new TypeError('x is undefined');
  expect(translate(bug, path)).toBe(bug);
});

test.each<[number, string, string]>([
  [5, 'DATABASE_BUSY', 'is locked by another process'],
  [262, 'DATABASE_BUSY', 'is locked by another process'],
  [8, 'DATABASE_READ_ONLY', 'cannot be written'],
  [11, 'DATABASE_CORRUPT', 'is damaged: said by SQLite'],
  [14, 'DATABASE_UNREACHABLE', 'cannot be opened'],
  [26, 'DATABASE_FOREIGN', 'is not an SQLite database'],
  [13, 'DISK_FULL', 'the disk under /nowhere/home.db is full'],
  // The room of a disk that is gone is not known: the failure is told as it is.
  [778, 'DATABASE_FAILED', 'said by SQLite'],
  [787, 'REFERENCE_MISSING', 'referred to'],
  [531, 'CHECK_FAILED', 'said by SQLite'],
])('%i: %s', (errcode, code, words) => {
  const error = translate(thrown(errcode), path);
  expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
  expect(isBusy(error.cause)).toBe(code === 'DATABASE_BUSY');
});

test('a database that is closed, has moved, or holds what no number here can', () => {
  expect(isBusy(undefined)).toBe(false);
  expect(translate(thrown(0, 'database is not open', 'ERR_INVALID_STATE'), path)).toMatchObject({
    code: 'DATABASE_CLOSED',
    message: `${path} is closed`,
  });
  expect(translate(thrown(0, 'Value is too large', 'ERR_OUT_OF_RANGE'), path)).toMatchObject({
    code: 'DATA_UNSOUND',
  });
  expect(translate(thrown(1811, sealMessage('postgres://box/home')), path)).toMatchObject({
    code: 'DATABASE_MOVED',
    message: `${path} has moved to postgres://box/home`,
  });
  expect(translate(thrown(1, 'no such column: colour'), path)).toMatchObject({ code: 'SCHEMA_DRIFTED' });
});
