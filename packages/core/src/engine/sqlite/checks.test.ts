// CHECK conditions are read out of a table's text as it was typed, spelling aside.

import { expect, test } from 'vitest';
import { checksOf } from './checks.ts';

test.each<[string, string, string[]]>([
  ['none', 'CREATE TABLE t (a TEXT)', []],
  ['one of a column', 'CREATE TABLE t (a INT CHECK (a > 0), b INT)', ['a > 0']],
  [
    'named ones',
    'CREATE TABLE t (a INT, CONSTRAINT x CHECK (a > 0), CONSTRAINT y CHECK (a < 9))',
    ['a > 0', 'a < 9'],
  ],
  [
    'nested parentheses',
    'CREATE TABLE t (a INT CHECK ((a > (1)) OR (a IN (2, 3))))',
    ['(a > (1)) OR (a IN (2, 3))'],
  ],
  ['quoted names and white space', 'CREATE TABLE t ("a" INT check\n(  "a"\n >\t0 ))', ['a > 0']],
  [
    'text with parentheses and quotes',
    `CREATE TABLE t (a TEXT CHECK (a <> 'it''s  ) CHECK (')) STRICT`,
    [`a <> 'it''s  ) CHECK ('`],
  ],
  ['a default that reads like one', `CREATE TABLE t (a TEXT DEFAULT 'CHECK (x)')`, []],
  ['a name that reads like one', 'CREATE TABLE t ("CHECK (x)" TEXT, precheck (a))', []],
])('%s', (_, sql, expected) => {
  expect(checksOf(sql)).toEqual(expected);
});
