// The error table: every code has a status, an exit code of the contract and a hint; an error carries them along.

import { describe, expect, test } from 'vitest';
import { type ErrorCode, errorTable, exits, HoldfastError, isHoldfastError } from './errors.ts';

describe.each(Object.entries(errorTable))('%s', (code, { status, exit, hint }) => {
  test('has a status, an exit code and a hint', () => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(status === 207 || (status >= 400 && status < 600)).toBe(true);
    expect(Object.values(exits)).toContain(exit);
    expect(exit).not.toBe(exits.done);
    expect(hint).toMatch(/^\S.*[^.\s]$/);
  });
});

describe('an error', () => {
  const cause = new Error('inner');
  const error = new HoldfastError('DATABASE_BUSY', 'locked', { details: { path: 'x' }, cause });

  test('knows its exit code and status', () => {
    expect(error).toMatchObject({ exit: 6, status: 503, cause, details: { path: 'x' } });
  });

  test('is JSON of code, message, hint and details; never of its cause', () => {
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'DATABASE_BUSY',
      message: 'locked',
      hint: errorTable.DATABASE_BUSY.hint,
      details: { path: 'x' },
    });
    expect(new HoldfastError('USAGE', 'no').toJSON()).not.toHaveProperty('details');
  });

  test('can bring a better hint', () => {
    expect(new HoldfastError('USAGE', 'no', { hint: 'holdfast list --help' }).hint).toBe(
      'holdfast list --help',
    );
  });

  test('is told from any other, also when another copy of the package made it', () => {
    expect(isHoldfastError(error)).toBe(true);
    expect(isHoldfastError(Object.assign(new Error('x'), { name: 'HoldfastError', code: 'USAGE' }))).toBe(
      true,
    );
    expect(isHoldfastError(new Error('x'))).toBe(false);
    expect(isHoldfastError({ name: 'HoldfastError', code: 'USAGE' satisfies ErrorCode })).toBe(false);
  });
});
