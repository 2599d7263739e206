// Small files that somebody names: keys, passwords, lists.

import { readFileSync } from 'node:fs';
import { isOpenDatabase } from './open-database.ts';

/** @throws the errors of the system, and EBUSY for a database that this process has open */
export function readGiven(path: string): string {
  if (isOpenDatabase(path))
    throw Object.assign(new Error('EBUSY: it is a database that is in use'), { code: 'EBUSY' });
  return readFileSync(path, 'utf8');
}
