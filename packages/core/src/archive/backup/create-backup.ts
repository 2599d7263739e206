// A backup: one state of all tables, or what has changed since another one, written to one archive.

import type { SerialState, Snapshot } from '../../engine/snapshot.ts';
import { throwIfAborted } from '../../engine/write-lock.ts';
import { formatInstant } from '../../schema/instant.ts';
import { physicalSpecs, type TableSpec } from '../../schema/spec.ts';
import { uuid7 } from '../../schema/uuid7.ts';
import type { Store } from '../../store/open-store.ts';
import { journal } from '../../system/tables.ts';
import { keyMark } from '../../update/key-mark.ts';
import { migrationsTable } from '../../update/migrations-table.ts';
import type { LockKey } from '../crypto/keys.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { ArchiveWriter } from '../format/archive-writer.ts';
import type { Compression } from '../format/compression.ts';
import type { ArchiveType, NewArchiveHeader } from '../format/header.ts';
import type { RowKind } from '../format/stream.ts';
import type { ArchiveResult } from '../format/writing.ts';
import { readMigrations } from './applied-migrations.ts';
import { type BaseArchive, contentOf } from './base-archive.ts';
import { type Part, partsOf, selectSpecs, specsOf } from './content.ts';
import { type Base, baseOf, sinceOf } from './increment.ts';
import { noteUnchanged, putMark } from './marks.ts';
import { type OnProgress, Pace } from './pace.ts';
import { mostCounted, type PlannedPart, planTables, type Since } from './plan-tables.ts';
import { registerArchive } from './register.ts';
import {
  type AppliedMigration,
  type SchemaDocument,
  schemaFingerprint,
  schemaVersions,
} from './schema-document.ts';
import { type SegmentContent, segmentContent } from './segment.ts';
import { stateEntry, summaryEntry } from './state-entry.ts';
import { requireTimeline } from './timeline.ts';
import { writeTables } from './write-tables.ts';
import { openOwnSink } from './written-by.ts';

