// What killed processes left: parts of archives that nobody goes on with, and whole ones that nobody entered.

import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isHoldfastError } from '../../errors.ts';
import { type Instant, parseInstant } from '../../schema/instant.ts';
import type { Store } from '../../store/open-store.ts';
import { archives } from '../../system/tables.ts';
import { selectionIn } from '../backup/base-archive.ts';
import { registerArchive } from '../backup/register.ts';
import { requireTimeline } from '../backup/timeline.ts';
import { outlineArchive } from '../format/archive-reader.ts';
import { openFileSource } from '../format/file-source.ts';
import { listTargets, openNamedTarget } from '../places/named-targets.ts';

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

/**
 * Enters archives of this database's timeline that are whole in the folder and not in the register: their process was
 * killed between giving the file its name and entering it. @param copyTo targets that they are to be on @returns their ids
 */
export async function adoptArchives(
  store: Store,
  folder: string,
  copyTo: readonly string[] = [],
): Promise<string[]> {
  const { id: timeline } = await requireTimeline(store);
  const names = (await namesIn(folder)).filter((name) => name.endsWith('.sma'));
  if (names.length === 0) return [];
  const known = new Set<string>();
  for await (const rows of store.repository(archives).stream()) for (const { path } of rows) known.add(path);
  const adopted: string[] = [];
  for (const name of names) {
    const path = resolve(folder, name);
    if (known.has(path)) continue;
    const header = await headerOf(path);
    if (header?.timeline !== timeline) continue;
    if ((await store.repository(archives).get({ id: header.id })) !== undefined) continue;
    await registerArchive(store, {
      ...{ path, takenAt: parseInstant(header.createdAt), durationMs: 0, copyTo },
      schemaVersions: (header.metadata['schemaVersions'] ?? {}) as Record<string, string>,
      selection: selectionIn(header),
    });
    adopted.push(header.id);
  }
  return adopted;
}

async function headerOf(path: string) {
  try {
    const source = await openFileSource(path);
    return (await outlineArchive(source).finally(() => source.close())).header;
  } catch (error) {
    // No archive, or not a whole one: not ours to enter.
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}

export interface Leftovers {
  /** Parts of archives in the folder. */
  readonly partial: readonly string[];
  /** Uploads that were never finished, as `TARGET:FILE`. */
  readonly uploads: readonly string[];
  /** Targets that did not answer, and why. */
  readonly unreachable: readonly {
    readonly target: string;
    readonly code: string;
    readonly message: string;
  }[];
}

/** Removes parts of archives, and marks of who writes them, without a sign of life since then, in the folder and on every target. */
export async function removeLeftovers(store: Store, folder: string, before: Instant): Promise<Leftovers> {
  const partial: string[] = [];
  for (const name of await namesIn(folder)) {
    if (!/\.sma\.(partial|writer)$/.test(name)) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (mtimeMs * 1000 >= before) continue;
    await rm(path, { force: true });
    if (name.endsWith('.partial')) partial.push(path);
  }
  const uploads: string[] = [];
  const unreachable: { target: string; code: string; message: string }[] = [];
  for (const { name } of await listTargets(store)) {
    const target = await openNamedTarget(store, name);
    try {
      const removed = await target.removeUnfinished(before);
      uploads.push(...removed.map((upload) => `${name}:${upload.name}`));
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      unreachable.push({ target: name, code: error.code, message: error.message });
    } finally {
      await target.close();
    }
  }
  return { partial, uploads, unreachable };
}
