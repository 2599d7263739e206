// Driver errors of node:sqlite, translated to the error table.

import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ErrorCode, HoldfastError, isHoldfastError } from '../../errors.ts';
import { movedTo } from '../freeze.ts';

interface DriverError extends Error {
  readonly code: string;
  readonly errcode?: number;
}

/** Primary result codes of SQLite. */
const primary: Record<number, ErrorCode> = {
  5: 'DATABASE_BUSY',
  6: 'DATABASE_BUSY',
  8: 'DATABASE_READ_ONLY',
  11: 'DATABASE_CORRUPT',
  13: 'DISK_FULL',
  14: 'DATABASE_UNREACHABLE',
  26: 'DATABASE_FOREIGN',
};

/** Extended result codes of SQLITE_CONSTRAINT. */
const constraint: Record<number, ErrorCode> = {
  275: 'CHECK_FAILED',
  787: 'REFERENCE_MISSING',
  1043: 'CONFLICT',
  1299: 'RECORD_INVALID',
  1555: 'CONFLICT',
  2067: 'CONFLICT',
  2579: 'CONFLICT',
  3091: 'RECORD_INVALID',
};

export const isBusy = (error: unknown): boolean => {
  const code = (error as DriverError | undefined)?.errcode;
  return code !== undefined && ((code & 0xff) === 5 || (code & 0xff) === 6);
};

/** An error of the table for whatever the driver threw; errors of the table and bugs pass through. */
export function translate(thrown: unknown, path: string): Error {
  if (isHoldfastError(thrown)) return thrown;
  const error = thrown as DriverError;
  if (error.code === 'ERR_INVALID_STATE')
    return new HoldfastError('DATABASE_CLOSED', `${path} is closed`, { cause: error });
  if (error.code === 'ERR_OUT_OF_RANGE')
    return new HoldfastError('DATA_UNSOUND', `a stored number is beyond 2^53: ${error.message}`, {
      cause: error,
    });
  if (error.code !== 'ERR_SQLITE_ERROR' || error.errcode === undefined) return error;
  if (error.errcode === 1 && error.message.startsWith('too many SQL variables'))
    return new HoldfastError('QUERY_INVALID', 'the query has more values than a statement can carry', {
      hint: 'Ask in several parts of at most 30,000 values',
      cause: error,
    });
  const moved = movedTo(error.message);
  if (moved !== undefined)
    return new HoldfastError('DATABASE_MOVED', `${path} has moved to ${moved}`, { cause: error });
  const drifted = error.errcode === 1 && /^no such (table|column)|has no column named/.test(error.message);
  const code = drifted ? 'SCHEMA_DRIFTED' : codeOf(error.errcode, path);
  return new HoldfastError(code, message(code, error, path), { cause: error });
}

function codeOf(errcode: number, path: string): ErrorCode {
  const kind = errcode & 0xff;
  if (kind === 19) return constraint[errcode] ?? 'CHECK_FAILED';
  // A full disk also shows as a failed growth of the shared-memory file.
  if (kind === 10 && diskIsFull(path)) return 'DISK_FULL';
  return primary[kind] ?? 'DATABASE_FAILED';
}

function message(code: ErrorCode, error: DriverError, path: string): string {
  switch (code) {
    case 'DATABASE_BUSY':
      return `${path} is locked by another process`;
    case 'DATABASE_READ_ONLY':
      return `${path} cannot be written`;
    case 'DATABASE_FOREIGN':
      return `${path} is not an SQLite database`;
    case 'DATABASE_CORRUPT':
      return `${path} is damaged: ${error.message}`;
    case 'DATABASE_UNREACHABLE':
      return `${path} cannot be opened`;
    case 'DISK_FULL':
      return `the disk under ${path} is full`;
    case 'REFERENCE_MISSING':
      return 'a record that is referred to does not exist, or is still referred to';
    case 'CONFLICT':
      return error.message.replace(/^UNIQUE constraint failed: /, 'a record with the same value exists: ');
    default:
      return error.message;
  }
}

function diskIsFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < 64 * 1024;
  } catch {
    return false;
  }
}
