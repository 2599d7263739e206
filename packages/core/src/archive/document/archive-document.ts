// An archive as a document: each of its tables a section, as it stands in this one archive.

import { parseInstant } from '../../schema/instant.ts';
import { readOmittedSecrets, summaryEntry } from '../backup/state-entry.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import type { ArchiveHeader } from '../format/header.ts';
import type { RowStreamInfo } from '../format/stream.ts';
import { jsonValue } from './json-text.ts';
import type { Cell, DocumentHeader, TableBatch } from './shape.ts';
import { writeDocument } from './write-document.ts';

/** What the header of a document says of an archive, its key or not. */
export const documentHeaderOf = (header: ArchiveHeader): DocumentHeader => ({
  createdAt: parseInstant(header.createdAt),
  programVersion: header.holdfast,
  schemaVersion: versionsText(header.metadata['schemaVersions']),
  compression: header.algorithms.compression,
  encryption: header.algorithms.encryption === 'none' ? null : header.algorithms.encryption,
  type: header.type,
  engine: header.engine.name,
  archive: header.id,
});

/** The newest migration of each domain. */
const versionsText = (versions: unknown): string =>
  Object.entries((versions ?? {}) as Readonly<Record<string, unknown>>)
    .map(([domain, id]) => `${domain}/${String(id)}`)
    .join(', ');

/** Records that an increment says are gone, by their keys. */
const sectionOf = ({ table, kind }: RowStreamInfo): string =>
  kind === 'deletes' ? `${table}.deleted` : table;

/**
 * Text of an archive as a document, in pieces. Nobody seals a document: secrets are left out of it, and counted.
 * @throws ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED, CANCELLED
 */
export async function* showArchive(
  reader: ArchiveReader,
  { signal, salvaged = false }: { readonly signal?: AbortSignal; readonly salvaged?: boolean } = {},
): AsyncIterable<string> {
  const summary = reader.entries.some(({ name }) => name === summaryEntry);
  const before = summary ? await readOmittedSecrets(reader) : 0;
  let omitted = 0;
  const header: DocumentHeader = {
    ...documentHeaderOf(reader.header),
    salvaged,
    get omittedSecrets() {
      return before + omitted;
    },
  };
  yield* writeDocument(header, async function* (): AsyncIterable<TableBatch> {
    omitted = 0;
    for (const info of reader.tables) {
      const { columns } = info;
      const table = sectionOf(info);
      if (info.rows === 0) yield { table, columns, rows: [] };
      for await (const batch of reader.rows(info, signal === undefined ? {} : { signal })) {
        const rows = batch.rows().map((row) =>
          row.map((value, at): Cell => {
            const { kind, secret, nullable } = columns[at]!;
            if (!secret || value === null)
              return kind === 'json' && typeof value === 'string' ? jsonValue(value) : value;
            if (value !== '') omitted++;
            return nullable ? null : '';
          }),
        );
        yield { table, columns, rows };
      }
    }
  });
}
