// A backup: one state of all tables, or what has changed since another one, written to one archive.

import type { Snapshot } from '../../engine/snapshot.ts';
import { throwIfAborted } from '../../engine/write-lock.ts';
import { formatInstant } from '../../schema/instant.ts';
import { physicalSpecs, type TableSpec } from '../../schema/spec.ts';
import { uuid7 } from '../../schema/uuid7.ts';
import type { Store } from '../../store/open-store.ts';
import { migrationsTable } from '../../update/migrations-table.ts';
import type { LockKey } from '../crypto/keys.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { ArchiveWriter } from '../format/archive-writer.ts';
import { openFileSink } from '../format/file-sink.ts';
import type { ArchiveType, Compression, NewArchiveHeader } from '../format/header.ts';
import type { RowKind } from '../format/stream.ts';
import type { ArchiveResult } from '../format/writing.ts';
import { partsOf, selectSpecs, specsOf } from './content.ts';
import { baseOf, sinceOf } from './increment.ts';
import { type OnProgress, Pace } from './pace.ts';
import { registerArchive } from './register.ts';
import {
  type AppliedMigration,
  type SchemaDocument,
  schemaFingerprint,
  schemaVersions,
} from './schema-document.ts';
import { stateEntry, summaryEntry } from './state-entry.ts';
import { requireTimeline } from './timeline.ts';
import { writeTables } from './write-tables.ts';

export interface BackupOptions {
  /** Of the archive; nothing may be there. Its folder must exist. */
  readonly path: string;
  /** Any one of them opens the archive. Without any it is not encrypted, and secrets are left out. @default [] */
  readonly keys?: readonly LockKey[];
  /** @default 'zstd' */
  readonly compression?: Compression;
  /** Domains, resources, tables and data classes by name; what they refer to comes along. @default everything */
  readonly only?: readonly string[];
  /**
   * Only what has changed since this archive: `incremental` goes on from any, `differential` from a full one. It has the
   * same selection of tables. @default a full backup
   */
  readonly since?: { readonly type: 'incremental' | 'differential'; readonly archive: ArchiveReader };
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
  /** The archive that it goes on from; none of a full one. */
  readonly base?: string;
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
    /** `rows` and `history` of a whole table; `upserts` and `deletes` where only changes are in it. */
    readonly kind: RowKind;
    readonly rows: number;
    readonly digest: string | undefined;
  }[];
  /** Secrets that an archive without a key does not have. */
  readonly omittedSecrets: number;
}

/**
 * Backs up the database while it is used; nobody waits for it.
 * 1. Begins the database's timeline where it has none: a row among the settings. When this fails, nothing was done.
 * 2. Takes a snapshot of all tables, and opens `PATH.partial`. An increment looks whether capture is whole, and notes gaps.
 * 3. Writes schema document, tables, histories, counters and the position of the reader of changes. A failure, a full disk
 *    and a cancellation remove the partial file; a killed process leaves it.
 * 4. Flushes the file to the disk and gives it its name.
 * 5. Enters it in the register. When this fails, the archive is there and whole all the same.
 * Needs room for the archive, and memory for a chunk; an increment also for the keys that have changed.
 * @throws ARCHIVE_EXISTS, ARCHIVE_NOT_FOUND without the folder, DISK_FULL, RESOURCE_UNKNOWN, SECRET_KEY_WRONG, CANCELLED;
 * of an increment CHAIN_TIMELINE, CHAIN_BROKEN
 */
export async function createBackup(store: Store, options: BackupOptions): Promise<BackupResult> {
  const { path, signal, only, onProgress } = options;
  const startedAt = performance.now();
  throwIfAborted(signal);
  const { id: timeline } = await requireTimeline(store);
  const base = await baseOf(store, options, timeline);
  const content = base?.content ?? selectSpecs(store.domains, only);
  const all = [migrationsTable.spec, ...specsOf(store.domains)];
  const snapshot = await store.engine.snapshot(all, { signal, position: base?.state.position });
  try {
    const sink = await openFileSink(path);
    try {
      const since = base && (await sinceOf(store, content, base));
      const encrypted = (options.keys ?? []).length > 0;
      const schema = await documentOf(store, snapshot, content, encrypted);
      const totals = since === undefined ? await count(snapshot, content, onProgress) : countOf(content);
      const header = await headerOf(store, snapshot, { options, timeline, schema, totals });
      const { keys, compression } = options;
      const writer = await ArchiveWriter.open(sink, {
        ...{ header, schema },
        ...(keys === undefined ? {} : { keys }),
        ...(compression === undefined ? {} : { compression }),
        ...(signal === undefined ? {} : { signal }),
      });
      await writer.json(stateEntry, await stateOf(snapshot, content, timeline));
      const pace = new Pace('reading', totals.records ?? 0, onProgress);
      const { secrets } = store;
      const omittedSecrets = await writeTables(snapshot, writer, {
        content,
        secrets,
        encrypted,
        since,
        pace,
      });
      await writer.json(summaryEntry, { omittedSecrets });
      const written = await writer.finish();
      throwIfAborted(signal);
      await sink.commit();
      const result = resultOf(written, options, omittedSecrets, startedAt);
      await registerArchive(store, {
        ...{ path, takenAt: snapshot.at, selection: selectionOf(options), durationMs: result.durationMs },
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
  /** Of an increment it is known when everything was read. */
  readonly records?: number;
}

const countOf = (content: readonly TableSpec[]): Totals => ({ tables: content.flatMap(partsOf).length });

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
  const { description, createdBy } = options;
  const only = selectionOf(options);
  const { version } = await engine.stats();
  return {
    ...{ id: uuid7(Math.floor(at / 1000)), timeline, createdAt: formatInstant(at) },
    ...(options.since === undefined ? { type: 'full' as const } : lineOf(options.since)),
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

/** An increment has that of the archive that it goes on from. */
const selectionOf = ({ only, since }: BackupOptions): readonly string[] | undefined =>
  only ?? (since?.archive.header.metadata['selection'] as readonly string[] | undefined);

/** What it goes on from, and the full archive that this goes back to. */
function lineOf({ type, archive: { header } }: NonNullable<BackupOptions['since']>) {
  const base = header.type === 'full' ? header.id : header.base;
  return { type, parent: header.id, ...(base === undefined ? {} : { base }) };
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

function resultOf(
  { id, rows, bytes, root, tables }: ArchiveResult,
  { path, since }: BackupOptions,
  omittedSecrets: number,
  startedAt: number,
): BackupResult {
  return {
    ...{ id, path, type: since?.type ?? 'full', rows, bytes, root, proven: false },
    ...(since === undefined ? {} : { base: since.archive.header.id }),
    durationMs: Math.round(performance.now() - startedAt),
    tables: tables.map(({ table, kind, rows: count, digest }) => ({ table, kind, rows: count, digest })),
    omittedSecrets,
  };
}
