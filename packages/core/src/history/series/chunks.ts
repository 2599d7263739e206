// Rows of the series table: chunks made of blocks, and chunks exchanged for others, all or nothing.

import type { Instant } from '../../schema/instant.ts';
import type { Insert, Row } from '../../schema/table.ts';
import { uuid7 } from '../../schema/uuid7.ts';
import type { Store } from '../../store/open-store.ts';
import { samples, series } from '../../system/tables.ts';
import { type Block, slice } from './block.ts';
import { encodeBlock } from './block-codec.ts';
import { floorTo, type Tier, windowOf } from './tiers.ts';

export type Chunk = Insert<typeof series>;
export type StoredChunk = Row<typeof series>;

/** Whose samples: a record, and the source it belongs to. */
export interface SeriesOwner {
  readonly tableName: string;
  readonly source: string;
  readonly record: string;
}

/** Rows of a chunk: what is read at once. A day of samples every second makes six. */
export const mostRows = 16_384;

/** Cuts a block at the windows of its tier, and where a window has more rows than a chunk takes. */
export function chunksOf({ tableName, source, record }: SeriesOwner, tier: Tier, block: Block): Chunk[] {
  const width = windowOf[tier];
  const { times } = block;
  const chunks: Chunk[] = [];
  for (let from = 0; from < times.length; ) {
    const windowStart = floorTo(times[from]!, width);
    let to = from + 1;
    while (to < times.length && to - from < mostRows && times[to]! < windowStart + width) to++;
    chunks.push({
      id: uuid7(Date.now()),
      tableName,
      source,
      record,
      tier,
      windowStart,
      firstAt: times[from]!,
      lastAt: times[to - 1]!,
      samples: to - from,
      data: encodeBlock(slice(block, from, to)),
    });
    from = to;
  }
  return chunks;
}

/** What an exchange takes away. */
export interface Taken {
  readonly polls?: readonly string[];
  readonly chunks?: readonly string[];
}

class AlreadyTaken extends Error {}

/**
 * Removes rows and stores what was made of them, in one transaction. Rows are never changed, so whoever removes them
 * all is the only one who has their samples.
 * @returns false when somebody else has taken one of them meanwhile; nothing is done then
 */
export async function exchange(
  store: Store,
  { polls = [], chunks = [] }: Taken,
  made: readonly Chunk[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await store.transaction(
      async (transaction) => {
        let removed = 0;
        for (const ids of batches(polls))
          removed += await transaction.repository(samples).deleteMany({ id: { in: ids } });
        for (const ids of batches(chunks))
          removed += await transaction.repository(series).deleteMany({ id: { in: ids } });
        if (removed !== polls.length + chunks.length) throw new AlreadyTaken();
        await transaction.repository(series).insertMany(made);
      },
      { signal },
    );
    return true;
  } catch (error) {
    if (error instanceof AlreadyTaken) return false;
    throw error;
  }
}

function* batches(ids: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < ids.length; from += 1_000) yield ids.slice(from, from + 1_000);
}

/** Removes chunks that lie wholly before an instant. @returns rows removed */
export const removeBefore = (store: Store, tier: Tier, before: Instant): Promise<number> =>
  store.repository(series).deleteMany({
    tier,
    windowStart: { lt: floorTo(before, windowOf[tier]) },
    lastAt: { lt: before },
  });
