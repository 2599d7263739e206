// holdfast backup create: the database as it is now, in one file.

import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { HoldfastError } from '@holdfast/core';
import {
  ArchiveReader,
  archiveToContinue,
  createBackup,
  keyId,
  openFileSource,
  removeDeadParts,
  requireArchive,
} from '@holdfast/core/archive';
import { scheduledKey } from '@holdfast/core/retention';
import { requireTarget, wantCopies } from '@holdfast/core/targets';
import type { Command } from 'commander';
import { newFolder } from '../backups/new-folder.ts';
import { type KeyFlags, keysToLockWith, withKeys } from './archive-keys.ts';
import { bring, copiesText, copyJson, targetNames } from './backup-copy.ts';
import { bytes } from './format.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable } from './output.ts';
import { withProgress } from './row-progress.ts';

interface Flags extends KeyFlags {
  readonly out?: string;
  readonly type: string;
  readonly only?: string;
  readonly histories: boolean;
  readonly description?: string;
  readonly compression: string;
  readonly target?: string;
}

const types = ['full', 'incremental', 'differential'] as const;
const compressions = ['zstd', 'gzip', 'none'] as const;

export function registerCreate(command: Command, invocation: Invocation): void {
  withKeys(command.command('create'))
    .description('write an archive of the database as it is now; it goes on being used meanwhile')
    .option('--out <path>', 'file, or folder that is there (default: backups in the data folder)')
    .option(
      '--type <type>',
      `${types.join(', ')}: what has changed since the newest archive, or the newest full one`,
      'full',
    )
    .option(
      '--only <names>',
      'domains, resources, tables or data classes, by comma; what they refer to comes along, and with any class what is critical',
    )
    .option('--no-histories', 'as it is now, without what was')
    .option('--description <text>', 'stands in the archive, readable without its key')
    .option('--compression <name>', compressions.join(', '), 'zstd')
    .option(
      '--target <names>',
      'also to these targets, by comma; one that does not answer is caught up later',
    )
    .action(async (flags: Flags) => {
      const { description, only } = flags;
      const type = types.find((each) => each === flags.type);
      if (type === undefined)
        throw new HoldfastError(
          'USAGE',
          `--type is ${JSON.stringify(flags.type)}: it takes ${types.join(', ')}`,
        );
      const compression = compressions.find((name) => name === flags.compression);
      if (compression === undefined)
        throw new HoldfastError('USAGE', `--compression takes ${compressions.join(', ')}`);
      await invocation.withStore({ create: false }, async (store) => {
        const { keys, lockWith, made, keep } = await keysToLockWith(flags);
        const targets = targetNames(flags.target);
        // A name that is none is told before the work.
        for (const name of targets) await requireTarget(store, name);
        const scheduled = (await scheduledKey(store))?.id;
        const opens = keys.some((key) => key.kind === 'sealed' && keyId(key) === scheduled);
        const encrypted = keys.length > 0;
        const last =
          type === 'full'
            ? undefined
            : await archiveToContinue(store, type, { encrypted, exceptKey: opens ? undefined : scheduled });
        const source = last && (await openFileSource(last.path));
        await using _closing = { [Symbol.asyncDispose]: async () => source?.close() };
        // Where there is nothing to go on from, it is the full archive that a chain begins with.
        const since =
          type === 'full' || source === undefined
            ? undefined
            : { type, archive: await ArchiveReader.open(source, { keys }) };
        const path = pathOf(invocation, flags.out, since?.type ?? 'full');
        // The default folder is made, any other must be there: it may be a mount that is missing.
        using _folder = flags.out === undefined ? newFolder(dirname(path)) : undefined;
        for (const left of await removeDeadParts(dirname(path)))
          process.stderr.write(`${printable(`removed ${left}: its process ended before it was whole`)}\n`);
        const result = await withProgress(invocation.json, (onProgress) =>
          createBackup(store, {
            ...(since === undefined ? {} : { since }),
            ...{
              path,
              keys: lockWith,
              compression,
              createdBy: invocation.user,
              copyTo: targets,
              onProgress,
              onWritten: keep,
              signal: invocation.signal,
            },
            ...(only === undefined ? {} : { only: only.split(',').map((name) => name.trim()) }),
            ...(flags.histories ? {} : { histories: false }),
            ...(description === undefined ? {} : { description }),
          }),
        );
        if (targets.length > 0) await wantCopies(store, await requireArchive(store, result.id), targets);
        const copies = targets.length === 0 ? [] : await bring(store, invocation, result.id);
        invocation.print({ ...result, encrypted, copies: copies.map(copyJson) }, () =>
          [
            `${paint('green', 'backed up')} ${result.rows} rows (${result.type}) to ${printable(path)}`,
            `  ${bytes(result.bytes)} in ${result.durationMs} ms, ${result.id}`,
            ...(made === undefined ? [] : [`  made the key file ${made}: keep a copy of it elsewhere`]),
            ...(encrypted
              ? []
              : [
                  `  not encrypted: ${result.omittedSecrets} secrets were left out; --passphrase-file keeps them`,
                ]),
            ...(copies.length === 0 ? [] : [copiesText(copies).replaceAll(/^/gm, '  ')]),
            `Next: holdfast backup verify ${result.id}`,
          ].join('\n'),
        );
      });
    });
}

/** Of the file to write. */
function pathOf(invocation: Invocation, out: string | undefined, type: string): string {
  const name = `holdfast-${new Date().toISOString().replaceAll(/[-:.]/g, '')}-${type}.sma`;
  if (out !== undefined) return resolve(isFolder(out) ? join(out, name) : out);
  return resolve(invocation.place({ create: false }).backups, name);
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
