// holdfast backup target add|list|test|remove: places for archives, by name.

import { HoldfastError, readGiven } from '@holdfast/core';
import {
  addTarget,
  checkCredentials,
  parseTarget,
  removeTarget,
  type TargetCredentials,
} from '@holdfast/core/targets';
import type { Command } from 'commander';
import { targetJson, targetsJson, targetUse, tryTarget } from '../backups/targets.ts';
import type { Invocation } from './invocation.ts';
import { renderTable } from './output.ts';

export function registerTargets(command: Command, invocation: Invocation): void {
  const target = command.command('target').description('places for archives: add, list, test, remove');

  target
    .command('add')
    .description('set a place up and remember it: a folder that is there, an S3-compatible store, SFTP')
    .argument('<name>', 'for --target and for NAME:FILE')
    .argument(
      '<url>',
      'folder:/PATH, s3://BUCKET/PREFIX?endpoint=URL or sftp://USER@HOST/PATH?fingerprint=SHA256:…',
    )
    .option('--credentials-file <path>', 'JSON: accessKeyId and secretAccessKey, or password, or privateKey')
    .action((name: string, url: string, flags: { credentialsFile?: string }) => {
      const settings = parseTarget(url);
      const credentials = readCredentials(flags.credentialsFile);
      return invocation.withStore({ create: true }, async (store) => {
        const shown = targetJson(await addTarget(store, name, settings, credentials));
        invocation.print(shown, () =>
          [`Added ${name}: ${shown.url}`, `Next: holdfast backup create --target ${name}`].join('\n'),
        );
      });
    });

  target
    .command('list')
    .description('the places, without their credentials')
    .action(() =>
      invocation.withStore({ create: false }, async (store) => {
        const items = await targetsJson(store);
        invocation.print({ items, next: null }, () =>
          items.length === 0
            ? 'No targets yet: holdfast backup target add --help'
            : renderTable(
                ['name', 'where', 'archives', 'waiting'],
                items.map((each) => [each.name, each.url, String(each.archives), String(each.waiting)]),
              ),
        );
      }),
    );

  target
    .command('test')
    .description('sign in, and see that it is the right one')
    .argument('<name>')
    .action((name: string) =>
      invocation.withStore({ create: false }, async (store) => {
        const shown = await tryTarget(store, name);
        invocation.print(shown, () => `${name} answers: ${shown.url}`);
      }),
    );

  target
    .command('remove')
    .description('forget a place; the archives on it stay there')
    .argument('<name>')
    .action((name: string) =>
      invocation.withStore({ create: false }, async (store) => {
        const { archives, effect } = await targetUse(store, name);
        await invocation.consent(effect);
        await removeTarget(store, name);
        invocation.print({ removed: name, archives }, () => `Forgot ${name}; what is there stays`);
      }),
    );
}

/** A JSON object in a file. @throws SETTING_INVALID, never with what is in it */
function readCredentials(path: string | undefined): TargetCredentials {
  if (path === undefined) return {};
  let text: string;
  try {
    text = readGiven(path);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code;
    throw new HoldfastError('SETTING_INVALID', `--credentials-file cannot be read: ${why}`, { cause });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser quotes what it stumbles over, and that may be the secret.
    throw new HoldfastError('SETTING_INVALID', `--credentials-file ${path} is no JSON`, {
      hint: 'Write {"accessKeyId": …, "secretAccessKey": …}, {"password": …} or {"privateKey": …, "passphrase": …}',
    });
  }
  return checkCredentials(parsed);
}
