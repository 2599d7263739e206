// Polls into chunks: what many polls saw of many records becomes, for each record, what was seen of it over time.

import type { Store } from '../../store/open-store.ts';
import { samples } from '../../system/tables.ts';
import { type Block, BlockBuilder, concat, state } from './block.ts';
import { type Chunk, chunksOf, exchange } from './chunks.ts';
import { decodePoll, type TimedPoll, wideView } from './poll-codec.ts';
import { duePolls, type PollGroup } from './series-queries.ts';
import { Turns } from './turns.ts';

/** Polls of a group that are taken up whatever their age. */
const enoughPolls = 240;
/** Polls of one transaction, at most. */
const pollsAtOnce = 1_000;
/** Cells, a metric of a record in a poll, that are in memory at a time; each takes nine bytes. */
const mostCells = 4_000_000;

export interface TakeUpOptions {
  /** Groups whose oldest poll is from before this instant are taken up, however few they are. */
  readonly before: number;
  readonly signal: AbortSignal | undefined;
}

/** @returns polls that were put into chunks */
export async function takeUp(store: Store, { before, signal }: TakeUpOptions): Promise<number> {
  let taken = 0;
  for (const group of await duePolls(store, enoughPolls, before)) {
    // Those that come in meanwhile are for the next time.
    for (let left = await store.repository(samples).count({ ...group }); left > 0; ) {
      const some = await takeGroup(store, group, left, signal);
      if (some === 0) break;
      left -= some;
      taken += some;
    }
  }
  return taken;
}

async function takeGroup(
  store: Store,
  group: PollGroup,
  most: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { tableName, source } = group;
  const { items } = await store
    .repository(samples)
    .list({ where: { ...group }, orderBy: [['at'], ['id']], limit: Math.min(pollsAtOnce, most) });
  const polls: TimedPoll[] = [];
  const ids: string[] = [];
  let cells = 0;
  for (const { id, at, data } of items) {
    const poll = decodePoll(data);
    cells += poll.states.length;
    if (polls.length > 0 && cells > mostCells) break;
    polls.push({ ...poll, at });
    ids.push(id);
  }
  const turns = new Turns();
  const made: Chunk[] = [];
  for (const [record, block] of transpose(polls)) {
    made.push(...chunksOf({ tableName, source, record }, 'raw', block));
    await turns.pause(signal);
  }
  return (await exchange(store, { polls: ids }, made, signal)) ? ids.length : 0;
}

/** The samples of each record, one after the other so that only one of them is in memory twice. */
export function* transpose(polls: readonly TimedPoll[]): Generator<[record: string, samples: Block]> {
  const places = new Map<string, [poll: number, row: number][]>();
  for (const [index, { records }] of polls.entries())
    for (const [row, record] of records.entries()) {
      const found = places.get(record);
      if (found === undefined) places.set(record, [[index, row]]);
      else found.push([index, row]);
    }
  for (const [record, found] of places) yield [record, samplesOf(polls, found)];
}

function samplesOf(polls: readonly TimedPoll[], places: readonly [poll: number, row: number][]): Block {
  const builder = new BlockBuilder(places.length);
  for (const [index, [each, row]] of places.entries()) {
    const { at, metrics, states, values } = polls[each]!;
    builder.times[index] = at;
    const from = row * metrics.length;
    for (const [column, { name, wide }] of metrics.entries()) {
      const kind = states[from + column]!;
      if (kind === state.absent) continue;
      const to = builder.column(name, 'last', wide);
      to.states[index] = kind;
      if (kind === state.null) continue;
      to.column.values[index] = wide ? wideView(values)[from + column]! : values[from + column]!;
    }
  }
  // Two scopes of a sweep may show a record, and a clock may have been stepped back.
  return concat([builder.build()]);
}

/** The samples that polls have of one record. */
export function samplesIn(polls: readonly TimedPoll[], record: string): Block | undefined {
  const places = polls.flatMap(({ records }, poll): [number, number][] => {
    const found: [number, number][] = [];
    for (let row = records.indexOf(record); row >= 0; row = records.indexOf(record, row + 1))
      found.push([poll, row]);
    return found;
  });
  return places.length === 0 ? undefined : samplesOf(polls, places);
}
