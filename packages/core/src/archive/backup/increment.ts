// What an increment goes on from, and whether it may.

import { HoldfastError } from '../../errors.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { Store } from '../../store/open-store.ts';
import { selectSpecs } from './content.ts';
import type { BackupOptions } from './create-backup.ts';
import { parseSchemaDocument, type SchemaDocument } from './schema-document.ts';
import { type ArchiveState, readState } from './state-entry.ts';
import { wholeTables } from './whole-tables.ts';
import type { Since } from './write-tables.ts';

export interface Base {
  readonly schema: SchemaDocument;
  readonly state: ArchiveState;
  /** Tables of the increment: those of the archive, and new ones where that has everything. */
  readonly content: readonly TableSpec[];
}

/** @returns undefined for a full backup. @throws CHAIN_TIMELINE, CHAIN_BROKEN, USAGE for a selection of its own */
export async function baseOf(
  store: Store,
  { since, only, keys = [] }: BackupOptions,
  timeline: string,
): Promise<Base | undefined> {
  if (since === undefined) return undefined;
  const { type, archive } = since;
  const { header } = archive;
  if (only !== undefined)
    throw new HoldfastError('USAGE', 'an increment has the tables of the archive before it');
  if (header.timeline !== timeline)
    throw new HoldfastError(
      'CHAIN_TIMELINE',
      `the archive ${header.id} is of another timeline: the database was restored since, or is another one`,
      { hint: 'holdfast backup create --type full begins a new chain', details: { wrong: header.id } },
    );
  if (type === 'differential' && header.type !== 'full')
    throw new HoldfastError(
      'CHAIN_BROKEN',
      `a differential backup goes on from a full archive, and ${header.id} is ${header.type}`,
      { hint: 'holdfast backup create --type incremental', details: { wrong: header.id } },
    );
  const schema = parseSchemaDocument(await archive.schema());
  if ((schema.secrets === 'clear') !== keys.length > 0)
    throw new HoldfastError(
      'USAGE',
      `the archive ${header.id} is ${keys.length > 0 ? 'not encrypted' : 'encrypted'}: a chain is so throughout`,
      { hint: 'holdfast backup create --type full begins a new chain' },
    );
  const selected = header.metadata['selection'] !== undefined;
  const content = selectSpecs(store.domains).filter(({ name }) => !selected || schema.content.includes(name));
  return { schema, state: await readState(archive), content };
}

/** To be asked when the snapshot is taken: what is found unseen by then is in it whole. */
export const sinceOf = async (
  store: Store,
  content: readonly TableSpec[],
  { schema, state }: Base,
): Promise<Since> => ({
  position: state.position,
  whole: await wholeTables(store, content, schema, state.at),
});
