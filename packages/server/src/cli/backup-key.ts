// holdfast backup key create|lock|show: the key pair of scheduled archives, of which only the public half stays here.

import { resolve } from 'node:path';
import { formatInstant, HoldfastError, now } from '@holdfast/core';
import { createPrivateKeyFile, keyId, writePrivateKeyFile } from '@holdfast/core/archive';
import { keySetting, scheduledKey } from '@holdfast/core/retention';
import { getSetting, setSetting } from '@holdfast/core/system';
import type { Command } from 'commander';
import { askPassphrase, readKeys, readPassphrase } from './archive-keys.ts';
import type { Invocation } from './invocation.ts';
import { paint } from './output.ts';

interface LockFlags {
  readonly out: string;
  readonly newPassphraseFile?: string;
  readonly passphraseFile?: string;
}

export function registerKey(command: Command, invocation: Invocation): void {
  const key = command.command('key').description('the key of scheduled archives: create, lock, show');

  key
    .command('create')
    .description('make a key pair: the store keeps the public half, which locks; the file opens')
    .requiredOption('--out <path>', 'a new file for the private half; take it away from this machine')
    .option('--passphrase-file <path>', 'locks the file with the passphrase on its first line')
    .action(({ out, passphraseFile }: { out: string; passphraseFile?: string }) =>
      invocation.withStore({ create: false }, async (store) => {
        const before = await scheduledKey(store);
        if (before !== undefined)
          await invocation.consent(
            `A new key locks archives from now on; older ones still need the private half of ${before.id}.`,
          );
        const passphrase = passphraseFile === undefined ? undefined : readPassphrase(passphraseFile);
        const { publicKey } = await createPrivateKeyFile(out, passphrase);
        const value = { publicKey: Buffer.from(publicKey).toString('hex'), since: formatInstant(now()) };
        await setSetting(store, keySetting, value, { name: invocation.user, via: 'cli' });
        const id = keyId({ kind: 'sealed', publicKey });
        const locked = passphrase !== undefined;
        invocation.print({ id, path: resolve(out), since: value.since, locked }, () =>
          [
            `${paint('green', 'made')} the key ${id}: its private half is in ${out}${locked ? ', locked with the passphrase' : ''}`,
            'Take that file away and keep copies of it: without it nobody can open scheduled archives.',
            'Next: holdfast backup schedule set',
          ].join('\n'),
        );
      }),
    );

  key
    .command('lock')
    .description('the private half once more, in a file that a passphrase locks')
    .argument('<file>', 'that it is in now')
    .requiredOption('--out <path>', 'a new file')
    .option('--new-passphrase-file <path>', 'its first line locks the new file (default: asked for)')
    .option('--passphrase-file <path>', 'of a file that is locked now')
    .action(async (file: string, { out, newPassphraseFile, passphraseFile }: LockFlags) => {
      const [opened] = await readKeys({ keyFile: file, ...(passphraseFile && { passphraseFile }) });
      if (opened?.kind !== 'sealed')
        throw new HoldfastError(
          'ARCHIVE_KEY_WRONG',
          `${file} is no private key as backup key create makes it`,
        );
      const passphrase =
        newPassphraseFile === undefined
          ? await askPassphrase(`New passphrase for ${out}`)
          : readPassphrase(newPassphraseFile);
      if (passphrase === undefined)
        throw new HoldfastError('USAGE', 'a passphrase is missing', { hint: '--new-passphrase-file FILE' });
      await writePrivateKeyFile(out, opened.privateKey, passphrase);
      const id = keyId(opened);
      invocation.print({ id, path: resolve(out), locked: true }, () =>
        [
          `${paint('green', 'locked')} the key ${id}, in ${out}`,
          `Try it (holdfast backup verify ARCHIVE --key-file ${out}), then remove ${file}`,
        ].join('\n'),
      );
    });

  key
    .command('show')
    .description('which key locks scheduled archives')
    .action(() =>
      invocation.withStore({ create: false }, async (store) => {
        const found = await scheduledKey(store);
        const since = (await getSetting(store, keySetting))?.since ?? null;
        invocation.print({ id: found?.id ?? null, since }, () =>
          found === undefined
            ? 'No key yet: holdfast backup key create --out FILE'
            : `${found.id} since ${since}`,
        );
      }),
    );
}
