// Compaction: polls into chunks, small chunks into large ones, old samples into coarser buckets, the oldest removed.

import { type Instant, now } from '../../schema/instant.ts';
import type { Store } from '../../store/open-store.ts';
import { samples, series } from '../../system/tables.ts';
import { concat } from './block.ts';
import { decodeBlock } from './block-codec.ts';
import { type Chunk, chunksOf, exchange, removeBefore, type StoredChunk } from './chunks.ts';
import { Roll } from './roll.ts';
import { type ChunkGroup, groupsUpTo } from './series-queries.ts';
import { takeUp } from './take-up.ts';
import {
  bucketOf,
  day,
  floorTo,
  nextTier,
  retentionOf,
  type SeriesRetention,
  type Tier,
  tiers,
  windowOf,
} from './tiers.ts';
import { Turns } from './turns.ts';

/** Microseconds for which polls wait to be taken up, and for which a window is still expected to grow. */
const hour = bucketOf.hour;
/** Chunks of so many records are exchanged in one transaction. */
const groupsAtOnce = 50;

export interface CompactOptions {
  /** The instant that ages are counted from. @default now */
  readonly at?: Instant;
  /** @default the setting `series.retention` */
  readonly retention?: SeriesRetention;
  readonly signal?: AbortSignal | undefined;
  /** Called after each transaction with what is done so far. */
  readonly onProgress?: ((done: Compacted) => void) | undefined;
}

export interface Compacted {
  /** Polls that became chunks. */
  polls: number;
  /** Windows whose chunks became one. */
  merged: number;
  /** Windows that were folded into buckets of the next tier. */
  folded: number;
  /** Chunks removed for their age. */
  removed: number;
}

/**
 * Brings the series of a store into shape, step by step:
 * 1. polls become, once there is one older than an hour or there are 240, chunks of their records;
 * 2. the chunks of a day that is over become one for each record;
 * 3. windows older than their tier keeps are folded into buckets of the next one;
 * 4. what the last tier no longer keeps is removed.
 * Each step is many transactions, each of which removes rows and stores what was made of them. Killed, cancelled or
 * failing at any point, it leaves every sample in exactly one place, and the next call goes on. Several at once, in
 * whichever process, get in nobody's way: what one has taken the others leave.
 * Needs free space in the database for one transaction's chunks, memory for some tens of megabytes.
 * @throws CANCELLED, SETTING_INVALID, DATA_UNSOUND for a chunk that cannot be read, errors of the store
 */
export async function compactSeries(store: Store, options: CompactOptions = {}): Promise<Compacted> {
  const { at = now(), signal, onProgress } = options;
  const retention = options.retention ?? (await retentionOf(store));
  const done: Compacted = { polls: 0, merged: 0, folded: 0, removed: 0 };
  done.polls = await takeUp(store, { before: at - hour, signal });
  onProgress?.(done);

  const over = await groupsUpTo(store, 'raw', at - hour - windowOf.raw, { scattered: true });
  await inBatches(over, async (groups) => {
    if (await rewrite(store, groups, 'raw', 'raw', signal)) done.merged += groups.length;
    onProgress?.(done);
  });

  for (const tier of tiers) {
    const kept = retention[tier];
    if (kept === null) continue;
    const oldest = at - kept * day;
    const coarser = nextTier(tier);
    if (coarser === undefined) {
      done.removed += await removeBefore(store, tier, oldest);
      continue;
    }
    const due = await groupsUpTo(store, tier, oldest - windowOf[tier]);
    await inBatches(due, async (groups) => {
      if (await rewrite(store, groups, tier, coarser, signal)) done.folded += groups.length;
      onProgress?.(done);
    });
  }
  return done;
}

/** A record's windows stay in one batch: folded, they may come to lie in the same chunk. */
async function inBatches(
  groups: readonly ChunkGroup[],
  work: (some: readonly ChunkGroup[]) => Promise<void>,
): Promise<void> {
  const sameRecord = (a: ChunkGroup, b: ChunkGroup): boolean =>
    a.tableName === b.tableName && a.record === b.record && a.source === b.source;
  for (let from = 0; from < groups.length; ) {
    let to = Math.min(from + groupsAtOnce, groups.length);
    while (to < groups.length && to - from < 4 * groupsAtOnce && sameRecord(groups[to - 1]!, groups[to]!))
      to++;
    await work(groups.slice(from, to));
    from = to;
  }
}

/** Chunks of one record that become other chunks. */
interface Rewritten {
  readonly owner: ChunkGroup;
  readonly old: StoredChunk[];
}

/** @returns whether it was done; false when somebody else was quicker */
async function rewrite(
  store: Store,
  groups: readonly ChunkGroup[],
  from: Tier,
  to: Tier,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const turns = new Turns();
  const targets = new Map<string, Rewritten>();
  for (const group of groups) {
    const windowStart = floorTo(group.windowStart, windowOf[to]);
    const id = JSON.stringify([group.tableName, group.record, group.source, windowStart]);
    let target = targets.get(id);
    if (target === undefined) {
      // What the window has already, of windows that were folded before.
      const old = from === to ? [] : await chunksIn(store, { ...group, windowStart }, to);
      target = { owner: group, old };
      targets.set(id, target);
    }
    target.old.push(...(await chunksIn(store, group, from)));
  }
  const made: Chunk[] = [];
  for (const { owner, old } of targets.values()) {
    const blocks = old.map(({ data }) => decodeBlock(data));
    const roll = new Roll(bucketOf[to]);
    if (from !== to) for (const block of blocks) roll.add(block);
    made.push(...chunksOf(owner, to, from === to ? concat(blocks) : roll.build()));
    await turns.pause(signal);
  }
  const chunks = [...targets.values()].flatMap(({ old }) => old.map(({ id }) => id));
  return exchange(store, { chunks }, made, signal);
}

async function chunksIn(
  store: Store,
  { tableName, record, source, windowStart }: ChunkGroup,
  tier: Tier,
): Promise<StoredChunk[]> {
  const where = { tableName, record, source, tier, windowStart };
  const { items } = await store
    .repository(series)
    .list({ where, orderBy: [['firstAt'], ['id']], limit: 10_000 });
  return items;
}

/** Whether polls have waited for long enough that `compactSeries` should be called: one look at the oldest. */
export async function compactionDue(store: Store, at: Instant = now()): Promise<boolean> {
  const { items } = await store.repository(samples).list({ limit: 1 });
  return items[0] !== undefined && items[0].at < at - 2 * hour;
}
