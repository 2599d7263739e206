// An archive as a document: each of its tables a section, as it stands in this one archive, or as its chain has it.

import type { StoredRow } from '../../schema/codec.ts';
import { parseInstant } from '../../schema/instant.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import { parseSchemaDocument } from '../backup/schema-document.ts';
import { readOmittedSecrets, summaryEntry } from '../backup/state-entry.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import type { ArchiveHeader } from '../format/header.ts';
import type { RowStreamInfo } from '../format/stream.ts';
import { checkChain } from '../restore/check-chain.ts';
import { tableSources } from '../restore/table-sources.ts';
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

interface Showing {
  readonly signal?: AbortSignal;
}

/** A table to be shown. */
interface Section {
  readonly table: string;
  readonly columns: readonly ColumnSpec[];
  rows(): AsyncIterable<readonly StoredRow[]>;
}

/**
 * Text of an archive as a document, in pieces. Nobody seals a document: secrets are left out of it, and counted.
 * @throws ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED, CANCELLED
 */
export async function* showArchive(
  reader: ArchiveReader,
  { signal, salvaged = false }: Showing & { readonly salvaged?: boolean } = {},
): AsyncIterable<string> {
  const options = signal === undefined ? {} : { signal };
  const sections = reader.tables.map(
    (info): Section => ({
      table: sectionOf(info),
      columns: info.columns,
      async *rows() {
        for await (const batch of reader.rows(info, options)) yield batch.rows();
      },
    }),
  );
  const before = await omittedOf(reader);
  yield* show({ ...documentHeaderOf(reader.header), salvaged }, before, sections);
}

/**
 * The state that the last archive of a chain has, as the document of a full one: it restores.
 * @param chain the full archive first
 * @throws CHAIN_BROKEN, CHAIN_TIMELINE, and what `showArchive` throws
 */
export async function* showChain(
  chain: readonly ArchiveReader[],
  { signal }: Showing = {},
): AsyncIterable<string> {
  checkChain(chain);
  const last = chain.at(-1)!;
  const sources = tableSources(chain, parseSchemaDocument(await last.schema()));
  const sections = sources.map(
    ({ part, read }): Section => ({
      table: part.spec.name,
      columns: part.columns,
      rows: () => read(signal),
    }),
  );
  const before = Math.max(...(await Promise.all(chain.map(omittedOf))));
  yield* show({ ...documentHeaderOf(last.header), type: 'full' }, before, sections);
}

const omittedOf = async (reader: ArchiveReader): Promise<number> =>
  reader.entries.some(({ name }) => name === summaryEntry) ? readOmittedSecrets(reader) : 0;

/** @param before secrets that the archive does not have */
async function* show(
  header: DocumentHeader,
  before: number,
  sections: readonly Section[],
): AsyncIterable<string> {
  let omitted = 0;
  const counted: DocumentHeader = {
    ...header,
    get omittedSecrets() {
      return before + omitted;
    },
  };
  yield* writeDocument(counted, async function* (): AsyncIterable<TableBatch> {
    omitted = 0;
    for (const { table, columns, rows: read } of sections) {
      yield { table, columns, rows: [] };
      for await (const batch of read()) {
        const rows = batch.map((row) =>
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
