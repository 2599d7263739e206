// The first bytes of a file, by which is seen what it is.

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { isOpenDatabase } from '@holdfast/core';

/** At most 4 KiB. @returns undefined where there is no such file, or it is a database that is in use here */
export function fileHead(path: string): Buffer | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile() || isOpenDatabase(path)) return undefined;
  const head = Buffer.alloc(4_096);
  const file = openSync(path, 'r');
  try {
    return head.subarray(0, readSync(file, head));
  } finally {
    closeSync(file);
  }
}
