// A full backup: one state of all tables, written to one archive.

import type { Snapshot } from '../../engine/snapshot.ts';
import { throwIfAborted } from '../../engine/write-lock.ts';
import { formatInstant } from '../../schema/instant.ts';
import { physicalSpecs, type TableSpec } from '../../schema/spec.ts';
import { uuid7 } from '../../schema/uuid7.ts';
import type { Store } from '../../store/open-store.ts';
import { migrationsTable } from '../../update/migrations-table.ts';
import type { LockKey } from '../crypto/keys.ts';
import { ArchiveWriter } from '../format/archive-writer.ts';
import { openFileSink } from '../format/file-sink.ts';
import type { ArchiveType, Compression, NewArchiveHeader } from '../format/header.ts';
import type { ArchiveResult } from '../format/writing.ts';
import { type Part, partsOf, selectSpecs, specsOf } from './content.ts';
import { type OnProgress, Pace } from './pace.ts';
import { registerArchive } from './register.ts';
import {
  type AppliedMigration,
  type SchemaDocument,
  schemaFingerprint,
  schemaVersions,
} from './schema-document.ts';
import { omitSecrets, openSecrets } from './secrets.ts';
import { stateEntry, summaryEntry } from './state-entry.ts';
import { requireTimeline } from './timeline.ts';

export interface BackupOptions {
  /** Of the archive; nothing may be there. Its folder must exist. */
  readonly path: string;
  /** Any one of them opens the archive. Without any it is not encrypted, and secrets are left out. @default [] */
  readonly keys?: readonly LockKey[];
  /** @default 'zstd' */
  readonly compression?: Compression;
  /** Domains, resources, tables and data classes by name; what they refer to comes along. @default everything */
  readonly only?: readonly string[];
  /** For people; in clear in the header. */
  readonly description?: string;
  /** Who asked for it; in clear in the header. */
  readonly createdBy?: string;
  readonly onProgress?: OnProgress;
  /** Ends it with CANCELLED; nothing of the archive is left. */
  readonly signal?: AbortSignal;
}

export interface BackupResult {
  readonly id: string;
  readonly path: string;
  readonly type: ArchiveType;
  /** Rows in the archive, histories included. */
  readonly rows: number;
  /** Of the file. */
  readonly bytes: number;
  /** Merkle root over its content, in hex. */
  readonly root: string;
  /** Only a test restore makes it true. */
  readonly proven: false;
  readonly durationMs: number;
  readonly tables: readonly {
    readonly table: string;
    readonly rows: number;
    readonly digest: string | undefined;
  }[];
  /** Secrets that an archive without a key does not have. */
  readonly omittedSecrets: number;
}

/**
 * Backs up the database while it is used; nobody waits for it.
 * 1. Begins the database's timeline where it has none: a row among the settings. When this fails, nothing was done.
 * 2. Takes a snapshot of all tables, and opens `PATH.partial`.
 * 3. Writes schema document, tables, histories, counters and the position of the reader of changes. A failure, a full disk
 *    and a cancellation remove the partial file; a killed process leaves it.
 * 4. Flushes the file to the disk and gives it its name.
 * 5. Enters it in the register. When this fails, the archive is there and whole all the same.
 * Needs room for the archive, and memory for a chunk.
 * @throws ARCHIVE_EXISTS, ARCHIVE_NOT_FOUND without the folder, DISK_FULL, RESOURCE_UNKNOWN, SECRET_KEY_WRONG, CANCELLED
 */
export async function createBackup(store: Store, options: BackupOptions): Promise<BackupResult> {
  const { path, signal, only } = options;
  const startedAt = performance.now();
  throwIfAborted(signal);
  const content = selectSpecs(store.domains, only);
  const { id: timeline } = await requireTimeline(store);
  const all = [migrationsTable.spec, ...specsOf(store.domains)];
  const snapshot = await store.engine.snapshot(all, { signal });
  try {
    const sink = await openFileSink(path);
    try {
      const encrypted = (options.keys ?? []).length > 0;
      const schema = await documentOf(store, snapshot, content, encrypted);
      const totals = await count(snapshot, content, options.onProgress);
      const header = await headerOf(store, snapshot, { options, timeline, schema, totals });
      const { keys, compression } = options;
      const writer = await ArchiveWriter.open(sink, {
        ...{ header, schema },
        ...(keys === undefined ? {} : { keys }),
        ...(compression === undefined ? {} : { compression }),
        ...(signal === undefined ? {} : { signal }),
      });
      await writer.json(stateEntry, await stateOf(snapshot, content, timeline));
      const omittedSecrets = await writeTables(store, snapshot, writer, {
        content,
        encrypted,
        pace: new Pace('reading', totals.records, options.onProgress),
      });
      await writer.json(summaryEntry, { omittedSecrets });
      const written = await writer.finish();
      throwIfAborted(signal);
      await sink.commit();
      const result = resultOf(written, options, omittedSecrets, startedAt);
      await registerArchive(store, {
        ...{ path, takenAt: snapshot.at, selection: only, durationMs: result.durationMs },
        schemaVersions: schemaVersions(schema.migrations),
      });
      return result;
    } catch (error) {
      await sink.abort();
      throw error;
    }
  } finally {
    await snapshot.close();
  }
}

