// Opening a SQLite database: found sound first, then opened with the settings that safety asks for.

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError, isHoldfastError } from '../../errors.ts';
import type { Engine, Inspect, OpenOptions } from '../engine.ts';
import { whenFree } from './busy.ts';
import { captureFaults } from './capture-faults.ts';
import { changes } from './changes.ts';
import { checkFile } from './check-file.ts';
import { SqliteConnections } from './connections.ts';
import { ddl } from './ddl.ts';
import { capabilities, forms, syntax } from './dialect.ts';
import { translate } from './errors.ts';
import { freezeEngine } from './freeze.ts';
import { check, settingsFindings, stats } from './health.ts';
import { describe, hasTable, introspect, tableNames } from './introspect.ts';
import { SqliteJournal } from './journal.ts';
import { sqliteKysely } from './kysely.ts';
import { keeps, load } from './load.ts';
import { applicationId, foreign, formatVersion, preflight } from './preflight.ts';
import { removeAllLeftovers, scratch } from './scratch.ts';
import { SqliteSession } from './session.ts';
import { parseSqliteUrl, type SqliteSettings } from './settings.ts';
import { snapshot } from './snapshot.ts';
import { forgetDraft, placeOf, recover, swap } from './swap.ts';

/**
 * Opens or makes the database.
 * 1. Looks at the file without changing it: a foreign or newer one is refused untouched.
 * 2. Lets `inspect` look at one that has a log, on a reading connection: what it refuses is untouched too.
 * 3. Opens the writer, marks a new file as Holdfast's, switches to WAL with synchronous=FULL.
 * Readers are opened when first needed.
 * @throws URL_INVALID, SETTING_INVALID and every DATABASE_ error
 */
export async function connectSqlite(url: string, options: OpenOptions = {}): Promise<Engine> {
  const settings = parseSqliteUrl(url);
  const { path } = settings;
  const { adopt = false } = options;
  const inMemory = path === ':memory:';
  const recovered = await whenFree(() => recover(path), settings.busyTimeoutMs);
  if (options.mustExist && !inMemory && !existsSync(path))
    throw new HoldfastError('DATABASE_NOT_FOUND', `there is no database at ${path} yet`, {
      hint: 'holdfast source add makes it; holdfast demo shows one',
    });
  const writer = await whenFree(async () => {
    const exists = !inMemory && preflight(path, adopt);
    if (exists) {
      checkWritable(path);
      await look(settings, options.inspect);
    }
    return openWriter(settings, !exists || adopt);
  }, settings.busyTimeoutMs);
  if (options.journal !== undefined) writer.journal = new SqliteJournal(writer.db, options.journal);
  const connections = new SqliteConnections({
    path,
    busyTimeoutMs: settings.busyTimeoutMs,
    writer,
    openReader: inMemory ? undefined : (stream) => openReader(settings, stream),
  });
  return {
    name: 'sqlite',
    ...(recovered === undefined ? {} : { recovered }),
    capabilities: { ...capabilities, readsBeside: !inMemory },
    syntax,
    ddl,
    forms,
    keeps,
    location: path,
    read: (work) => connections.read(work),
    autocommit: (work, transaction) => connections.autocommit(work, transaction),
    begin: (transaction) => connections.begin(transaction),
    beginMigration: () => connections.begin(),
    kysely: (decoders, beforeWrite) => sqliteKysely(connections, decoders, beforeWrite),
    hasTable,
    tableNames,
    introspect: () => connections.read(introspect),
    describe,
    async changes(specs, position) {
      const { session, close } = await connections.snapshot();
      return changes(session, specs, position, close);
    },
    snapshot: (_, options = {}) => snapshot(connections, options),
    load: (specs, options) => load(connections, specs, options),
    // All are checked by `index`.
    checkReferences: async () => {},
    removeLeftovers: async () => {
      forgetDraft(path);
      return removeAllLeftovers(path);
    },
    scratch: (purpose) => scratch(path, purpose, connectSqlite, (own) => urlOf(settings, own)),
    swap: (from, _, how) =>
      swap(
        connections,
        path,
        from,
        (own) => open({ ...settings, path: own }, { readOnly: false, timeout: 0 }),
        how,
      ),
    ...freezeEngine(connections),
    captureFaults: (specs) => connections.read((session) => captureFaults(session, specs)),
    // A table cannot be emptied without its triggers.
    identities: async () => new Map(),
    stats: () => connections.read((session) => stats(session, path, connections)),
    check: () => connections.read((session) => (inMemory ? check(session) : checkFile(settings))),
    settingsFindings: () => connections.read((session) => settingsFindings(session, settings)),
    close: () => connections.close(),
  };
}

