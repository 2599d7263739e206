// The keys of archives, as files that the command line names.

import { existsSync, readFileSync } from 'node:fs';
import { HoldfastError } from '@holdfast/core';
import { createKeyFile, type FileKey, PassphraseKey, readKeyFile } from '@holdfast/core/archive';
import type { Command } from 'commander';

export interface KeyFlags {
  readonly passphraseFile?: string;
  readonly keyFile?: string;
}

export const withKeys = (command: Command): Command =>
  command
    .option('--passphrase-file <path>', 'its first line is the passphrase')
    .option('--key-file <path>', 'as backup create makes it');

/** Those that were named; both open the archive. @throws ARCHIVE_KEY_MISSING, ARCHIVE_KEY_WRONG */
export async function readKeys({ passphraseFile, keyFile }: KeyFlags): Promise<(PassphraseKey | FileKey)[]> {
  return [
    ...(passphraseFile === undefined ? [] : [readPassphrase(passphraseFile)]),
    ...(keyFile === undefined ? [] : [await readKeyFile(keyFile)]),
  ];
}

/** The same, with a key file made where there is none yet. @returns also the path of one that was made */
export async function keysToLockWith(
  flags: KeyFlags,
): Promise<{ readonly keys: (PassphraseKey | FileKey)[]; readonly made: string | undefined }> {
  const { keyFile } = flags;
  const made = keyFile !== undefined && !existsSync(keyFile) ? keyFile : undefined;
  if (made !== undefined) {
    await createKeyFile(made).catch((cause: NodeJS.ErrnoException) => {
      throw new HoldfastError('SETTING_INVALID', `--key-file ${made} cannot be made: ${cause.message}`, {
        cause,
      });
    });
  }
  return { keys: await readKeys(flags), made };
}

function readPassphrase(path: string): PassphraseKey {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HoldfastError(
      'ARCHIVE_KEY_MISSING',
      `the passphrase file ${path} cannot be read: ${(cause as NodeJS.ErrnoException).code}`,
      { cause },
    );
  }
  return new PassphraseKey(text.split(/\r?\n/)[0] ?? '');
}
