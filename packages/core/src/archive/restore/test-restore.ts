// A test restore: an archive counts as good only when all of it has been brought back once.

import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../../errors.ts';
import { makeOwnFolder } from '../../files/own-folder.ts';
import type { Domain } from '../../schema/domain.ts';
import { openStore } from '../../store/open-store.ts';
import type { OnProgress } from '../backup/pace.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { dropThreads } from './kept-thread.ts';
import { restoreArchive } from './restore-archive.ts';

export interface TestRestoreOptions {
  readonly domains: readonly Domain[];
  /** Where there is room for the database. @default the folder for temporary files */
  readonly folder?: string;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

const cacheKib = 2_048;

export interface TestRestoreResult {
  /** Rows that were restored, read again and found equal. */
  readonly rows: number;
  readonly tables: number;
  /** Of all tables. */
  readonly digest: string;
  readonly durationMs: number;
}

/**
 * 1. Restores into a new SQLite file in a folder of its own, whatever the engine of the archive, with a key of its own.
 * 2. Has the restored database checked: pages, indexes, references, values.
 * 3. Removes the folder, also after a failure. What a killed process leaves of it, the next test restore removes.
 * Needs room for the database.
 * @throws PROOF_FAILED, VALUE_LOSSY, and what a restore throws
 */
export async function testRestore(
  chain: readonly ArchiveReader[],
  { domains, folder = tmpdir(), onProgress, signal }: TestRestoreOptions,
): Promise<TestRestoreResult> {
  const startedAt = performance.now();
  const scratch = makeOwnFolder(folder, 'holdfast-drill');
  try {
    const place = {
      url: `sqlite:${join(scratch, 'restored.db')}`,
      keyFile: join(scratch, 'secret.key'),
      domains,
    };
    const { recordsRestored, tables, digest } = await restoreArchive(chain, {
      ...{ ...place, by: { name: 'holdfast', via: 'schedule' } },
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
    // What comes next takes memory of its own.
    await dropThreads();
    // Each page is read once.
    const url = `${place.url}?cache_size=${cacheKib}`;
    await using store = await openStore({ ...place, url, mustExist: true });
    const [finding, ...more] = await store.check();
    if (finding !== undefined)
      throw new HoldfastError(
        'PROOF_FAILED',
        `the restored database is not sound: ${finding.where}: ${finding.what}${more.length > 0 ? `, and ${more.length} more` : ''}`,
        { details: { findings: [finding, ...more].slice(0, 20) } },
      );
    return {
      ...{ rows: recordsRestored, tables: tables.length, digest },
      durationMs: Math.round(performance.now() - startedAt),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
