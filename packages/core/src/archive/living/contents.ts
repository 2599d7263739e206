// What is restored into a living store, wherever it comes from: rows of declared tables, which can be read again.

import type { StoredRow } from '../../schema/codec.ts';
import type { Domain } from '../../schema/domain.ts';
import type { Instant } from '../../schema/instant.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import { pendingMigrations } from '../../update/migrate.ts';
import { parseSchemaDocument } from '../backup/schema-document.ts';
import { readOmittedSecrets, readState } from '../backup/state-entry.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { checkChain } from '../restore/check-chain.ts';
import { tableSources } from '../restore/table-sources.ts';
import { isOutgrown, type MigrateContents, migratedTables } from './migrated-contents.ts';

/** Rows of a declared table, or of the latest values of its gauges. */
export interface ContentTable {
  /** Of the values of a row, in their order. */
  readonly columns: readonly ColumnSpec[];
  /** More or less. */
  readonly rows: number;
  /** Exact values, secrets in clear; each key once. */
  read(signal?: AbortSignal): AsyncIterable<StoredRow[]>;
}

export interface Contents {
  readonly id: string;
  /** As `the archive 0198…`. */
  readonly label: string;
  /** The instant whose state it is. */
  readonly at: Instant;
  /** Secrets were left out when it was written: what is there in their place says nothing. */
  readonly secretsOmitted: boolean;
  readonly omittedSecrets: number;
  /** By name. */
  readonly tables: ReadonlyMap<string, ContentTable>;
  /** Removes what was made to read them, if anything was; to be called in the end. */
  readonly close?: () => Promise<void>;
}

/**
 * What the last archive of a chain has, histories apart: a restore into a living store is a change in the history of that one.
 * Only what is read later is read from the archives; but where migrations have changed what records are since, all of it is
 * restored into a scratch database first, and migrated there.
 * @param chain the full archive first
 * @param options of that scratch database
 * @throws CHAIN_BROKEN, CHAIN_TIMELINE, DATABASE_NEWER, MIGRATION_CHANGED, ARCHIVE_CORRUPT, and what a restore throws
 */
export async function contentsOf(
  chain: readonly ArchiveReader[],
  domains: readonly Domain[],
  options: MigrateContents = {},
): Promise<Contents> {
  checkChain(chain);
  const last = chain.at(-1)!;
  const schema = parseSchemaDocument(await last.schema());
  const applied = schema.migrations.map(({ domain, id, checksum }) => [`${domain}/${id}`, checksum] as const);
  const pending = pendingMigrations(domains, new Map(applied), `the archive ${last.header.id}`);
  const { at } = await readState(last);
  const shared = {
    ...{ id: last.header.id, label: `the archive ${last.header.id}`, at },
    secretsOmitted: schema.secrets === 'omitted',
    omittedSecrets: Math.max(...(await Promise.all(chain.map(readOmittedSecrets)))),
  };
  if (isOutgrown(schema, domains, pending))
    return { ...shared, ...(await migratedTables(chain, domains, schema, options)) };
  const rows = tableSources(chain, schema).filter(({ part }) => part.kind === 'rows');
  return {
    ...shared,
    tables: new Map(
      rows.map((source) => [
        source.part.spec.name,
        { columns: source.part.columns, rows: source.rows, read: (signal) => source.read(signal) },
      ]),
    ),
  };
}