async function documentOf(
  { domains }: Store,
  snapshot: Snapshot,
  content: readonly TableSpec[],
  encrypted: boolean,
): Promise<SchemaDocument> {
  const migrations: AppliedMigration[] = [];
  for await (const rows of snapshot.rows(migrationsTable.spec))
    for (const [domain, id, checksum, appliedAt, appliedBy] of rows as [
      string,
      string,
      string,
      number,
      string,
    ][])
      migrations.push({ domain, id, checksum, appliedAt, appliedBy });
  return {
    format: 1,
    tables: specsOf(domains),
    migrations,
    content: content.map(({ name }) => name),
    secrets: encrypted ? 'clear' : 'omitted',
  };
}

interface Totals {
  readonly tables: number;
  readonly records: number;
}

async function count(
  snapshot: Snapshot,
  content: readonly TableSpec[],
  onProgress: OnProgress | undefined,
): Promise<Totals> {
  const parts = content.flatMap(partsOf);
  const pace = new Pace('counting', parts.length, onProgress);
  let records = 0;
  for (const { spec } of parts) {
    records += await snapshot.count(spec);
    pace.add(spec.name, 1);
  }
  return { tables: parts.length, records };
}

async function headerOf(
  { engine }: Store,
  { at }: Snapshot,
  made: {
    readonly options: BackupOptions;
    readonly timeline: string;
    readonly schema: SchemaDocument;
    readonly totals: Totals;
  },
): Promise<NewArchiveHeader> {
  const { options, timeline, schema, totals } = made;
  const { description, createdBy, only } = options;
  const { version } = await engine.stats();
  return {
    ...{ id: uuid7(Math.floor(at / 1000)), type: 'full', timeline, createdAt: formatInstant(at) },
    engine: { name: engine.name, version },
    schema: schemaFingerprint(schema.tables),
    counts: totals,
    metadata: {
      schemaVersions: schemaVersions(schema.migrations),
      dataClasses: classesOf(schema),
      secrets: schema.secrets,
      ...(only === undefined ? {} : { selection: [...only] }),
      ...(description === undefined ? {} : { description }),
      ...(createdBy === undefined ? {} : { createdBy }),
    },
  };
}

const classesOf = ({ tables, content }: SchemaDocument): string[] => [
  ...new Set(tables.filter(({ name }) => content.includes(name)).map(({ dataClass }) => dataClass)),
];

async function stateOf(snapshot: Snapshot, content: readonly TableSpec[], timeline: string) {
  const serials = await snapshot.serials(content.flatMap(physicalSpecs));
  return {
    timeline,
    at: snapshot.at,
    position: snapshot.position,
    serials: serials.map(({ table, column, next }) => ({ table, column, next: String(next) })),
  };
}

/** @returns secrets that were left out */
async function writeTables(
  { secrets }: Store,
  snapshot: Snapshot,
  writer: ArchiveWriter,
  {
    content,
    encrypted,
    pace,
  }: { readonly content: readonly TableSpec[]; readonly encrypted: boolean; readonly pace: Pace },
): Promise<number> {
  let omitted = 0;
  for (const part of content.flatMap(partsOf)) {
    const { spec, of, kind, columns } = part;
    const stream = await writer.table({
      kind,
      table: spec.name,
      columns,
      key: [],
      metadata: metadataOf(part),
    });
    const onSecrets = encrypted ? openSecrets(of, columns, secrets) : omitSecrets(of, columns);
    const names = columns.map(({ name }) => name);
    for await (const rows of snapshot.rows(spec, { columns: names })) {
      const found = onSecrets(rows);
      if (!encrypted) omitted += found;
      await stream.writeRows(rows);
      pace.add(spec.name, rows.length);
    }
    await stream.end();
  }
  return omitted;
}

const metadataOf = ({ spec, of }: Part): Record<string, unknown> => ({ class: spec.dataClass, of });

function resultOf(
  { id, rows, bytes, root, tables }: ArchiveResult,
  { path }: BackupOptions,
  omittedSecrets: number,
  startedAt: number,
): BackupResult {
  return {
    ...{ id, path, type: 'full', rows, bytes, root, proven: false },
    durationMs: Math.round(performance.now() - startedAt),
    tables: tables.map(({ table, rows: count, digest }) => ({ table, rows: count, digest })),
    omittedSecrets,
  };
}
