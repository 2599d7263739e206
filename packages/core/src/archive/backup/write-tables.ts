// The rows of a snapshot into the streams of an archive: whole tables, or what has changed since another archive.

import { keyColumns, type Snapshot } from '../../engine/snapshot.ts';
import type { SecretBox, StoredRow, StoredValue } from '../../schema/codec.ts';
import type { ArchiveWriter } from '../format/archive-writer.ts';
import type { RowWriter } from '../format/writing.ts';
import type { Part } from './content.ts';
import type { Pace } from './pace.ts';
import type { PlannedPart } from './plan-tables.ts';
import { type OnSecrets, omitSecrets, openSecrets } from './secrets.ts';

export interface WriteTables {
  /** In the order of the archive. */
  readonly planned: readonly PlannedPart[];
  readonly secrets: SecretBox;
  /** Whether secrets travel; otherwise they are left out. */
  readonly encrypted: boolean;
  readonly pace: Pace;
  /** Of a segment: writes the transactions of the changes that are in it, from this part. */
  readonly origins?: Part | undefined;
}

/** Keys whose rows are read, and written, at once. */
const keysAtOnce = 2_000;

/** @returns secrets that were left out */
export async function writeTables(
  snapshot: Snapshot,
  writer: ArchiveWriter,
  { planned, secrets, encrypted, pace, origins }: WriteTables,
): Promise<number> {
  let omitted = 0;
  const ends: Promise<void>[] = [];
  const transactions = origins === undefined ? undefined : new Set<StoredValue>();
  const writing = { snapshot, writer, pace, transactions, ends };
  try {
    for (const { part, as, count, since } of planned) {
      const { of, columns } = part;
      const treat = encrypted ? openSecrets(of, columns, secrets) : omitSecrets(of, columns);
      const onSecrets: OnSecrets = (rows) => {
        const found = treat(rows);
        if (!encrypted) omitted += found;
        return found;
      };
      const write = as === 'image' ? writeImage : writeChanges;
      await write({ ...writing, part, onSecrets }, count > 0, since);
    }
    if (origins !== undefined && transactions !== undefined && transactions.size > 0)
      await writeOrigins({ ...writing, part: origins, onSecrets: () => 0 }, transactions);
    // Beside the last chunks.
    endLater(snapshot.keepPosition(), ends);
  } catch (error) {
    // What failed first is what a stream before it tells.
    await Promise.all(ends);
    throw error;
  }
  await Promise.all(ends);
  return omitted;
}

interface PartWriting {
  readonly snapshot: Snapshot;
  readonly writer: ArchiveWriter;
  readonly part: Part;
  readonly onSecrets: OnSecrets;
  readonly pace: Pace;
  /** Takes what streams end with: the next table is read while the chunks of those before it are made. */
  readonly ends: Promise<void>[];
  /** Takes the transactions of the history that is written. */
  readonly transactions: Set<StoredValue> | undefined;
}

const metadataOf = ({ spec, of }: Part): Record<string, unknown> => ({ class: spec.dataClass, of });

function endLater(end: Promise<void>, ends: Promise<void>[]): void {
  // Whoever waits for all of them is told.
  end.catch(() => {});
  ends.push(end);
}

/**
 * @param any whether there is anything to read
 * @param since of a history: only what was added after this position
 */
async function writeImage(
  { snapshot, writer, part, onSecrets, pace, transactions, ends }: PartWriting,
  any: boolean,
  since: string | undefined,
): Promise<void> {
  const txn = placeOfTxn(part);
  const { spec, kind, columns } = part;
  const metadata = { ...metadataOf(part), ...(since === undefined ? {} : { continues: true }) };
  const stream = await writer.table({ kind, table: spec.name, columns, key: [], metadata }, (rows) =>
    pace.add(spec.name, rows),
  );
  if (!any) return endLater(stream.end(), ends);
  const options = { columns: columns.map(({ name }) => name), ...(since === undefined ? {} : { since }) };
  // What has to be looked at here comes as values.
  const looksAt = columns.some(({ secret }) => secret) || (transactions !== undefined && txn >= 0);
  const raw = looksAt ? undefined : await snapshot.rawRows(spec, options);
  if (raw !== undefined) for await (const some of raw) await stream.writeRaw(some);
  else
    for await (const rows of snapshot.rows(spec, options)) {
      onSecrets(rows);
      if (transactions !== undefined && txn >= 0)
        for (const row of rows) if (row[txn] !== null) transactions.add(row[txn]!);
      await stream.writeRows(rows);
    }
  endLater(stream.end(), ends);
}

/** Where a history says by which transaction; -1 in other tables. */
const placeOfTxn = ({ kind, columns }: Part): number =>
  kind === 'history' ? columns.findIndex(({ name }) => name === 'journal_txn') : -1;

async function writeChanges(writing: PartWriting, any: boolean, since: string | undefined): Promise<void> {
  const { snapshot, part, onSecrets, ends } = writing;
  const upserts = await upsertsOf(writing);
  const gone: StoredRow[] = [];
  if (any && since !== undefined)
    for await (const some of snapshot.changes(part.spec, since)) {
      gone.push(...some.gone);
      if (some.present.length === 0) continue;
      onSecrets(some.present);
      await upserts.writeRows(some.present);
    }
  endLater(upserts.end(), ends);
  await writeDeletes(writing, gone);
}

/** Who and why, of the changes that are in it. */
async function writeOrigins(writing: PartWriting, transactions: ReadonlySet<StoredValue>): Promise<void> {
  const { snapshot, part, ends } = writing;
  const keys = [...transactions].map((txn) => [txn]);
  const upserts = await upsertsOf(writing);
  for (let from = 0; from < keys.length; from += keysAtOnce)
    for await (const rows of snapshot.rowsByKeys(part.spec, keys.slice(from, from + keysAtOnce)))
      await upserts.writeRows(rows);
  endLater(upserts.end(), ends);
  await writeDeletes(writing, []);
}

const upsertsOf = ({ writer, part, pace }: PartWriting): Promise<RowWriter> =>
  writer.table(
    {
      ...{ kind: 'upserts', table: part.spec.name, columns: part.columns, key: [] },
      metadata: metadataOf(part),
    },
    (rows) => pace.add(part.spec.name, rows),
  );

async function writeDeletes({ writer, part, ends }: PartWriting, gone: readonly StoredRow[]): Promise<void> {
  const { spec } = part;
  const deletes = await writer.table({
    ...{ kind: 'deletes', table: spec.name, columns: keyColumns(spec), key: [] },
    metadata: metadataOf(part),
  });
  await deletes.writeRows(gone);
  endLater(deletes.end(), ends);
}
