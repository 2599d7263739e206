// The archives that bring back what one of them has: itself, and what it goes back to, found beside it or in the register.

import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Instant, isHoldfastError, parseInstant } from '@holdfast/core';
import {
  type ArchiveFacts,
  type ArchiveHeader,
  ArchiveReader,
  chainAt,
  chainTo,
  type FileSource,
  openFileSource,
  outlineArchive,
  type UnlockKey,
  verifyArchive,
} from '@holdfast/core/archive';
import { archives } from '@holdfast/core/system';
import type { Invocation } from './invocation.ts';
import { withArchive, withStoreIfAny } from './open-archive.ts';

export interface ChainFlags {
  readonly keys: readonly UnlockKey[];
  /** Up to the last archive that was taken by then, in the timeline of the one that is named. */
  readonly at?: Instant | undefined;
  /** Every stored byte is compared with its checksum before anything is read. */
  readonly checked?: { readonly signal: AbortSignal };
}

/** Opens the chain, the full archive first, and closes it after `work`. @throws CHAIN_BROKEN, CHAIN_BEFORE */
export function withChain<T>(
  invocation: Invocation,
  named: string,
  { keys, at, checked }: ChainFlags,
  work: (chain: readonly ArchiveReader[]) => Promise<T>,
): Promise<T> {
  return withArchive(invocation, named, async ({ path, source }) => {
    const { header } = await outlineArchive(source);
    const open = async (from: FileSource): Promise<ArchiveReader> => {
      // A wrong key is told at once, whatever the size.
      const reader = await ArchiveReader.open(from, { keys });
      if (checked !== undefined) await verifyArchive(from, { depth: 'stored', ...checked });
      return reader;
    };
    if (header.type === 'full' && at === undefined) return work([await open(source)]);
    const found = await archivesBeside(invocation, path);
    const facts = [...found.values()].map((each) => each.facts);
    const wanted =
      at === undefined ? chainTo(facts, header.id) : chainAt(facts, at, { timeline: header.timeline });
    const sources: FileSource[] = [];
    try {
      const chain: ArchiveReader[] = [];
      for (const { id } of wanted) {
        const part = await openFileSource(found.get(id)!.path);
        sources.push(part);
        chain.push(await open(part));
      }
      return await work(chain);
    } finally {
      for (const part of sources) await part.close();
    }
  });
}

interface Found {
  readonly path: string;
  readonly facts: ArchiveFacts;
}

/** By id. Files that are no whole archive are passed over: what needs them says that they are missing. */
async function archivesBeside(invocation: Invocation, path: string): Promise<ReadonlyMap<string, Found>> {
  const folder = dirname(resolve(path));
  const beside = readdirSync(folder).filter((name) => name.endsWith('.sma'));
  const registered = await withStoreIfAny(invocation, async (store) => {
    const paths: string[] = [];
    for await (const rows of store.repository(archives).stream()) paths.push(...rows.map((row) => row.path));
    return paths;
  });
  const found = new Map<string, Found>();
  for (const each of new Set([
    resolve(path),
    ...beside.map((name) => join(folder, name)),
    ...(registered ?? []),
  ])) {
    const facts = await factsOf(each);
    if (facts !== undefined && !found.has(facts.id)) found.set(facts.id, { path: each, facts });
  }
  return found;
}

async function factsOf(path: string): Promise<ArchiveFacts | undefined> {
  let source: FileSource | undefined;
  try {
    source = await openFileSource(path);
    const { header, bytes } = await outlineArchive(source);
    return { ...lineOf(header), proven: false, dataClasses: [], bytes };
  } catch (error) {
    if (isHoldfastError(error)) return undefined;
    throw error;
  } finally {
    await source?.close();
  }
}

const lineOf = ({ id, type, parent, timeline, createdAt }: ArchiveHeader) => ({
  ...{ id, type, timeline },
  baseId: parent ?? null,
  at: parseInstant(createdAt),
});
