// What is told of errors that no test has a server make: by name, with the way out, and never with a value of a record.

import { expect, test } from 'vitest';
import { HoldfastError } from '../../errors.ts';
import { isLost, type Place, translate } from './errors.ts';

const place: Place = { location: 'postgres://box/home', user: 'ann', database: 'home "2"' };

/** As the driver throws it. */
const thrown = (code: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { code, ...more });

const told = (error: Error): HoldfastError => translate(error, place) as HoldfastError;

test('errors of the table and bugs pass through', () => {
  const known = new HoldfastError('CONFLICT', 'known');
  expect(translate(known, place)).toBe(known);
  const bug = new TypeError('x is undefined');
  expect(translate(bug, place)).toBe(bug);
});

test.each<[string, string, string]>([
  ['08006', 'connection failure', 'DATABASE_UNREACHABLE'],
  ['57P01', 'terminating connection due to administrator command', 'DATABASE_UNREACHABLE'],
  ['28P01', 'password authentication failed', 'DATABASE_AUTH'],
  ['3F000', 'no schema has been selected', 'SCHEMA_DRIFTED'],
  ['40P01', 'deadlock detected', 'TRANSACTION_CONFLICT'],
  ['0A000', 'cached plan must not change result type', 'TRANSACTION_CONFLICT'],
  ['53100', 'could not extend file', 'DISK_FULL'],
  ['53300', 'sorry, too many clients already', 'POOL_EXHAUSTED'],
  ['54000', 'stack depth limit exceeded', 'QUERY_INVALID'],
  ['25006', 'cannot execute INSERT in a read-only transaction', 'DATABASE_READ_ONLY'],
  ['XX001', 'invalid page in block 7', 'DATABASE_CORRUPT'],
  ['0A000', 'something that only this server knows', 'DATABASE_FAILED'],
])('%s, %s: %s', (state, message, code) => {
  const error = told(thrown(state, message));
  expect(error.code).toBe(code);
  expect(isLost(error.cause)).toBe(code === 'DATABASE_UNREACHABLE');
});

test('a connection that cannot be made in safety says how it can; a password that is none is no network', () => {
  expect(told(new Error('The server does not support SSL connections'))).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    hint: expect.stringContaining('sslmode'),
  });
  expect(told(thrown('ECONNREFUSED', 'connect ECONNREFUSED')).code).toBe('DATABASE_UNREACHABLE');
  const without = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string');
  expect(told(without).code).toBe('DATABASE_AUTH');
});

test.each<[string, string, string | undefined]>([
  [
    '42501',
    'permission denied for table things',
    'GRANT SELECT, INSERT, UPDATE, DELETE ON "things" TO "ann";',
  ],
  ['42501', 'permission denied for schema public', 'GRANT USAGE, CREATE ON SCHEMA "public" TO "ann";'],
  ['42501', 'permission denied for database home', 'GRANT CREATE, TEMPORARY ON DATABASE "home" TO "ann";'],
  [
    '42501',
    'permission denied to create temporary tables in database',
    'GRANT TEMPORARY ON DATABASE "home ""2""" TO "ann";',
  ],
  ['42501', 'must be owner of table things', 'ALTER TABLE "things" OWNER TO "ann";'],
  [
    '3D000',
    'database "home" does not exist',
    `CREATE DATABASE "home ""2""" TEMPLATE template0 ENCODING 'UTF8';`,
  ],
])('%s, %s: %s', (state, message, hint) => {
  expect(told(thrown(state, message)).hint).toBe(hint);
});

test.each<[string, object, string]>([
  ['one column', { detail: 'Key (name)=(SECRET) already exists.', table: 'things' }, 'things.name'],
  ['two', { detail: 'Key (a, "B")=(SECRET, 2) already exists.', table: 'things' }, 'things.a, things.B'],
  ['an expression', { detail: 'SECRET', table: 'things', constraint: 'by_name' }, 'things (by_name)'],
])('a value is not told with a key of %s', (_, more, part) => {
  const error = told(thrown('23505', 'duplicate key value violates unique constraint', more));
  expect(error).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(part) });
  expect(JSON.stringify([error.message, error.cause, error.details])).not.toContain('SECRET');
});
