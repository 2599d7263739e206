// The newest archives as the database remembers them, so that the next one goes on from them without their key.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Instant } from '../../schema/instant.ts';
import type { Store } from '../../store/open-store.ts';
import { archiveMarks, archives } from '../../system/tables.ts';
import type { LockKey } from '../crypto/keys.ts';
import { keyId } from '../crypto/slots.ts';
import type { BaseArchive } from './base-archive.ts';
import { currentTimeline } from './timeline.ts';

const stateSchema = z.object({
  type: z.enum(['full', 'incremental', 'differential', 'segment']),
  full: z.string(),
  timeline: z.string(),
  at: z.int(),
  secrets: z.enum(['clear', 'omitted']),
  content: z.record(z.string(), z.string()),
  digests: z.record(z.string(), z.string()),
});

/** The same for the same keys. Undefined where a passphrase is among them: nothing tells whether the next is the same. */
function lockOf(keys: readonly LockKey[]): string | undefined {
  const ids: string[] = [];
  for (const key of keys) {
    if (key.kind === 'passphrase') return undefined;
    ids.push(keyId(key));
  }
  const text = ids.sort().join(' ');
  return text.length <= 64 ? text : createHash('sha256').update(text).digest('hex');
}

export type MarkSlot = 'full' | 'point' | 'segment';

/** Remembers an archive of everything; others are passed over. */
export async function putMark(
  store: Store,
  keys: readonly LockKey[],
  { id, selection, histories: _whole, position, content, digests, ...rest }: BaseArchive,
): Promise<void> {
  const lock = lockOf(keys);
  if (lock === undefined || selection !== undefined) return;
  const state = {
    ...rest,
    content: Object.fromEntries(content),
    digests: Object.fromEntries(digests),
  };
  const { type, at } = rest;
  const slots: MarkSlot[] = type === 'full' ? ['full', 'point'] : [type === 'segment' ? 'segment' : 'point'];
  await store.transaction(async (transaction) => {
    const marks = transaction.repository(archiveMarks);
    if (type !== 'segment') await marks.deleteMany({ slot: 'segment', lock });
    for (const slot of slots)
      await marks.upsert({ slot, lock, archiveId: id, position, state, unchangedUntil: at });
  });
}

/**
 * The archive to go on from with these keys: of the slot `segment` the newest of all, a segment or not.
 * @returns undefined where there is none in this timeline, or it was removed from the register
 */
export async function readMark(
  store: Store,
  keys: readonly LockKey[],
  slot: MarkSlot,
): Promise<BaseArchive | undefined> {
  const lock = lockOf(keys);
  if (lock === undefined) return undefined;
  const marks = store.repository(archiveMarks);
  const found =
    (await marks.get({ slot, lock })) ??
    (slot === 'segment' ? await marks.get({ slot: 'point', lock }) : undefined);
  if (found === undefined) return undefined;
  const checked = stateSchema.safeParse(found.state);
  const archive = await store.repository(archives).get({ id: found.archiveId });
  const timeline = (await currentTimeline(store))?.id;
  // Written by another version, of another timeline, or pruned: a full archive begins anew.
  if (!checked.success || checked.data.timeline !== timeline || archive?.prunedAt !== null) return undefined;
  const { content, digests, ...rest } = checked.data;
  return {
    ...rest,
    ...{ id: found.archiveId, position: found.position, selection: undefined, histories: true },
    content: new Map(Object.entries(content)),
    digests: new Map(Object.entries(digests)),
  };
}

/** Nothing critical has changed since that archive was taken. */
export async function noteUnchanged(store: Store, id: string, until: Instant): Promise<void> {
  await store.repository(archiveMarks).updateMany({ archiveId: id }, { unchangedUntil: until });
}
