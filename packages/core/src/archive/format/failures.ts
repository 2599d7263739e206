// The failures of archives, in one wording.

import { HoldfastError } from '../../errors.ts';

export const corrupt = (what: string, cause?: unknown): HoldfastError =>
  new HoldfastError('ARCHIVE_CORRUPT', `the archive is damaged: ${what}`, { cause });

export const truncated = (what: string): HoldfastError =>
  new HoldfastError('ARCHIVE_TRUNCATED', `the archive is not complete: ${what}`);

export const beyondLimit = (what: string, is: number | bigint, most: number): HoldfastError =>
  new HoldfastError('ARCHIVE_LIMIT', `${what}: ${is} of at most ${most}`);