export interface BackupOptions {
  /** Of the archive; nothing may be there. Its folder must exist. */
  readonly path: string;
  /** Any one of them opens the archive. Without any it is not encrypted, and secrets are left out. @default [] */
  readonly keys?: readonly LockKey[];
  /** @default 'zstd' */
  readonly compression?: Compression;
  /** Domains, resources, tables and data classes by name; what they refer to comes along, and with any class what is critical. @default everything */
  readonly only?: readonly string[];
  /** Whether histories come along. An increment does as the archive that it goes on from. @default true */
  readonly histories?: boolean;
  /**
   * Only what has changed since this archive: `incremental` goes on from any, `differential` from a full one. It has the
   * same selection of tables. What `readMark` remembers of one does as well as the archive itself. @default a full backup
   */
  readonly since?: {
    readonly type: 'incremental' | 'differential';
    readonly archive: ArchiveReader | BaseArchive;
  };
  /** For people; in clear in the header. */
  readonly description?: string;
  /** Who asked for it; in clear in the header. */
  readonly createdBy?: string;
  /** Targets that it is to be on: noted together with the archive itself. Those that there are not are passed over. */
  readonly copyTo?: readonly string[];
  readonly onProgress?: OnProgress;
  /** Waited for when all is written, before the archive has its name. What it throws ends the backup. */
  readonly onWritten?: () => Promise<void>;
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
 * 1. Begins the database's timeline where it has none: a row among the settings. When this fails, or is refused, nothing was
 *    done.
 * 2. Takes a snapshot of all tables, and opens `PATH.partial`. An increment looks whether capture is whole, and notes gaps.
 * 3. Writes schema document, tables, histories, counters and the position of the reader of changes. A failure, a full disk
 *    and a cancellation remove the partial file; a killed process leaves it for `removeDeadParts`.
 * 4. Flushes the file to the disk and gives it its name.
 * 5. Enters it in the register. When this fails, the archive is there and whole all the same.
 * Needs room for the archive, and memory for a chunk; an increment also for the keys that have gone.
 * @throws ARCHIVE_EXISTS, ARCHIVE_NOT_FOUND without the folder, DISK_FULL, RESOURCE_UNKNOWN, SECRET_KEY_WRONG, CANCELLED;
 * of an increment CHAIN_TIMELINE, CHAIN_BROKEN
 */
export async function createBackup(store: Store, options: BackupOptions): Promise<BackupResult> {
  const { signal, only } = options;
  throwIfAborted(signal);
  const selected = selectSpecs(store.domains, only);
  const { id: timeline } = await requireTimeline(store);
  const base = await baseOf(store, options, timeline);
  const content = base?.content ?? selected;
  const all = [migrationsTable.spec, ...specsOf(store.domains)];
  const snapshot = await store.engine.snapshot(all, { raw: true, signal, position: base?.archive.position });
  try {
    const looks = base && sinceOf(store, content, base.archive);
    const facts = factsOf(store, snapshot, content);
    // Neither goes on behind the other's failure.
    await Promise.allSettled([looks, facts]);
    return await write(store, snapshot, {
      ...{ options: { ...options, type: options.since?.type ?? 'full' }, timeline, content, base },
      ...{ since: await looks, facts: await facts },
    });
  } finally {
    await snapshot.close();
  }
}

export interface SegmentOptions
  extends Pick<BackupOptions, 'path' | 'keys' | 'compression' | 'createdBy' | 'copyTo' | 'signal'> {
  readonly since: BaseArchive;
}

/**
 * A small archive for between two others: what has changed of tables with a history since the archive before, whatever
 * its type, and what must fit to that. The steps are those of `createBackup`.
 * @returns undefined where nothing critical has changed: then nothing is written, and the mark says until when that is so
 */
export async function createSegment(
  store: Store,
  options: SegmentOptions,
): Promise<BackupResult | undefined> {
  const { signal, since: archive, keys = [] } = options;
  throwIfAborted(signal);
  const { id: timeline } = await requireTimeline(store);
  const base = (await baseOf(store, { ...options, since: { type: 'incremental', archive } }, timeline))!;
  const { content } = base;
  const all = [migrationsTable.spec, ...specsOf(store.domains)];
  const snapshot = await store.engine.snapshot(all, { signal, position: archive.position });
  try {
    const since = await sinceOf(store, content, archive);
    const secrets = keys.length > 0 ? store.secrets : undefined;
    const segment = await segmentContent(snapshot, content, archive, since, secrets);
    if (!segment.critical) {
      await noteUnchanged(store, archive.id, snapshot.at);
      return undefined;
    }
    const facts = await factsOf(store, snapshot, content);
    return await write(store, snapshot, {
      ...{ options: { ...options, type: 'segment' }, timeline, content, base, since, facts, segment },
    });
  } finally {
    await snapshot.close();
  }
}

interface Writing {
  readonly options: Omit<BackupOptions, 'since'> & { readonly type: ArchiveType };
  readonly timeline: string;
  readonly content: readonly TableSpec[];
  readonly base: Base | undefined;
  readonly since: Since | undefined;
  readonly facts: Facts;
  readonly segment?: SegmentContent;
}

/** What an archive says beside its tables. */
interface Facts {
  readonly migrations: readonly AppliedMigration[];
  readonly serials: readonly SerialState[];
  /** Of the engine. */
  readonly version: string;
}

async function factsOf({ engine }: Store, snapshot: Snapshot, content: readonly TableSpec[]): Promise<Facts> {
  const stats = engine.stats();
  stats.catch(() => {});
  const migrations = (await readMigrations(snapshot)).filter(({ domain }) => domain !== keyMark.domain);
  const serials = await snapshot.serials(content.flatMap(physicalSpecs));
  const { version } = await stats;
  return { migrations, serials, version };
}

/** Steps 2 to 5. */
async function write(store: Store, snapshot: Snapshot, writing: Writing): Promise<BackupResult> {
  const startedAt = performance.now();
  const { options, timeline, content, base, segment } = writing;
  const { path, signal, onProgress, keys = [], compression } = options;
  const sink = await openOwnSink(path);
  try {
    const encrypted = keys.length > 0;
    const schema = documentOf(store, writing, encrypted);
    const { planned, expected, totals } = await plan(snapshot, writing);
    const header = headerOf(store, snapshot, { writing, schema, totals });
    const writer = await ArchiveWriter.open(sink, {
      ...{ header, schema, keys },
      ...(compression === undefined ? {} : { compression }),
      ...(signal === undefined ? {} : { signal }),
    });
    await writer.json(stateEntry, stateOf(snapshot, writing));
    const pace = new Pace('reading', expected, onProgress);
    const { secrets } = store;
    const origins = segment === undefined ? undefined : originsOf(content);
    const omittedSecrets = await writeTables(snapshot, writer, {
      planned,
      secrets,
      encrypted,
      pace,
      origins,
    });
    await writer.json(summaryEntry, { omittedSecrets });
    const written = await writer.finish();
    throwIfAborted(signal);
    await options.onWritten?.();
    await sink.commit();
    const result = resultOf(written, writing, omittedSecrets, startedAt);
    const selection = selectionOf(store, writing);
    await registerArchive(store, {
      ...{ path, takenAt: snapshot.at, selection, durationMs: result.durationMs, copyTo: options.copyTo },
      schemaVersions: schemaVersions(schema.migrations),
    });
    await putMark(store, keys, {
      ...{ id: result.id, type: options.type, timeline, selection, secrets: schema.secrets },
      histories: withHistories(writing),
      full: base?.archive.full ?? result.id,
      content: contentOf(schema.tables, schema.content),
      digests: digestsOf(written, segment === undefined ? undefined : base?.archive.digests),
      ...{ position: snapshot.position, at: snapshot.at },
    });
    return result;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/** Of whole tables. What a segment leaves out is as it was. */
const digestsOf = (
  { tables }: ArchiveResult,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> =>
  new Map([
    ...before,
    ...tables.flatMap(({ table, kind, digest }) =>
      kind === 'rows' && digest !== undefined ? [[table, digest] as [string, string]] : [],
    ),
  ]);

function documentOf(
  { domains }: Store,
  { content, facts: { migrations } }: Writing,
  encrypted: boolean,
): SchemaDocument {
  return {
    format: 1,
    tables: specsOf(domains),
    migrations: [...migrations],
    content: content.map(({ name }) => name),
    secrets: encrypted ? 'clear' : 'omitted',
  };
}

interface Totals {
  readonly tables: number;
  /** Of an increment, and of large tables, it is known when everything was read. */
  readonly records?: number;
}

interface Planned {
  readonly planned: readonly PlannedPart[];
  /** Rows, more or less; 0 where nobody can tell. */
  readonly expected: number;
  readonly totals: Totals;
}

async function plan(snapshot: Snapshot, writing: Writing): Promise<Planned> {
  const { options, content, since, segment } = writing;
  const { onProgress } = options;
  const parts = content.flatMap(partsOf);
  const pace = new Pace('counting', parts.length, since === undefined ? onProgress : undefined);
  const planned = await planTables(
    snapshot,
    parts.filter((part) => !segment?.leaveOut(part)),
    { since, histories: withHistories(writing) },
  );
  for (const { spec } of parts) pace.add(spec.name, 1);
  const expected = since === undefined ? planned.reduce((sum, { count }) => sum + count, 0) : 0;
  const exact = since === undefined && planned.every(({ count }) => count < mostCounted);
  return { planned, expected, totals: { tables: parts.length, ...(exact ? { records: expected } : {}) } };
}

/** Who made changes, and why. */
const originsOf = (content: readonly TableSpec[]): Part | undefined =>
  content.filter(({ name }) => name === journal.name).flatMap(partsOf)[0];

function headerOf(
  store: Store,
  { at }: Snapshot,
  made: { readonly writing: Writing; readonly schema: SchemaDocument; readonly totals: Totals },
): NewArchiveHeader {
  const { writing, schema, totals } = made;
  const { options, timeline, base, facts } = writing;
  const { type, description, createdBy } = options;
  const selection = selectionOf(store, writing);
  return {
    ...{ id: uuid7(Math.floor(at / 1000)), type, timeline, createdAt: formatInstant(at) },
    // What it goes on from, and the full archive that this goes back to.
    ...(base === undefined ? {} : { parent: base.archive.id, base: base.archive.full }),
    engine: { name: store.engine.name, version: facts.version },
    schema: schemaFingerprint(schema.tables),
    counts: totals,
    metadata: {
      schemaVersions: schemaVersions(schema.migrations),
      dataClasses: classesOf(schema),
      secrets: schema.secrets,
      ...(selection === undefined ? {} : { selection: [...selection] }),
      ...(withHistories(writing) ? {} : { histories: 'omitted' }),
      ...(description === undefined ? {} : { description }),
      ...(createdBy === undefined ? {} : { createdBy }),
    },
  };
}

/** An increment has that of the archive that it goes on from. None where nothing is left out. */
const selectionOf = ({ domains }: Store, { options, base }: Writing): readonly string[] | undefined =>
  options.only ??
  base?.archive.selection ??
  (options.histories === false ? domains.map(({ name }) => name) : undefined);

const withHistories = ({ options, base }: Writing): boolean =>
  base === undefined ? options.histories !== false : base.archive.histories;

const classesOf = ({ tables, content }: SchemaDocument): string[] => [
  ...new Set(tables.filter(({ name }) => content.includes(name)).map(({ dataClass }) => dataClass)),
];

const stateOf = ({ at, position }: Snapshot, { timeline, facts }: Writing) => ({
  ...{ timeline, at, position },
  serials: facts.serials.map(({ table, column, next }) => ({ table, column, next: String(next) })),
});

function resultOf(
  { id, rows, bytes, root, tables }: ArchiveResult,
  { options: { path, type }, base }: Writing,
  omittedSecrets: number,
  startedAt: number,
): BackupResult {
  return {
    ...{ id, path, type, rows, bytes, root, proven: false },
    ...(base === undefined ? {} : { base: base.archive.id }),
    durationMs: Math.round(performance.now() - startedAt),
    tables: tables.map(({ table, kind, rows: count, digest }) => ({ table, kind, rows: count, digest })),
    omittedSecrets,
  };
}
