// The keys of archives, as files that the command line names.

import { existsSync } from 'node:fs';
import { HoldfastError, readGiven } from '@holdfast/core';
import {
  draftKeyFile,
  type LockKey,
  PassphraseKey,
  readKeyFile,
  toLockKey,
  type UnlockKey,
} from '@holdfast/core/archive';
import type { Command } from 'commander';
import { isInteractive, printable } from './output.ts';

export interface KeyFlags {
  readonly passphraseFile?: string;
  readonly keyFile?: string;
}

export const withKeys = (command: Command): Command =>
  command
    .option(
      '--passphrase-file <path>',
      'its first line is the passphrase, of the key file where that is locked',
    )
    .option('--key-file <path>', 'as backup create and backup key create make them');

/**
 * Those that were named; both open the archive, but for the passphrase of a locked key file. Of one whose passphrase is not
 * named, it is asked for. @throws ARCHIVE_KEY_MISSING, ARCHIVE_KEY_WRONG, ARCHIVE_LIMIT
 */
export async function readKeys({ passphraseFile, keyFile }: KeyFlags): Promise<UnlockKey[]> {
  const passphrase = passphraseFile === undefined ? undefined : readPassphrase(passphraseFile);
  let locked = false;
  const key =
    keyFile === undefined
      ? undefined
      : await readKeyFile(keyFile, async () => {
          locked = true;
          return passphrase ?? (await askPassphrase(`Passphrase of ${keyFile}`));
        });
  return [...(passphrase === undefined || locked ? [] : [passphrase]), ...(key === undefined ? [] : [key])];
}

/** @returns undefined where there is nobody to ask. @throws CANCELLED */
export async function askPassphrase(message: string): Promise<PassphraseKey | undefined> {
  if (!isInteractive()) return undefined;
  const { isCancel, password } = await import('@clack/prompts');
  // What is asked is no part of what is printed.
  const typed = await password({ message: printable(message), output: process.stderr });
  if (isCancel(typed)) throw new HoldfastError('CANCELLED', 'not done');
  return new PassphraseKey(typed);
}

/** The same, with a new key where a key file is not there yet: `keep` writes it, once there is something locked with it. */
export async function keysToLockWith(flags: KeyFlags): Promise<{
  readonly keys: UnlockKey[];
  readonly lockWith: LockKey[];
  /** Path of a key file that `keep` makes. */
  readonly made: string | undefined;
  readonly keep: () => Promise<void>;
}> {
  const { keyFile, ...others } = flags;
  if (keyFile === undefined || existsSync(keyFile)) {
    const keys = await readKeys(flags);
    return { keys, lockWith: keys.map(toLockKey), made: undefined, keep: async () => {} };
  }
  const { key, keep } = await draftKeyFile(keyFile);
  const keys = [...(await readKeys(others)), key];
  return { keys, lockWith: keys.map(toLockKey), made: keyFile, keep };
}

export function readPassphrase(path: string): PassphraseKey {
  let text: string;
  try {
    text = readGiven(path);
  } catch (cause) {
    throw new HoldfastError(
      'ARCHIVE_KEY_MISSING',
      `the passphrase file ${path} cannot be read: ${(cause as NodeJS.ErrnoException).code}`,
      { cause },
    );
  }
  return new PassphraseKey(text.split(/\r?\n/)[0] ?? '');
}
