// What the operating system says of a folder, by the code that whoever reads it acts on.

import { expect, test } from 'vitest';
import { HoldfastError } from '../../../errors.ts';
import { folderError } from './folder-error.ts';

const said = (code: string): Error => Object.assign(new Error(`${code}: no`), { code });

test.for([
  ['ENOSPC', 'a.sma', 'TARGET_FULL'],
  ['EDQUOT', 'a.sma', 'TARGET_FULL'],
  ['EROFS', 'a.sma', 'TARGET_READ_ONLY'],
  ['EACCES', 'a.sma', 'TARGET_FORBIDDEN'],
  ['EEXIST', 'a.sma', 'TARGET_EXISTS'],
  ['ENOENT', 'a.sma', 'TARGET_NOT_FOUND'],
  ['ENOENT', '', 'TARGET_MISSING'],
  ['ESTALE', '', 'TARGET_MISSING'],
  ['ETIMEDOUT', '', 'TARGET_UNREACHABLE'],
  ['EIO', 'a.sma', 'TARGET_FAILED'],
  ['EMLINK', 'a.sma', 'TARGET_FAILED'],
] as const)('%s of "%s" is %s', ([code, name, known]) => {
  const cause = said(code);
  const error = folderError('folder:/b', name, cause);
  expect(error).toMatchObject({ code: known, cause });
  expect((error as Error).message).toContain(name === '' ? `folder:/b: ` : `folder:/b: ${name}: `);
});

test('what has a name keeps it, and a bug stays one', () => {
  const known = new HoldfastError('CANCELLED', 'stopped');
  expect(folderError('folder:/b', '', known)).toBe(known);
  const bug = new TypeError('x is undefined');
  expect(folderError('folder:/b', '', bug)).toBe(bug);
});
