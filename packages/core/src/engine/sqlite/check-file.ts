// Looking through a database file. SQLite answers only when it is through, so a large file is looked through by a thread.

import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { HoldfastError } from '../../errors.ts';
import { type plainError, toHoldfastError } from '../../job/module-messages.ts';
import type { Finding } from '../engine.ts';
import { translate } from './errors.ts';
import { check } from './health.ts';
import { SqliteSession } from './session.ts';

export type FromCheck = { readonly findings: Finding[] } | { readonly error: ReturnType<typeof plainError> };

export interface CheckedFile {
  readonly path: string;
  readonly busyTimeoutMs: number;
}

/** Bytes from which on looking takes longer than starting a thread. */
const muchBytes = 4 * 1024 * 1024;
/** It makes hardly any objects. */
const youngMiB = 1;

const entry = new URL(
  import.meta.url.endsWith('.ts') ? './check-thread.ts' : './check-thread.js',
  import.meta.url,
);

/** Damaged pages and indexes, and references to records that are not there. @throws DATABASE_BUSY */
export async function checkFile(file: CheckedFile): Promise<Finding[]> {
  if ((statSync(file.path, { throwIfNoEntry: false })?.size ?? 0) < muchBytes) return checkHere(file);
  const { promise, resolve, reject } = Promise.withResolvers<FromCheck>();
  const thread = new Worker(entry, {
    workerData: file,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: youngMiB },
  });
  thread.once('message', resolve);
  thread.once('error', reject);
  thread.once('exit', () => reject(new HoldfastError('BUG', 'the thread that checks ended by itself')));
  const told = await promise;
  if ('error' in told) throw toHoldfastError(told.error);
  return told.findings;
}

/** In the thread that asks. */
export async function checkHere({ path, busyTimeoutMs }: CheckedFile): Promise<Finding[]> {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs });
    db.exec('PRAGMA trusted_schema=OFF');
    return await check(new SqliteSession(db, path));
  } catch (error) {
    throw translate(error, path);
  } finally {
    db?.close();
  }
}
