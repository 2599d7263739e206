// What the operating system answers, as an error of the table.

import { type ErrorCode, HoldfastError, isHoldfastError } from '../../../errors.ts';

const codes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOSPC: ['TARGET_FULL', 'the disk is full'],
  EDQUOT: ['TARGET_FULL', 'the quota is used up'],
  EFBIG: ['TARGET_FULL', 'the file system takes no file as large'],
  EROFS: ['TARGET_READ_ONLY', 'it is mounted for reading only'],
  EACCES: ['TARGET_FORBIDDEN', 'the process may not do that there'],
  EPERM: ['TARGET_FORBIDDEN', 'the process may not do that there'],
  ENOENT: ['TARGET_NOT_FOUND', 'it is not there'],
  ENOTDIR: ['TARGET_MISSING', 'it is no folder'],
  EEXIST: ['TARGET_EXISTS', 'there is one already'],
  EIO: ['TARGET_FAILED', 'the disk does not work'],
  ESTALE: ['TARGET_MISSING', 'the share went away'],
  ENODEV: ['TARGET_MISSING', 'the device went away'],
  EHOSTDOWN: ['TARGET_UNREACHABLE', 'the server of the share does not answer'],
  ETIMEDOUT: ['TARGET_UNREACHABLE', 'the server of the share does not answer'],
};

/** @param name of the file; empty for the folder itself */
export function folderError(place: string, name: string, error: unknown): unknown {
  if (isHoldfastError(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const what = name === '' ? place : `${place}: ${name}`;
  const [known, words] = codes[code] ?? (['TARGET_FAILED', message] as const);
  const missing = known === 'TARGET_NOT_FOUND' && name === '';
  return new HoldfastError(missing ? 'TARGET_MISSING' : known, `${what}: ${words} (${code})`, {
    cause: error,
  });
}
