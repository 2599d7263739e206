// An archive as a document for people: YAML that any reader of YAML reads, in bounded memory.

import { formatInstant } from '../../schema/instant.ts';
import { shown } from './cells.ts';
import { RecordsChecksum } from './checksum.ts';
import {
  type Cell,
  type DocumentColumn,
  type DocumentHeader,
  documentVersion,
  type TableBatch,
} from './shape.ts';
import { yamlString, yamlValue } from './yaml-text.ts';

interface Figures {
  readonly count: number;
  readonly checksum: string;
}

/**
 * Text of a document, in pieces of about a batch. Counts and checksums stand before the records, so the tables are
 * read twice.
 * @param tables the same rows at each call; batches of a table follow each other
 * @throws Error where the second reading differs from the first
 */
export async function* writeDocument(
  header: DocumentHeader,
  tables: () => AsyncIterable<TableBatch>,
): AsyncIterable<string> {
  const figures = new Map<string, Figures>();
  let [records, bytes] = [0, 0];
  for await (const { table, sum } of sections(tables())) {
    if (figures.has(table)) throw new Error(`batches of ${table} do not follow each other`);
    figures.set(table, { count: sum.count, checksum: sum.text() });
    records += sum.count;
    bytes += sum.bytes;
  }
  yield `${documentHead(header, { records, bytes })}data:${figures.size === 0 ? ' {}' : ''}\n`;
  for await (const part of sections(tables(), figures)) {
    if (part.text !== '') yield part.text;
    const { count, checksum } = figures.get(part.table)!;
    if (part.ended && (part.sum.count !== count || part.sum.text() !== checksum))
      throw new Error(`${part.table} changed while it was written`);
  }
}

interface Section {
  readonly table: string;
  readonly sum: RecordsChecksum;
  readonly text: string;
  readonly ended: boolean;
}

/** Without figures: one for each table, at its end. With them: text for each batch, too. */
async function* sections(
  batches: AsyncIterable<TableBatch>,
  figures?: ReadonlyMap<string, Figures>,
): AsyncIterable<Section> {
  let table: string | undefined;
  let sum = new RecordsChecksum();
  for await (const batch of batches) {
    let text = '';
    if (batch.table !== table) {
      if (table !== undefined) yield { table, sum, text, ended: true };
      ({ table } = batch);
      sum = new RecordsChecksum();
      if (figures !== undefined) text = sectionHead(batch, figures.get(table)!);
    }
    for (const row of batch.rows) {
      const record = asRecord(batch.columns, row);
      sum.add(record);
      if (figures !== undefined) text += recordText(record);
    }
    if (text !== '') yield { table, sum, text, ended: false };
  }
  if (table !== undefined) yield { table, sum, text: '', ended: true };
}

function asRecord(columns: readonly DocumentColumn[], row: readonly Cell[]): Record<string, unknown> {
  const record: Record<string, unknown> = Object.create(null);
  columns.forEach(({ name, kind }, index) => {
    record[name] = shown(kind, row[index]);
  });
  return record;
}

function recordText(record: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(record).map(([name, value]) => `${yamlString(name)}: ${yamlValue(value)}\n`);
  return lines.length === 0 ? '      - {}\n' : `      - ${lines.join('        ')}`;
}

function sectionHead({ table, columns }: TableBatch, { count, checksum }: Figures): string {
  const kinds = yamlValue(Object.fromEntries(columns.map(({ name, kind }) => [name, kind])));
  return [
    `  ${yamlString(table)}:`,
    `    count: ${count}`,
    `    checksum: ${yamlValue(checksum)}`,
    `    columns: ${kinds}`,
    `    records:${count === 0 ? ' []' : ''}\n`,
  ].join('\n');
}

/** What stands before the data; all that can be shown of an archive without its key. */
export function documentHead(
  header: DocumentHeader,
  { records, bytes }: { readonly records: number; readonly bytes?: number },
): string {
  const { archive, salvaged, omittedSecrets } = header;
  return [
    `version: "${documentVersion}"`,
    `created_at: "${formatInstant(header.createdAt)}"`,
    `holdfast_version: ${JSON.stringify(header.programVersion)}`,
    `database_schema_version: ${JSON.stringify(header.schemaVersion)}`,
    'checksum_algorithm: "sha256"',
    `compression: ${yamlValue(header.compression)}`,
    `encryption: ${yamlValue(header.encryption)}`,
    'metadata:',
    `  total_records: ${records}`,
    ...(bytes === undefined ? [] : [`  total_size: ${bytes}`]),
    `  backup_type: ${yamlValue(header.type)}`,
    `  source_database: ${yamlValue(header.engine)}`,
    ...(archive === undefined ? [] : [`  archive: ${yamlValue(archive)}`]),
    ...(salvaged ? ['  salvaged: true'] : []),
    ...(omittedSecrets === undefined ? [] : [`  omitted_secrets: ${omittedSecrets}`]),
    '',
  ].join('\n');
}
