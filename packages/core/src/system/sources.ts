// Sources: the configured connections, their credentials sealed.

import { HoldfastError } from '../errors.ts';
import type { Secret } from '../schema/secret.ts';
import type { AnyTable, Insert, Row } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import { connections, samples, series, sources } from './tables.ts';

export type SourceRecord = Row<typeof sources>;

/** A source without its credentials: it is read without the key. */
export type Connection = Row<typeof connections>;

export interface NewSource {
  readonly name: string;
  readonly domain: string;
  readonly settings: Record<string, unknown>;
  /** Kept sealed; the collector gets them as the same object. */
  readonly credentials: Record<string, string>;
  /** Whether `sync` reads it without being asked by name. @default true */
  readonly enabled?: boolean;
}

const toRecord = ({
  name,
  domain,
  settings,
  credentials,
  enabled = true,
}: NewSource): Insert<typeof sources> => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
    throw new HoldfastError(
      'SETTING_INVALID',
      `${JSON.stringify(name)} is no name for a source: letters, digits, dot, dash and underscore, at most 64`,
    );
  return { name, domain, settings, credentials: JSON.stringify(credentials), enabled };
};

/** @throws SETTING_INVALID for a name that cannot be one, SOURCE_EXISTS */
export async function addSource(store: Store, source: NewSource): Promise<void> {
  const exists = (cause?: unknown): HoldfastError =>
    new HoldfastError('SOURCE_EXISTS', `there is a source named ${source.name}`, {
      hint: `holdfast source remove ${source.name}, or choose another name`,
      cause,
    });
  const record = toRecord(source);
  const repository = store.repository(sources);
  // Before anything is sealed, which may make a key.
  if ((await repository.count({ name: source.name })) > 0) throw exists();
  try {
    await repository.insert(record);
  } catch (error) {
    throw error instanceof HoldfastError && error.code === 'CONFLICT' ? exists(error) : error;
  }
}

/** Adds a source, or gives the one of that name new settings. @throws SETTING_INVALID */
export async function putSource(store: Store, source: NewSource): Promise<void> {
  await store.repository(sources).upsert(toRecord(source));
}

export async function listSources(store: Store): Promise<SourceRecord[]> {
  const found: SourceRecord[] = [];
  for await (const rows of store.repository(sources).stream({ orderBy: [['name']] })) found.push(...rows);
  return found;
}

/** @throws SOURCE_NOT_FOUND */
export async function requireSource(store: Store, name: string): Promise<SourceRecord> {
  return (await store.repository(sources).get({ name })) ?? notFound(name);
}

export async function listConnections(store: Store): Promise<Connection[]> {
  const found: Connection[] = [];
  for await (const rows of store.repository(connections).stream({ orderBy: [['name']] })) found.push(...rows);
  return found;
}

/** @throws SOURCE_NOT_FOUND */
export async function requireConnection(store: Store, name: string): Promise<Connection> {
  return (await store.repository(connections).get({ name })) ?? notFound(name);
}

function notFound(name: string): never {
  throw new HoldfastError('SOURCE_NOT_FOUND', `there is no source named ${name}`);
}

export function credentialsOf(source: SourceRecord): Record<string, string> {
  const sealed = source.credentials as Secret | null;
  return sealed === null ? {} : (JSON.parse(sealed.reveal()) as Record<string, string>);
}

/** Tables whose records belong to sources, children before parents. */
const tablesOf = (store: Store, domain: string): AnyTable[] =>
  (store.domains.find(({ name }) => name === domain)?.tables ?? [])
    .filter((table) => 'source' in table.columns)
    .toReversed();

/** Records that a removal would delete, by table. @throws SOURCE_NOT_FOUND */
export async function countRecords(store: Store, name: string): Promise<Record<string, number>> {
  const { domain } = await requireConnection(store, name);
  const counts: Record<string, number> = {};
  for (const table of tablesOf(store, domain))
    counts[table.name] = await store.repository(table).count({ source: name });
  return counts;
}

/**
 * Removes a source and everything it confirmed, its series included, in one transaction: all or nothing. It needs no key.
 * @returns records deleted. @throws SOURCE_NOT_FOUND
 */
export async function removeSource(store: Store, name: string): Promise<number> {
  const { domain } = await requireConnection(store, name);
  return store.transaction(async (transaction) => {
    let deleted = 0;
    for (const table of tablesOf(store, domain))
      deleted += await transaction.repository(table).deleteMany({ source: name });
    for (const table of tablesOf(store, domain).map((each) => each.name)) {
      await transaction.repository(samples).deleteMany({ tableName: table, source: name });
      await transaction.repository(series).deleteMany({ tableName: table, source: name });
    }
    await transaction.repository(sources).delete({ name });
    return deleted;
  });
}
