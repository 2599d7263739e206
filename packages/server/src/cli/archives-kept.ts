// Archives that the register and targets have, for whoever puts a chain together.

import { statSync } from 'node:fs';
import type { Store } from '@holdfast/core';
import { type ArchiveFacts, type FileSource, openFileSource } from '@holdfast/core/archive';
import { archives } from '@holdfast/core/system';
import {
  idInName,
  listCopies,
  listTargets,
  openNamedTarget,
  type Target,
  targetSource,
} from '@holdfast/core/targets';

export interface KeptArchive {
  /** Of the local file; undefined on a target. */
  readonly path: string | undefined;
  /** Undefined where only its header says them. */
  readonly facts: ArchiveFacts | undefined;
  readonly open: () => Promise<FileSource>;
}

export interface KeptArchives {
  readonly archives: readonly KeptArchive[];
  close(): Promise<void>;
}

/**
 * Registered ones from their file or a copy, then what else is on the target. They can be opened after the store was closed.
 * @param named the target that the chain is read from
 */
export async function archivesKept(store: Store, named: string | undefined): Promise<KeptArchives> {
  const targets = new Map<string, Target>();
  // Nothing is connected until it is read from.
  for (const { name } of await listTargets(store)) targets.set(name, await openNamedTarget(store, name));
  const copies = Map.groupBy(await listCopies(store), ({ archiveId }) => archiveId);
  const found: KeptArchive[] = [];
  const known = new Set<string>();
  for await (const rows of store.repository(archives).stream({ where: { prunedAt: null } }))
    for (const row of rows) {
      const { id, type, path, sizeBytes: bytes } = row;
      const line = { id, type, baseId: row.base, timeline: row.timeline, at: row.takenAt };
      const facts = { ...line, proven: false, dataClasses: [], bytes };
      const size = statSync(path, { throwIfNoEntry: false })?.size;
      const copy = (copies.get(id) ?? []).find(({ storedAt }) => storedAt !== null);
      if (size !== undefined)
        found.push({ path, facts: size === bytes ? facts : undefined, open: () => openFileSource(path) });
      else if (copy !== undefined)
        found.push({ path: undefined, facts, open: () => fileOn(targets.get(copy.target)!, copy.file) });
      if (copy !== undefined) known.add(id);
    }
  const target = named === undefined ? undefined : targets.get(named);
  if (target !== undefined)
    for await (const { name: file } of target.list()) {
      const id = idInName(file);
      if (!file.endsWith('.sma') || (id !== undefined && known.has(id))) continue;
      found.push({ path: undefined, facts: undefined, open: () => fileOn(target, file) });
    }
  return {
    archives: found,
    async close() {
      for (const each of targets.values()) await each.close();
    },
  };
}

/** Its target is closed with all others. */
const fileOn = async (target: Target, file: string): Promise<FileSource> => ({
  ...(await targetSource(target, file)),
  close: async () => {},
});
