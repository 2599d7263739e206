// A document back into rows, record by record. Nothing is given out that does not match its table's kinds, and a table whose
// count or checksum is wrong ends in an error: whoever stores the rows does so in a transaction.

import { HoldfastError } from '../../errors.ts';
import type { parseInstant } from '../../schema/instant.ts';
import { type Kind, kinds } from '../../schema/spec.ts';
import { readCell } from './cells.ts';
import { RecordsChecksum } from './checksum.ts';
import { Cursor, type Entry } from './cursor.ts';
import { type LineLimits, readLines } from './lines.ts';
import { type DocumentColumn, type DocumentHeader, documentVersion, type TableBatch } from './shape.ts';

export interface ReadDocumentOptions {
  /** Bytes of a record or a line. Default 16 MiB. */
  readonly recordBytes?: number;
  /** Bytes of the document. Default 4 GiB. */
  readonly totalBytes?: number;
  /** Rows of a batch. Default 500. */
  readonly batchRows?: number;
  /** The one table to read: the others are passed over, and not checked. Default all. */
  readonly table?: string | undefined;
}

export interface OpenDocument {
  readonly header: DocumentHeader;
  readonly totalRecords: number;
  /** For once. @throws DOCUMENT_CHECKSUM, DOCUMENT_INVALID, DOCUMENT_TOO_LARGE */
  readonly tables: AsyncIterable<TableBatch>;
}

const mebibyte = 2 ** 20;
const types: ReadonlySet<unknown> = new Set(['full', 'incremental', 'differential', 'segment']);

/** Reads as far as the data. @throws DOCUMENT_VERSION, DOCUMENT_INVALID, DOCUMENT_TOO_LARGE */
export async function readDocument(
  input: AsyncIterable<Uint8Array>,
  options: ReadDocumentOptions = {},
): Promise<OpenDocument> {
  const { recordBytes = 16 * mebibyte, totalBytes = 4_096 * mebibyte, batchRows = 500, table } = options;
  const limits: LineLimits = { line: recordBytes, total: totalBytes };
  const cursor = new Cursor(readLines(input, limits), recordBytes);
  const fields: Record<string, unknown> = Object.create(null);
  for await (const entry of cursor.entries(0)) {
    if (entry.key === 'version') checkVersion(await entry.value());
    if (entry.key === 'data') {
      const { header, totalRecords } = readHeader(fields);
      const tables = readTables(cursor, entry, { totalRecords, batchRows, table });
      return { header, totalRecords, tables };
    }
    if (entry.key !== 'version') fields[entry.key] = await entry.value();
  }
  throw invalid('it ends before its data');
}

function checkVersion(version: unknown): void {
  if (version !== documentVersion)
    throw new HoldfastError(
      'DOCUMENT_VERSION',
      `the document is of version ${String(version)}, this program reads ${documentVersion}`,
    );
}

function readHeader(fields: Readonly<Record<string, unknown>>): {
  header: DocumentHeader;
  totalRecords: number;
} {
  const metadata = fields['metadata'] as Readonly<Record<string, unknown>> | null | undefined;
  if (metadata === null || typeof metadata !== 'object')
    throw invalid('its metadata do not stand before its data');
  const text = (from: Readonly<Record<string, unknown>>, ...names: string[]): string => {
    const value = names.map((name) => from[name]).find((each) => each !== undefined);
    if (typeof value !== 'string') throw invalid(`${names[0]} is no text, or is missing`);
    return value;
  };
  if (text(fields, 'checksum_algorithm') !== 'sha256') throw invalid('its checksum_algorithm is not sha256');
  const type = metadata['backup_type'];
  if (!types.has(type)) throw invalid(`backup_type ${JSON.stringify(type)} is unknown`);
  const total = metadata['total_records'];
  if (typeof total !== 'bigint' || total < 0n) throw invalid('total_records is no count');
  const optional = (name: string) =>
    fields[name] === null || fields[name] === undefined ? null : text(fields, name);
  const header: DocumentHeader = {
    createdAt: readCell('instant', text(fields, 'created_at'), 'created_at') as ReturnType<
      typeof parseInstant
    >,
    programVersion: text(fields, 'holdfast_version', 'shelly_manager_version'),
    schemaVersion: text(fields, 'database_schema_version'),
    compression: optional('compression'),
    encryption: optional('encryption'),
    type: type as DocumentHeader['type'],
    engine: text(metadata, 'source_database'),
    archive: metadata['archive'] === undefined ? undefined : text(metadata, 'archive'),
    ...(metadata['salvaged'] === true ? { salvaged: true } : {}),
    omittedSecrets: count(metadata['omitted_secrets']),
  };
  return { header, totalRecords: Number(total) };
}

