// Key files: 32 random bytes on a line of hex, which nobody but their owner may read.

import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { keyLength } from './archive-keys.ts';
import type { FileKey } from './keys.ts';

const form = /^holdfast-key ([0-9a-f]{64})\s*$/;

/**
 * Writes a new key file, mode 0600, and makes it durable: what is locked with it is lost without it.
 * @throws ARCHIVE_EXISTS; a key is never overwritten
 */
export async function createKeyFile(path: string): Promise<FileKey> {
  const key = randomBytes(keyLength);
  const file = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
    throw new HoldfastError('ARCHIVE_EXISTS', `the key file ${path} is there already`, {
      hint: 'Choose another name: archives may need the key that is there',
    });
  });
  try {
    await file.writeFile(`holdfast-key ${key.toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
  return { kind: 'key-file', key };
}

/** @throws ARCHIVE_KEY_MISSING where there is no such file, ARCHIVE_KEY_WRONG where it is no key file */
export async function readKeyFile(path: string): Promise<FileKey> {
  const text = await readFile(path, 'latin1').catch((cause: NodeJS.ErrnoException) => {
    throw new HoldfastError('ARCHIVE_KEY_MISSING', `the key file ${path} cannot be read: ${cause.code}`, {
      cause,
    });
  });
  const match = form.exec(text);
  if (!match) throw new HoldfastError('ARCHIVE_KEY_WRONG', `${path} is no key file`);
  return { kind: 'key-file', key: Buffer.from(match[1]!, 'hex') };
}
