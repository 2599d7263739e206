// Key files: 32 bytes on a line of hex, or locked with a passphrase, which nobody but their owner may read.

import { randomBytes } from 'node:crypto';
import { access, constants, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { isOpenDatabase } from '../../files/open-database.ts';
import { keyLength } from './archive-keys.ts';
import { generateKeyPair, type KeyPair, publicKeyOf } from './key-pair.ts';
import type { FileKey, LockKey, PrivateKey, UnlockKey } from './keys.ts';
import { lockKey, unlockKey } from './locked-key.ts';
import type { PassphraseKey } from './passphrase.ts';

const form = /^holdfast-(key|private-key) ([0-9a-f]{64})\s*$/;
const lockedForm = /^holdfast-locked-private-key (\{.{0,4096}\})\s*$/;

/**
 * Writes a new key file, mode 0600, and makes it durable: what is locked with it is lost without it.
 * @throws ARCHIVE_EXISTS, since a key is never overwritten; SETTING_INVALID where it cannot be made
 */
export async function createKeyFile(path: string): Promise<FileKey> {
  const { key, keep } = await draftKeyFile(path);
  await keep();
  return key;
}

/**
 * A key for work that may yet be refused: in memory only until `keep` writes it as a new key file, mode 0600, and makes it
 * durable. @throws SETTING_INVALID where it cannot be made; `keep` also ARCHIVE_EXISTS
 */
export async function draftKeyFile(
  path: string,
): Promise<{ readonly key: FileKey; readonly keep: () => Promise<void> }> {
  await access(join(dirname(path), '.'), constants.W_OK).catch((cause) => {
    throw unmade(path, cause);
  });
  const key = randomBytes(keyLength);
  return {
    key: { kind: 'key-file', key },
    keep: () => write(path, `holdfast-key ${key.toString('hex')}\n`),
  };
}

const unmade = (path: string, cause: NodeJS.ErrnoException): HoldfastError =>
  new HoldfastError('SETTING_INVALID', `the key file ${path} cannot be made: ${cause.code}`, {
    cause,
    hint: 'Name a folder that is there, and that this account may write to',
  });

/**
 * Makes a key pair and writes its private half to a new file: who has nothing but the public half can write archives and
 * open none. @throws ARCHIVE_EXISTS; a key is never overwritten
 */
export async function createPrivateKeyFile(path: string, passphrase?: PassphraseKey): Promise<KeyPair> {
  const pair = generateKeyPair();
  await writePrivateKeyFile(path, pair.privateKey, passphrase);
  return pair;
}

/** A new file for a private key that there is, locked with a passphrase where one is given. @throws ARCHIVE_EXISTS */
export async function writePrivateKeyFile(
  path: string,
  privateKey: Uint8Array,
  passphrase?: PassphraseKey,
): Promise<void> {
  const text =
    passphrase === undefined
      ? `holdfast-private-key ${Buffer.from(privateKey).toString('hex')}`
      : `holdfast-locked-private-key ${await lockKey(privateKey, passphrase)}`;
  await write(path, `${text}\n`);
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw unmade(path, cause);
    throw new HoldfastError('ARCHIVE_EXISTS', `the key file ${path} is there already`, {
      hint: 'Choose another name: archives may need the key that is there',
    });
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

/**
 * Of either kind.
 * @param passphrase of one that is locked: asked for when the file turns out to be. @default there is none
 * @throws ARCHIVE_KEY_MISSING where there is no such file, or no passphrase; ARCHIVE_KEY_WRONG where it is no key file, or
 * locked with another one; ARCHIVE_LIMIT where it wants more memory than is reasonable
 */
export async function readKeyFile(
  path: string,
  passphrase?: () => Promise<PassphraseKey | undefined>,
): Promise<FileKey | PrivateKey> {
  if (isOpenDatabase(path))
    throw new HoldfastError('ARCHIVE_KEY_WRONG', `${path} is a database that is in use, and no key file`);
  const text = await readFile(path, 'latin1').catch((cause: NodeJS.ErrnoException) => {
    throw new HoldfastError('ARCHIVE_KEY_MISSING', `the key file ${path} cannot be read: ${cause.code}`, {
      cause,
    });
  });
  const locked = lockedForm.exec(text)?.[1];
  if (locked !== undefined) {
    const given = await passphrase?.();
    if (given !== undefined) return { kind: 'sealed', privateKey: await unlockKey(locked, given, path) };
    throw new HoldfastError('ARCHIVE_KEY_MISSING', `the key file ${path} is locked with a passphrase`, {
      hint: 'Name its passphrase beside it: --passphrase-file FILE',
    });
  }
  const match = form.exec(text);
  if (!match) throw new HoldfastError('ARCHIVE_KEY_WRONG', `${path} is no key file`);
  const key = Buffer.from(match[2]!, 'hex');
  return match[1] === 'key' ? { kind: 'key-file', key } : { kind: 'sealed', privateKey: key };
}

/** Locks with what opens: of a private key, with its public half. */
export const toLockKey = (key: UnlockKey): LockKey =>
  key.kind === 'sealed' ? { kind: key.kind, publicKey: publicKeyOf(key.privateKey) } : key;
