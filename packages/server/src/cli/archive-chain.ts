// The archives that bring back what one of them has: itself, and what it goes back to, found beside it or in the register.

import { existsSync, readdirSync } from 'node:fs';
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
import { archivesKept, type KeptArchive } from './archives-kept.ts';
import type { Invocation } from './invocation.ts';
import { onTarget, withArchive, withStoreIfAny } from './open-archive.ts';

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
  return withChainFiles(
    invocation,
    named,
    async (sources) => {
      const chain: ArchiveReader[] = [];
      for (const source of sources) {
        // A wrong key is told at once, whatever the size.
        chain.push(await ArchiveReader.open(source, { keys }));
        if (checked !== undefined) await verifyArchive(source, { depth: 'stored', ...checked });
      }
      return work(chain);
    },
    at,
  );
}

/** The same, as what is stored: no key is needed. */
export function withChainFiles<T>(
  invocation: Invocation,
  named: string,
  work: (sources: readonly FileSource[]) => Promise<T>,
  at?: Instant,
): Promise<T> {
  return withArchive(invocation, named, async ({ path, source }) => {
    const { header } = await outlineArchive(source);
    if (header.type === 'full' && at === undefined) return work([source]);
    const { found, close } = await archivesBeside(invocation, path);
    const sources: FileSource[] = [];
    try {
      const facts = [...found.values()].map((each) => each.facts);
      const wanted =
        at === undefined ? chainTo(facts, header.id) : chainAt(facts, at, { timeline: header.timeline });
      for (const { id } of wanted) sources.push(await found.get(id)!.open());
      return await work(sources);
    } finally {
      for (const part of sources) await part.close();
      await close();
    }
  });
}

interface Found {
  readonly facts: ArchiveFacts;
  readonly open: () => Promise<FileSource>;
}

/** By id. Files that are no whole archive are passed over: what needs them says that they are missing. */
async function archivesBeside(
  invocation: Invocation,
  path: string,
): Promise<{ readonly found: ReadonlyMap<string, Found>; readonly close: () => Promise<void> }> {
  const there = existsSync(path) ? undefined : onTarget(path);
  const kept = await withStoreIfAny(invocation, (store) => archivesKept(store, there?.target));
  const registered = new Map(kept?.archives.map((each) => [each.path, each]));
  const local: Omit<KeptArchive, 'path'>[] = [];
  if (there === undefined) {
    const folder = dirname(resolve(path));
    const beside = readdirSync(folder).filter((name) => name.endsWith('.sma'));
    for (const each of new Set([resolve(path), ...beside.map((name) => join(folder, name))]))
      local.push(registered.get(each) ?? { facts: undefined, open: () => openFileSource(each) });
  }
  const found = new Map<string, Found>();
  for (const { facts, open } of [...local, ...(kept?.archives ?? [])]) {
    const known = facts ?? (await factsOf(open));
    if (known !== undefined && !found.has(known.id)) found.set(known.id, { facts: known, open });
  }
  return { found, close: async () => kept?.close() };
}

async function factsOf(open: Found['open']): Promise<ArchiveFacts | undefined> {
  let source: FileSource | undefined;
  try {
    source = await open();
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
