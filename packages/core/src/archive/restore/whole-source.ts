// A restore of whole archives, before and after its tables are filled: what is to come back, whether this program may do
// it, the last steps, and what there is to tell of it.

import type { Domain } from '../../schema/domain.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import { systemDomain } from '../../system/domain.ts';
import { checkMigrations } from '../../update/migrate.ts';
import { hasHistories, partOf } from '../backup/base-archive.ts';
import { readOmittedSecrets } from '../backup/state-entry.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { beginAnew, type RestoredFrom } from './begin-anew.ts';
import { carryArchives } from './carry-archives.ts';
import { type Content, type Filled, readContent } from './fill.ts';
import { overallDigest } from './overall-digest.ts';
import type { RestoredTable } from './restore-archive.ts';

export interface WholeSource extends Content {
  readonly chain: readonly ArchiveReader[];
  /** Those of the program, and its own. */
  readonly domains: readonly Domain[];
  readonly omittedSecrets: number;
}

/** @throws CHAIN_BROKEN, CHAIN_TIMELINE, DATABASE_NEWER, MIGRATION_CHANGED, ARCHIVE_CORRUPT */
export async function readWhole(
  chain: readonly ArchiveReader[],
  given: readonly Domain[],
): Promise<WholeSource> {
  const content = await readContent(chain);
  const { header, schema } = content;
  const domains: readonly Domain[] = [systemDomain, ...given];
  const applied = schema.migrations.map(({ domain, id, checksum }) => [`${domain}/${id}`, checksum] as const);
  checkMigrations(domains, new Map(applied), `the archive ${header.id}`);
  const omittedSecrets = Math.max(...(await Promise.all(chain.map(readOmittedSecrets))));
  return { ...content, chain, domains, omittedSecrets };
}

/**
 * Brings what was filled to the schema of the program, and lets it go.
 * @param living what it takes the place of
 * @returns the id of the new timeline
 */
export async function letGo(
  { header, at, domains }: WholeSource,
  url: string,
  { keyFile, by }: { readonly keyFile: string; readonly by: RestoredFrom['by'] },
  living?: Store,
): Promise<string> {
  const origin = { actor: by.name, via: by.via, reason: `restore of the archive ${header.id}` };
  const own = domains.filter(({ name }) => name !== systemDomain.name);
  await using store = await openStore({
    url,
    domains: own,
    keyFile,
    origin,
    mustExist: true,
    restoring: true,
  });
  if (living !== undefined) await carryArchives(living, store);
  return await beginAnew(store, { header, at, by });
}

/** What there is to tell of it. */
export function filledResult(
  { report, expected, digests, losses }: Filled,
  { omittedSecrets: omitted, chain, domains }: WholeSource,
) {
  const { header } = chain.at(-1)!;
  const part = partOf(header, domains);
  const tables = report.tables
    .filter(({ table }) => expected.has(table))
    .map(
      ({ table, rows, lossy }): RestoredTable => ({
        table,
        inserted: rows,
        updated: 0,
        skipped: 0,
        conflicts: 0,
        lossy,
      }),
    );
  const lost = tables.reduce((sum, { lossy }) => sum + lossy, 0);
  return {
    success: true as const,
    tables,
    recordsRestored: tables.reduce((sum, { inserted }) => sum + inserted, 0),
    errors: [],
    warnings: [
      ...(omitted === 0 ? [] : [`${omitted} secrets are not in the archive: enter them again`]),
      ...(part === undefined ? [] : [`the archive is of a part, ${part.join(', ')}: all else is empty`]),
      ...(hasHistories(header)
        ? []
        : ['histories are not in the archive: the past begins with the instant that it was taken at']),
      ...(lost === 0 ? [] : [`${lost} values cannot be kept as they are`]),
    ],
    losses: losses.map(({ key, ...loss }) => ({ ...loss, key: key.map(String).join(', ') })),
    digest: overallDigest(digests),
  };
}
