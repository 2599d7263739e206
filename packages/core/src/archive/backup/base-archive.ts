// What is to be known of an archive to go on from it: read from itself with its key, or remembered when it was written.

import { createHash } from 'node:crypto';
import { canonicalJson } from '../../schema/canonical-json.ts';
import type { Domain } from '../../schema/domain.ts';
import type { Instant } from '../../schema/instant.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import type { ArchiveHeader, ArchiveType } from '../format/header.ts';
import { parseSchemaDocument } from './schema-document.ts';
import { readState } from './state-entry.ts';

export interface BaseArchive {
  readonly id: string;
  readonly type: ArchiveType;
  /** The full archive that it goes back to; of a full one its own id. */
  readonly full: string;
  readonly timeline: string;
  /** As in its header; none of an archive of everything. */
  readonly selection: readonly string[] | undefined;
  readonly secrets: 'clear' | 'omitted';
  /** Whether they are in it. */
  readonly histories: boolean;
  /** Tables that were written, with the fingerprint of their declaration. */
  readonly content: ReadonlyMap<string, string>;
  /** Digests of tables that were written whole. */
  readonly digests: ReadonlyMap<string, string>;
  /** Of the reader of changes. */
  readonly position: string;
  readonly at: Instant;
}

/** Whether it has what was, beside what is. */
export const hasHistories = ({ metadata }: ArchiveHeader): boolean => metadata['histories'] !== 'omitted';

/** What an archive was asked for, by names; undefined where nothing was left out. */
export const selectionIn = ({ metadata }: ArchiveHeader): readonly string[] | undefined =>
  metadata['selection'] as readonly string[] | undefined;

/** The same where that is not everything: the tables of all else are empty in it. */
export function partOf(header: ArchiveHeader, domains: readonly Domain[]): readonly string[] | undefined {
  const selection = selectionIn(header);
  return selection === undefined || domains.every(({ name }) => selection.includes(name))
    ? undefined
    : selection;
}

/** Tells two declarations of a table apart. */
export const declarationOf = (spec: TableSpec): string =>
  createHash('sha256').update(canonicalJson(spec)).digest('hex').slice(0, 32);

export const contentOf = (
  tables: readonly TableSpec[],
  content: readonly string[],
): ReadonlyMap<string, string> =>
  new Map(
    tables
      .filter(({ name }) => content.includes(name))
      .map((spec): [string, string] => [spec.name, declarationOf(spec)]),
  );

/** @throws ARCHIVE_CORRUPT */
export async function readBase(archive: ArchiveReader): Promise<BaseArchive> {
  const { header } = archive;
  const { tables, content, secrets } = parseSchemaDocument(await archive.schema());
  const { position, at } = await readState(archive);
  return {
    ...{ id: header.id, type: header.type, timeline: header.timeline, secrets, position, at },
    full: header.type === 'full' ? header.id : (header.base ?? header.id),
    selection: selectionIn(header),
    histories: hasHistories(header),
    content: contentOf(tables, content),
    digests: new Map(
      archive.tables.flatMap(({ table, kind, digest }) =>
        kind === 'rows' && digest !== undefined ? [[table, digest] as [string, string]] : [],
      ),
    ),
  };
}