function count(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'bigint' || value < 0n) throw invalid('omitted_secrets is no count');
  return Number(value);
}

interface Reading {
  readonly totalRecords: number;
  readonly batchRows: number;
  readonly table: string | undefined;
}

async function* readTables(
  cursor: Cursor,
  data: Entry,
  { totalRecords, batchRows, table }: Reading,
): AsyncIterable<TableBatch> {
  let records = 0;
  const seen = new Set<string>();
  for await (const entry of data.entries()) {
    if (seen.has(entry.key)) throw invalid(`line ${entry.line}: ${entry.key} is there twice`);
    seen.add(entry.key);
    if (table !== undefined && entry.key !== table) continue;
    const counted = { rows: 0 };
    yield* readTable(entry, batchRows, counted);
    records += counted.rows;
  }
  await cursor.requireEnd();
  if (records === totalRecords || table !== undefined) return;
  throw new HoldfastError(
    'DOCUMENT_CHECKSUM',
    `the document has ${records} records, its header names ${totalRecords}: it was cut or changed`,
  );
}

async function* readTable(
  section: Entry,
  batchRows: number,
  counted: { rows: number },
): AsyncIterable<TableBatch> {
  const table = section.key;
  const sum = new RecordsChecksum();
  const fields: Record<string, unknown> = Object.create(null);
  let columns: DocumentColumn[] | undefined;
  for await (const entry of section.entries()) {
    if (entry.key !== 'records') {
      fields[entry.key] = await entry.value();
      if (entry.key === 'columns') columns = readColumns(table, fields['columns']);
      continue;
    }
    let rows: unknown[][] = [];
    let given: readonly DocumentColumn[] = columns ?? [];
    for await (const { value, line } of entry.items()) {
      const where = `line ${line}: ${table}`;
      if (value === null || typeof value !== 'object' || Array.isArray(value))
        throw invalid(`${where}: no record`);
      const record = value as Readonly<Record<string, unknown>>;
      sum.add(record);
      if (columns === undefined) {
        // A document that names no kinds: each record has the columns it has.
        given = Object.keys(record).map((name) => ({ name, kind: 'json' }));
        yield { table, columns: given, named: false, rows: [readRow(given, record, where)] };
        continue;
      }
      rows.push(readRow(columns, record, where));
      if (rows.length < batchRows) continue;
      yield { table, columns, named: true, rows };
      rows = [];
    }
    if (columns !== undefined && (rows.length > 0 || sum.count === 0))
      yield { table, columns, named: true, rows };
  }
  counted.rows = sum.count;
  const [count, checksum] = [fields['count'], sum.text()];
  if (count === BigInt(sum.count) && fields['checksum'] === checksum) return;
  throw new HoldfastError(
    'DOCUMENT_CHECKSUM',
    `${table} has ${sum.count} records with ${checksum}, the document names ${String(count)} with ${String(fields['checksum'])}`,
    { details: { table } },
  );
}

function readRow(
  columns: readonly DocumentColumn[],
  record: Readonly<Record<string, unknown>>,
  where: string,
): unknown[] {
  const unknown = Object.keys(record).find((name) => !columns.some((column) => column.name === name));
  if (unknown !== undefined) throw invalid(`${where} has no column ${JSON.stringify(unknown)}`);
  return columns.map(({ name, kind }) => {
    const value = record[name];
    if (value === undefined) throw invalid(`${where}: ${name} is missing`);
    return readCell(kind, value, `${where}: ${name}`);
  });
}

function readColumns(table: string, value: unknown): DocumentColumn[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalid(`${table}: no columns`);
  return Object.entries(value).map(([name, kind]) => {
    if (!kinds.includes(kind as Kind)) throw invalid(`${table}: ${name} is of no known kind`);
    return { name, kind: kind as Kind };
  });
}

const invalid = (message: string): HoldfastError => new HoldfastError('DOCUMENT_INVALID', message);