/** The same settings for another file; signs that a URL reads in its own way are no part of a name. */
const urlOf = ({ busyTimeoutMs, cacheKib, synchronous }: SqliteSettings, path: string): string =>
  `sqlite:${path}?busy_timeout=${busyTimeoutMs}ms&cache_size=${cacheKib}&synchronous=${synchronous}`;

/** Without a log, a writer that writes nothing leaves the file as it is; with one, its closing folds it in. */
async function look(settings: SqliteSettings, inspect: Inspect | undefined): Promise<void> {
  if (!existsSync(`${settings.path}-wal`)) return;
  const reader = openReader({ ...settings, busyTimeoutMs: 0 });
  try {
    await inspect?.({ hasTable, syntax, location: settings.path }, reader);
  } catch (error) {
    // A transaction that was cut off while the file was made: only a writer can take it back, and will.
    if (!isHoldfastError(error) || error.code !== 'DATABASE_READ_ONLY') throw error;
  } finally {
    reader.close();
  }
}

/** A file without any write permission is meant to stay as it is, even for root. */
function checkWritable(path: string): void {
  try {
    if ((statSync(path).mode & 0o222) === 0) throw new Error('mode without write permission');
    accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
  } catch (cause) {
    throw new HoldfastError('DATABASE_READ_ONLY', `${path} cannot be written`, { cause });
  }
}

function open(
  { path, cacheKib }: SqliteSettings,
  options: { readonly readOnly: boolean; readonly timeout: number },
): DatabaseSync {
  const db = new DatabaseSync(path, {
    ...options,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
  });
  db.exec(`PRAGMA trusted_schema=OFF; PRAGMA cache_size=-${cacheKib};`);
  return db;
}

function openWriter(settings: SqliteSettings, mark: boolean): SqliteSession {
  let db: DatabaseSync | undefined;
  const checkPlace = placeOf(settings.path);
  try {
    // It waits for locks outside SQLite, off the event loop.
    db = open(settings, { readOnly: false, timeout: 0 });
    if (pragma(db, 'application_id') !== applicationId) {
      // Whoever was making the file may have been cut off: what opening it has taken back left nothing of it.
      if (!mark && pragma(db, 'page_count') > 0) throw foreign(settings.path);
      db.exec(`BEGIN IMMEDIATE; PRAGMA application_id=${applicationId}; PRAGMA user_version=${formatVersion};
        COMMIT;`);
    }
    // With recursive_triggers, a REPLACE that somebody runs on this connection tells capture of what it deletes.
    db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${settings.synchronous}; PRAGMA recursive_triggers=ON;
      PRAGMA journal_size_limit=67108864;`);
    // From here on nobody can put another file in its place.
    checkPlace();
    return new SqliteSession(db, settings.path);
  } catch (error) {
    if (db?.isOpen) db.close();
    throw translate(error, settings.path);
  }
}

const pragma = (db: DatabaseSync, name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);

function openReader(
  settings: SqliteSettings,
  stream?: ConstructorParameters<typeof SqliteSession>[2],
): SqliteSession {
  try {
    return new SqliteSession(
      open(settings, { readOnly: true, timeout: settings.busyTimeoutMs }),
      settings.path,
      stream,
    );
  } catch (error) {
    throw translate(error, settings.path);
  }
}
