// The rows of an archive of an older schema as they are today: restored beside everything, migrated there, and read from there.

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isHoldfastError } from '../../errors.ts';
import { makeOwnFolder } from '../../files/own-folder.ts';
import type { Domain } from '../../schema/domain.ts';
import { latestSpec, type TableSpec } from '../../schema/spec.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import { systemDomain } from '../../system/domain.ts';
import type { Migration } from '../../update/migration.ts';
import { specsOf } from '../backup/content.ts';
import type { OnProgress } from '../backup/pace.ts';
import type { SchemaDocument } from '../backup/schema-document.ts';
import { openSecrets } from '../backup/secrets.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { restoreArchive } from '../restore/restore-archive.ts';
import type { ContentTable } from './contents.ts';
import { checkColumns } from './table-form.ts';

export interface MigrateContents {
  /** Where there is room for the database of the archive. @default the folder for temporary files */
  readonly folder?: string | undefined;
  /** @default 'refuse' */
  readonly lossy?: 'refuse' | 'nearest' | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A statement that changes records, and not only what they are declared as. */
const changesRows = /^\s*(?:insert|update|delete|replace|merge|with)\b/i;

/**
 * Whether rows of the archive are no rows of today's tables: migrations that it lacks have changed records, or the tables
 * are not as the archive declares them. Columns and tables that came since are nothing of the kind.
 * @param pending migrations that the archive lacks
 */
export function isOutgrown(
  schema: SchemaDocument,
  domains: readonly Domain[],
  pending: readonly Migration[],
): boolean {
  if (pending.length === 0) return false;
  const statements = pending.flatMap(({ steps }) =>
    steps.flatMap((step) => ('sql' in step ? Object.values(step.sql).flat() : [])),
  );
  if (statements.some((sql) => changesRows.test(sql))) return true;
  const ours = new Map(specsOf(domains).map((spec) => [spec.name, spec]));
  return schema.tables
    .filter(({ name }) => schema.content.includes(name))
    .some((theirs) => {
      const spec = ours.get(theirs.name);
      return spec === undefined || !fits(spec, theirs) || !fits(latestSpec(spec), latestSpec(theirs));
    });
}

function fits(spec: TableSpec | undefined, theirs: TableSpec | undefined): boolean {
  if (theirs === undefined || spec === undefined) return theirs === undefined;
  try {
    checkColumns(spec, theirs.columns);
    return true;
  } catch (error) {
    if (isHoldfastError(error) && error.code === 'RESTORE_SCHEMA') return false;
    throw error;
  }
}

export interface MigratedTables {
  readonly tables: ReadonlyMap<string, ContentTable>;
  /** Removes what was made. */
  readonly close: () => Promise<void>;
}

/**
 * 1. Restores the chain into a SQLite file in a folder of its own, with a key of its own; compares every table.
 * 2. Has the migrations done there that it lacks.
 * 3. Gives its rows, until it is closed. What a killed process leaves of it, the next such restore removes.
 * @throws what a restore throws
 */
export async function migratedTables(
  chain: readonly ArchiveReader[],
  domains: readonly Domain[],
  schema: SchemaDocument,
  { folder = tmpdir(), lossy, onProgress, signal }: MigrateContents,
): Promise<MigratedTables> {
  const own = domains.filter(({ name }) => name !== systemDomain.name);
  const scratch = makeOwnFolder(folder, 'holdfast-migrated');
  const remove = (): void => rmSync(scratch, { recursive: true, force: true });
  const place = {
    url: `sqlite:${join(scratch, 'migrated.db')}`,
    keyFile: join(scratch, 'secret.key'),
    domains: own,
  };
  let store: Store | undefined;
  try {
    await restoreArchive(chain, {
      ...{ ...place, by: { name: 'holdfast', via: 'restore' } },
      ...(lossy && { lossy }),
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    });
    store = (await openStore({ ...place, mustExist: true })) as Store;
    const tables = await tablesOf(store, schema);
    const opened = store;
    return {
      tables,
      close: async () => {
        await opened.close();
        remove();
      },
    };
  } catch (error) {
    await store?.close();
    remove();
    throw error;
  }
}

/** Those that the archive has, and those that migrations have made of its records. */
async function tablesOf(store: Store, schema: SchemaDocument): Promise<Map<string, ContentTable>> {
  const before = new Set(schema.tables.map(({ name }) => name));
  const tables = new Map<string, ContentTable>();
  for (const spec of specsOf(store.domains)) {
    const rows = await countOf(store, spec);
    if (before.has(spec.name) ? !schema.content.includes(spec.name) : rows === 0) continue;
    const latest = latestSpec(spec);
    tables.set(spec.name, tableOf(store, spec, spec.name, rows));
    if (latest !== undefined)
      tables.set(latest.name, tableOf(store, latest, spec.name, await countOf(store, latest)));
  }
  return tables;
}

async function countOf({ engine }: Store, { name }: TableSpec): Promise<number> {
  const sql = `SELECT count(*) FROM ${engine.syntax.quote(name)}`;
  const [count] = (await engine.read((session) => session.get({ sql }, [])))!;
  return Number(count);
}

function tableOf(store: Store, spec: TableSpec, of: string, rows: number): ContentTable {
  const open = openSecrets(of, spec.columns, store.secrets);
  return {
    columns: spec.columns,
    rows,
    async *read(signal) {
      const snapshot = await store.engine.snapshot([spec], { signal });
      try {
        for await (const part of snapshot.rows(spec)) {
          open(part);
          yield part;
        }
      } finally {
        await snapshot.close();
      }
    },
  };
}
