// The rows of a snapshot into the streams of an archive: whole tables, or what has changed since another archive.

import { keyColumns, type Snapshot } from '../../engine/snapshot.ts';
import type { SecretBox, StoredRow, StoredValue } from '../../schema/codec.ts';
import type { TableSpec } from '../../schema/spec.ts';
import { journal } from '../../system/tables.ts';
import type { ArchiveWriter } from '../format/archive-writer.ts';
import type { RowWriter } from '../format/writing.ts';
import { type Part, partsOf } from './content.ts';
import type { Pace } from './pace.ts';
import { type OnSecrets, omitSecrets, openSecrets } from './secrets.ts';

/** What an increment goes on from. */
export interface Since {
  /** Of the reader of changes. */
  readonly position: string;
  /** Tables that are written whole all the same. */
  readonly whole: ReadonlySet<string>;
}

export interface WriteTables {
  readonly content: readonly TableSpec[];
  readonly secrets: SecretBox;
  /** Whether secrets travel; otherwise they are left out. */
  readonly encrypted: boolean;
  readonly since: Since | undefined;
  readonly pace: Pace;
  /** Of a segment: what is as in the archive before, and not written at all. */
  readonly leaveOut?: ((part: Part) => boolean) | undefined;
}

/** Keys below which a change is always written as one. */
const fewKeys = 2_000;
/** Keys held in memory, at most. */
const mostKeys = 500_000;
/** A table of which a larger share was changed is written whole: that costs less. */
const largestShare = 0.12;
/** Keys whose rows are read, and written, at once. */
const keysAtOnce = 2_000;

/** @returns secrets that were left out */
export async function writeTables(
  snapshot: Snapshot,
  writer: ArchiveWriter,
  { content, secrets, encrypted, since, pace, leaveOut }: WriteTables,
): Promise<number> {
  let omitted = 0;
  const ends: Promise<void>[] = [];
  const transactions = leaveOut === undefined ? undefined : new Set<StoredValue>();
  try {
    for (const part of content.flatMap(partsOf)) {
      if (leaveOut?.(part)) continue;
      const { of, columns } = part;
      const treat = encrypted ? openSecrets(of, columns, secrets) : omitSecrets(of, columns);
      const onSecrets: OnSecrets = (rows) => {
        const found = treat(rows);
        if (!encrypted) omitted += found;
        return found;
      };
      const position = since === undefined || since.whole.has(of) ? undefined : since.position;
      await writePart({ snapshot, writer, part, onSecrets, pace, transactions, ends }, position);
    }
    const origins = content.find(({ name }) => name === journal.name);
    if (origins !== undefined && transactions !== undefined && transactions.size > 0) {
      // Who and why, of the changes that are in it.
      const [part] = partsOf(origins);
      const present = [...transactions].map((txn) => [txn]);
      const written = { snapshot, writer, part: part!, onSecrets: () => 0, pace, ends };
      await writeChanges(written, { present, gone: [] });
    }
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
  readonly transactions?: Set<StoredValue> | undefined;
}

async function writePart(writing: PartWriting, position: string | undefined): Promise<void> {
  const { spec, of, kind } = writing.part;
  if (position === undefined) return writeImage(writing);
  if (kind === 'history') return writeImage(writing, position);
  // Gauges have no history of their own.
  const keys = spec.name === of ? await changedKeys(writing, position) : undefined;
  return keys === undefined ? writeImage(writing) : writeChanges(writing, keys);
}

const metadataOf = ({ spec, of }: Part): Record<string, unknown> => ({ class: spec.dataClass, of });

/** @param since of a history: only what was added after this position */
function endLater(stream: RowWriter, ends: Promise<void>[]): void {
  const end = stream.end();
  // Whoever waits for all of them is told.
  end.catch(() => {});
  ends.push(end);
}

async function writeImage(
  { snapshot, writer, part, onSecrets, pace, transactions, ends }: PartWriting,
  since?: string,
): Promise<void> {
  const txn = placeOfTxn(part);
  const { spec, kind, columns } = part;
  const metadata = { ...metadataOf(part), ...(since === undefined ? {} : { continues: true }) };
  const stream = await writer.table({ kind, table: spec.name, columns, key: [], metadata }, (rows) =>
    pace.add(spec.name, rows),
  );
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
  endLater(stream, ends);
}

/** Where a history says by which transaction; -1 in other tables. */
const placeOfTxn = ({ kind, columns }: Part): number =>
  kind === 'history' ? columns.findIndex(({ name }) => name === 'journal_txn') : -1;

interface ChangedKeys {
  readonly present: readonly StoredRow[];
  readonly gone: readonly StoredRow[];
}

/** @returns undefined where so many have changed that the whole table is less */
async function changedKeys(
  { snapshot, part }: PartWriting,
  position: string,
): Promise<ChangedKeys | undefined> {
  const { spec } = part;
  const present: StoredRow[] = [];
  const gone: StoredRow[] = [];
  const limit = async (): Promise<number> =>
    Math.min(mostKeys, Math.max(fewKeys, (await snapshot.count(spec)) * largestShare));
  for await (const keys of snapshot.changedKeys(spec, position)) {
    for (const { key, present: there } of keys) (there ? present : gone).push(key);
    if (present.length + gone.length > mostKeys) return undefined;
  }
  const changed = present.length + gone.length;
  return changed > fewKeys && changed > (await limit()) ? undefined : { present, gone };
}

async function writeChanges(
  { snapshot, writer, part, onSecrets, pace, ends }: PartWriting,
  { present, gone }: ChangedKeys,
): Promise<void> {
  const { spec, columns } = part;
  const metadata = metadataOf(part);
  const upserts = await writer.table(
    { kind: 'upserts', table: spec.name, columns, key: [], metadata },
    (rows) => pace.add(spec.name, rows),
  );
  for (let from = 0; from < present.length; from += keysAtOnce)
    for await (const rows of snapshot.rowsByKeys(spec, present.slice(from, from + keysAtOnce))) {
      onSecrets(rows);
      await upserts.writeRows(rows);
    }
  endLater(upserts, ends);
  const key = keyColumns(spec);
  const deletes = await writer.table({ kind: 'deletes', table: spec.name, columns: key, key: [], metadata });
  await deletes.writeRows(gone);
  endLater(deletes, ends);
}
