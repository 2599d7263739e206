// What the tests of the SQLite engine share: scratch folders, a small domain, bare connections.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished } from 'vitest';
import { HoldfastError } from '../../errors.ts';
import type { Domain } from '../../schema/domain.ts';
import type { AnyTable } from '../../schema/table.ts';
import { openStore, type Store, type StoreOptions } from '../../store/open-store.ts';
import { domainOf, things } from './test-tables.ts';

export { things };

export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const scratchPath = (): string => join(scratchFolder(), 'test.db');

interface Opening extends Partial<StoreOptions<Domain>> {
  readonly busyTimeoutMs?: number;
  readonly tables?: readonly AnyTable[];
}

/** A store over `things`, or other tables, closed when the test ends. */
export async function open(
  path: string,
  { busyTimeoutMs = 100, tables = [things], ...options }: Opening = {},
): Promise<Store> {
  const url = `sqlite:${path}?busy_timeout=${busyTimeoutMs}`;
  const store = await openStore({ url, domains: [domainOf(...tables)], ...options });
  onTestFinished(() => store.close());
  return store as unknown as Store;
}

/** A database with one record, closed again. */
export async function makeDatabase(path = scratchPath()): Promise<string> {
  const store = await open(path);
  await store.repository(things).insert({ id: 1, name: 'one' });
  await store.close();
  return path;
}

/** A bare connection, as another program has one; closed when the test ends. */
export function bare(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { defensive: false });
  onTestFinished(() => {
    if (db.isOpen) db.close();
  });
  return db;
}

export const digest = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Every file of a folder with a digest of its bytes, the shared-memory index of the log excepted: it is scratch space. */
export const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => [name, digest(readFileSync(join(folder, name)))]),
  );

/** The error that the work ends with. Fails when it succeeds, or fails with anything but a named error. */
export async function refusal(work: Promise<unknown> | (() => unknown)): Promise<HoldfastError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  return expect.fail('expected a refusal, but it succeeded');
}
