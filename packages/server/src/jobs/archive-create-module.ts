// The work of a job `archive-create` in a thread of its own.

import { join, resolve } from 'node:path';
import {
  ArchiveReader,
  archiveToContinue,
  createBackup,
  openFileSource,
  removeDeadParts,
  toLockKey,
} from '@holdfast/core/archive';
import type { RunJob } from '@holdfast/core/job';
import { scheduledKey } from '@holdfast/core/retention';
import { askedBy, backupFolder, keysToLock, openJobStore, teller } from './job-store.ts';

type Type = 'full' | 'incremental' | 'differential';

export const run: RunJob = async (work) => {
  const { params, signal, progress, log } = work;
  await using store = await openJobStore(work);
  const keys = await keysToLock(work, store);
  const type = (params['type'] ?? 'full') as Type;
  const last =
    type === 'full'
      ? undefined
      : await archiveToContinue(store, type, {
          ...{ encrypted: keys.length > 0, exceptKey: (await scheduledKey(store))?.id },
        });
  const source = last && (await openFileSource(last.path));
  await using _closing = { [Symbol.asyncDispose]: async () => source?.close() };
  // Where there is nothing to go on from, it is the full archive that a chain begins with.
  const since =
    type === 'full' || source === undefined
      ? undefined
      : { type, archive: await ArchiveReader.open(source, { keys }) };
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '');
  for (const left of await removeDeadParts(backupFolder(work)))
    log('warn', `removed ${left}: its process ended before it was whole`);
  const path = resolve(join(backupFolder(work), `holdfast-${stamp}-${since?.type ?? 'full'}.sma`));
  const { only, histories, description, compression } = params as {
    only?: string[];
    histories?: boolean;
    description?: string;
    compression?: 'zstd';
  };
  const result = await createBackup(store, {
    ...(since === undefined ? {} : { since }),
    ...{ path, keys: keys.map(toLockKey), createdBy: askedBy(work), signal, onProgress: teller(progress) },
    ...(only === undefined ? {} : { only }),
    ...(histories === false ? { histories } : {}),
    ...(description === undefined ? {} : { description }),
    ...(compression === undefined ? {} : { compression }),
  });
  return { ...result, encrypted: keys.length > 0 };
};
