// What an increment goes on from, and whether it may.

import { HoldfastError } from '../../errors.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { Store } from '../../store/open-store.ts';
import { type BaseArchive, readBase } from './base-archive.ts';
import { selectSpecs } from './content.ts';
import type { BackupOptions } from './create-backup.ts';
import type { Since } from './plan-tables.ts';
import { wholeTables } from './whole-tables.ts';

export interface Base {
  readonly archive: BaseArchive;
  /** Tables of the increment: those of the archive, and new ones where that has everything. */
  readonly content: readonly TableSpec[];
}

/** @returns undefined for a full backup. @throws CHAIN_TIMELINE, CHAIN_BROKEN, USAGE for a selection of its own */
export async function baseOf(
  store: Store,
  { since, only, histories, keys = [] }: BackupOptions,
  timeline: string,
): Promise<Base | undefined> {
  if (since === undefined) return undefined;
  const { type } = since;
  if (only !== undefined || histories !== undefined)
    throw new HoldfastError('USAGE', 'an increment has the tables and histories of the archive before it');
  const given = since.archive;
  const header = 'header' in given ? given.header : given;
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
  const archive = 'header' in given ? await readBase(given) : given;
  const { id, secrets, selection } = archive;
  if ((secrets === 'clear') !== keys.length > 0)
    throw new HoldfastError(
      'USAGE',
      `the archive ${id} is ${keys.length > 0 ? 'not encrypted' : 'encrypted'}: a chain is so throughout`,
      { hint: 'holdfast backup create --type full begins a new chain' },
    );
  const content = selectSpecs(store.domains).filter(
    ({ name }) => selection === undefined || archive.content.has(name),
  );
  return { archive, content };
}

/** To be asked when the snapshot is taken: what is found unseen by then is in it whole. */
export const sinceOf = async (
  store: Store,
  content: readonly TableSpec[],
  { content: before, position, at }: BaseArchive,
): Promise<Since> => ({ position, whole: await wholeTables(store, content, before, at) });
