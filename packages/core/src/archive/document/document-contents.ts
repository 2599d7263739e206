// A document as what a living store can be restored from: read through once and checked whole, then table by table.

import { HoldfastError } from '../../errors.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { Contents, ContentTable } from '../living/contents.ts';
import { jsonText } from './json-text.ts';
import { readDocument } from './read-document.ts';
import type { Cell, DocumentColumn } from './shape.ts';

/**
 * @param open the document from its beginning, each time
 * @param label as `the document home.yaml`
 * @throws DOCUMENT_INVALID, also for one of an increment, or with a table that names no columns; DOCUMENT_VERSION,
 * DOCUMENT_CHECKSUM, DOCUMENT_TOO_LARGE
 */
export async function contentsOfDocument(
  open: () => AsyncIterable<Uint8Array>,
  label: string,
): Promise<Contents & { readonly salvaged: boolean }> {
  const { header, tables } = await readDocument(open());
  if (header.type !== 'full')
    throw new HoldfastError(
      'DOCUMENT_INVALID',
      `${label} shows an archive that is ${header.type}: what it goes on from is not in it`,
      {
        hint: `Restore the archive itself, or print a document of all that it and those before it have: holdfast backup show ${header.archive ?? 'ARCHIVE'} --whole`,
      },
    );
  const found = new Map<string, { columns: readonly DocumentColumn[]; rows: number }>();
  for await (const { table, columns, rows, named } of tables) {
    if (!named)
      throw new HoldfastError(
        'DOCUMENT_INVALID',
        `${table} names no columns: of what kind its values are is not known`,
      );
    const before = found.get(table)?.rows ?? 0;
    found.set(table, { columns, rows: before + rows.length });
  }
  return {
    id: header.archive ?? label,
    label,
    salvaged: header.salvaged === true,
    at: header.createdAt,
    // A document never has them.
    secretsOmitted: true,
    omittedSecrets: header.omittedSecrets ?? 0,
    tables: new Map(
      [...found].map(([table, { columns, rows }]): [string, ContentTable] => [
        table,
        { columns, rows, read: () => rowsOf(open, table) },
      ]),
    ),
  };
}

async function* rowsOf(open: () => AsyncIterable<Uint8Array>, table: string): AsyncGenerator<StoredRow[]> {
  const { tables } = await readDocument(open(), { table });
  for await (const { columns, rows } of tables)
    yield rows.map((row) => row.map((cell, at) => storedOf(columns[at]!, cell)));
}

const storedOf = ({ kind }: DocumentColumn, cell: Cell): StoredValue =>
  kind === 'json' && cell !== null ? jsonText(cell) : (cell as StoredValue);
