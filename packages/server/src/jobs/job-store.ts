// What the work of jobs in threads has in common: a store of its own, and keys that nobody may read on the way.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, type Store } from '@holdfast/core';
import { createKeyFile, PassphraseKey, readKeyFile, type UnlockKey } from '@holdfast/core/archive';
import type { JobProgress, JobWork } from '@holdfast/core/job';
import { Command } from 'commander';
import { domains } from '../cli/domains.ts';
import { Invocation, type Place } from '../cli/invocation.ts';
import { openParam } from '../shapes/sealed.ts';

type Work = Pick<JobWork, 'given' | 'params' | 'jobId' | 'signal' | 'progress'>;

export const placeOf = ({ given }: Pick<JobWork, 'given'>): Place => given as Place;
const folderOf = (work: Pick<JobWork, 'given'>): string => placeOf(work).folder;

export const askedBy = ({ params }: Pick<JobWork, 'params'>): string => String(params['by'] ?? 'holdfast');

export const openJobStore = (work: Work): Promise<Store> => {
  const { url, keyFile } = placeOf(work);
  return openStore({
    ...{ url, keyFile, domains, mustExist: true },
    origin: { actor: askedBy(work), via: 'api', request: work.jobId },
  });
};

/** The server's own key file for archives: made when first needed. */
export const archiveKeyFile = (work: Pick<JobWork, 'given'>): string => join(folderOf(work), 'archive.key');

/** The folder of archives. */
export function backupFolder(work: Pick<JobWork, 'given'>): string {
  const folder = placeOf(work).backups;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

export async function keysToLock(work: Work, store: Store): Promise<UnlockKey[]> {
  const passphrase = openParam(store, work.params['passphrase']);
  if (passphrase !== undefined) return [new PassphraseKey(passphrase)];
  if (work.params['encrypt'] === false) return [];
  const path = archiveKeyFile(work);
  if (!existsSync(path)) await createKeyFile(path);
  return [await readKeyFile(path)];
}

/** Every key that is at hand. */
export async function keysToOpen(work: Work, store: Store): Promise<UnlockKey[]> {
  const passphrase = openParam(store, work.params['passphrase']);
  const path = archiveKeyFile(work);
  return [
    ...(passphrase === undefined ? [] : [new PassphraseKey(passphrase)]),
    ...(existsSync(path) ? [await readKeyFile(path)] : []),
  ];
}

/** The same place as the command line sees it, for what finds archives. */
export function invocationOf(work: Pick<JobWork, 'given' | 'signal'>): Invocation {
  const program = new Command().option('--data <folder>').option('--database <url>').option('--yes');
  program.parse(['--data', folderOf(work), '--database', placeOf(work).url, '--yes'], { from: 'user' });
  return new Invocation(program, { json: true, signal: work.signal, outcome: { exit: 0 } });
}

interface Told {
  readonly phase: string;
  readonly table?: string;
  readonly done: number;
  readonly total: number;
}

/** Progress of rows as progress of a job: a phase is named when it begins. */
export function teller(progress: (told: JobProgress) => void): (told: Told) => void {
  let current: string | undefined;
  return ({ phase, table, done, total }) => {
    const began = phase === current ? {} : { phase };
    current = phase;
    progress({
      ...began,
      done,
      ...(total > 0 ? { total } : {}),
      ...(table === undefined ? {} : { message: table }),
    });
  };
}
