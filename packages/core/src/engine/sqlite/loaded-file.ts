// Reading from a file that a load still works on. It has no log, and whoever works on it keeps everybody out: it is read
// past its locks, as if nobody wrote to it. Of the tables that were published that is true; of the schema, until indexes
// are made: it is read here, and not again.

import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { OpenLoaded } from '../open-loaded.ts';
import { type SnapshotSource, snapshotOf } from '../snapshot.ts';
import { translate } from './errors.ts';
import { pageFileOf } from './folded.ts';
import { fileId, handleOf } from './open-files.ts';
import { rawPages, rootsIn } from './raw-pages.ts';
import { SqliteSession } from './session.ts';
import { parseSqliteUrl } from './settings.ts';
import { rowSource } from './snapshot.ts';

/** Each page is read once. */
const cacheKib = 1_024;

const unsupported = (): never => {
  throw new Error('what was loaded has no position, and counts nothing');
};

export async function openLoadedFile(url: string, signal: AbortSignal): Promise<OpenLoaded> {
  const { path } = parseSqliteUrl(url);
  const place = pathToFileURL(path);
  place.searchParams.set('immutable', '1');
  let opened: SqliteSession | undefined;
  try {
    const session = new SqliteSession(new DatabaseSync(place, { readOnly: true }), path);
    opened = session;
    // What one transaction has seen of the schema and of the size of the file, it keeps.
    session.db.exec(`PRAGMA trusted_schema=OFF; PRAGMA cache_size=-${cacheKib}; BEGIN`);
    const roots = rootsIn(session);
    const never = { at: 0, position: '', since: unsupported, serials: unsupported, close: async () => {} };
    // Any handle does: they are of one file, and whoever has it open closes it after this reading.
    const id = fileId(path);
    const handle = id === undefined ? undefined : handleOf(id);
    const file = handle === undefined ? undefined : pageFileOf(handle);
    const source: SnapshotSource = {
      ...{ ...rowSource(session, false), ...never },
      rawRows: async (columns, _, table) =>
        file === undefined || table === undefined
          ? undefined
          : rawPages(session, file, columns, table, roots.get(table.name)),
    };
    const { rows, rawRows } = snapshotOf(source, { signal });
    return { rows, rawRows, close: async () => session.close() };
  } catch (error) {
    opened?.close();
    throw translate(error, path);
  }
}
