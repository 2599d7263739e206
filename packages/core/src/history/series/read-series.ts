// Reading a series: what lies in polls and chunks of all tiers, as columns over a stretch of time.

import { HoldfastError } from '../../errors.ts';
import type { Instant } from '../../schema/instant.ts';
import type { AnyTable, Key } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import { type Block, type BlockColumn, concat, placeOf, slice, state } from './block.ts';
import { decodeBlock } from './block-codec.ts';
import { possibleParts } from './parts.ts';
import { decodePoll } from './poll-codec.ts';
import { Roll, valueAt } from './roll.ts';
import { recordNamer, type SeriesMetric, seriesMetrics, sourcePlace } from './series-metrics.ts';
import { outlineOf, rowsIn, type SeriesPlace } from './series-rows.ts';
import { samplesIn } from './take-up.ts';
import { bucketOf, floorTo, type Tier, tiers } from './tiers.ts';

export interface SeriesQuery {
  /** Properties of metrics. @default all that have a series */
  readonly metrics?: readonly string[] | undefined;
  /** From this instant on. A bucket that has begun before it is given whole. */
  readonly from: Instant;
  /** Up to this instant, itself excluded; a bucket that goes on after it is given whole. */
  readonly to: Instant;
  /**
   * A tier, of which what it has is given: older samples than the tier keeps are not in it. `auto` is the finest tier
   * that has all there is, in at most `maxPoints` instants. @default 'auto'
   */
  readonly tier?: Tier | 'auto' | undefined;
  /** @default 1500 */
  readonly maxPoints?: number | undefined;
}

/** A number, for metrics of 64 bits a bigint; null: seen to be none; undefined: not observed. */
export type SeriesValue = number | bigint | null | undefined;

/** One metric; arrays are as long as the instants. Flags are 0 and 1, instants microseconds. */
export interface MetricSeries {
  /** The values, of a bucket the last one. */
  readonly values: SeriesValue[];
  /** Of buckets: the least and largest value, their mean, and how many there were. Left out of raw samples. */
  readonly min?: SeriesValue[];
  readonly max?: SeriesValue[];
  readonly mean?: (number | null | undefined)[];
  readonly count?: number[];
}

export interface Series {
  readonly tier: Tier;
  /** Microseconds of a bucket, 0 for raw samples. */
  readonly bucket: number;
  /** Of each sample, or the beginning of each bucket; ascending. An instant that is missing was not observed. */
  readonly instants: Instant[];
  /** By property, in declared order. */
  readonly metrics: Readonly<Record<string, MetricSeries>>;
}

/** Instants that one answer may have. */
const mostPoints = 500_000;

/**
 * The samples of one record, observed by sweeps from `from` until before `to`. A record that is not there any more still
 * has its series; one that never was has an empty one.
 * @throws QUERY_INVALID for a range that is none, a metric without a series, or an answer of more than 500,000 instants;
 * RECORD_INVALID for a key of the wrong kind; DATA_UNSOUND for a chunk that cannot be read
 */
export async function readSeries<T extends AnyTable>(
  store: Store,
  table: T,
  key: Key<T>,
  query: SeriesQuery,
): Promise<Series> {
  const { from, to, maxPoints = 1_500 } = query;
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from < to))
    throw new HoldfastError('QUERY_INVALID', 'a series is read from an instant to a later one');
  if (!(Number.isInteger(maxPoints) && maxPoints >= 1))
    throw new HoldfastError('QUERY_INVALID', `maxPoints is ${maxPoints}: it takes a whole number from 1`);
  const codec = store.codec(table);
  const metrics = wantedMetrics(table, seriesMetrics(codec), query.metrics);
  const stored = codec.keyFields.map(({ property }) => codec.column(property).encode(key[property as never]));
  const record = recordNamer(codec)(stored);
  const source = sourcePlace(table);
  const place: SeriesPlace = {
    tableName: table.name,
    source: source === undefined ? '' : String(stored[source]),
    record,
    parts: possibleParts(record),
  };
  const tier = await chooseTier(store, place, query, maxPoints);
  const width = bucketOf[tier];
  const range =
    width === 0 ? { from, to } : { from: floorTo(from, width), to: floorTo(to - 1, width) + width };
  const names = new Set(metrics.map(({ name }) => name));
  const blocks: Block[] = [];
  const polls = [];
  for (const row of await rowsIn(store, place, finerOrSame(tier), range)) {
    if (row.poll) polls.push({ ...decodePoll(row.data), at: row.at });
    else
      blocks.push(
        within(
          decodeBlock(row.data, ({ name }) => names.has(name)),
          range,
        ),
      );
  }
  const waiting = samplesIn(polls, record);
  if (waiting !== undefined) blocks.push(waiting);
  return tier === 'raw' ? rawSeries(concat(blocks), metrics) : rolledSeries(tier, blocks, metrics);
}

const finerOrSame = (tier: Tier): Tier[] => tiers.slice(0, tiers.indexOf(tier) + 1);

function wantedMetrics(
  table: AnyTable,
  all: readonly SeriesMetric[],
  wanted: readonly string[] | undefined,
): readonly SeriesMetric[] {
  for (const property of wanted ?? []) {
    if (all.some((metric) => metric.property === property)) continue;
    const why = table.metricProperties.includes(property) ? 'has only a latest value' : 'is no metric';
    throw new HoldfastError(
      'QUERY_INVALID',
      `${table.name}: ${property} ${why}, so there is no series of it`,
      {
        hint: `There are series of ${all.map((metric) => metric.property).join(', ') || 'nothing'}`,
      },
    );
  }
  return wanted === undefined ? all : all.filter(({ property }) => wanted.includes(property));
}

/** The finest tier with everything, in few enough points. @throws QUERY_INVALID for an answer that is too large */
async function chooseTier(
  store: Store,
  place: SeriesPlace,
  { from, to, tier: wanted = 'auto' }: SeriesQuery,
  maxPoints: number,
): Promise<Tier> {
  const { rows, ...range } = await outlineOf(store, place, { from, to });
  const pointsOf = (tier: Tier): number => {
    const all = finerOrSame(tier).reduce((sum, each) => sum + rows[each], 0);
    const bucket = bucketOf[tier];
    return bucket === 0
      ? all
      : Math.min(all, Math.floor(range.to / bucket) - Math.floor(range.from / bucket) + 1);
  };
  if (wanted === 'auto') {
    const coarsest = tiers.findLastIndex((tier) => rows[tier] > 0);
    const some = tiers.slice(Math.max(0, coarsest));
    return some.find((tier) => pointsOf(tier) <= maxPoints) ?? 'day';
  }
  if (pointsOf(wanted) <= mostPoints) return wanted;
  throw new HoldfastError('QUERY_INVALID', `${pointsOf(wanted)} instants are more than an answer takes`, {
    hint: 'Read a shorter stretch of time, or a coarser tier',
  });
}

const within = (block: Block, { from, to }: { from: Instant; to: Instant }): Block =>
  slice(block, placeOf(block.times, from), placeOf(block.times, to));

function rawSeries(block: Block, metrics: readonly SeriesMetric[]): Series {
  const rows = block.times.length;
  const found = metrics.map(({ name, property }): [string, MetricSeries] => {
    const column = block.columns.find((each) => each.name === name && each.stat === 'last');
    return [property, { values: valuesOf(column, rows) }];
  });
  return { tier: 'raw', bucket: 0, instants: Array.from(block.times), metrics: Object.fromEntries(found) };
}

/** The places of a column. A loop: iterating a typed array costs several times as much. */
function valuesOf(column: BlockColumn | undefined, rows: number): SeriesValue[] {
  const found = new Array<SeriesValue>(rows);
  const values = column?.values;
  const states = column?.states;
  for (let row = 0; row < rows; row++) {
    const place = values === undefined ? state.absent : (states?.[row] ?? state.value);
    found[row] = place === state.value ? values![row]! : place === state.null ? null : undefined;
  }
  return found;
}

function rolledSeries(tier: Tier, blocks: readonly Block[], metrics: readonly SeriesMetric[]): Series {
  const bucket = bucketOf[tier];
  const roll = new Roll(bucket);
  for (const block of blocks) roll.add(block);
  const block = roll.build();
  const found = metrics.map(({ name, property }): [string, MetricSeries] => {
    const column = (stat: string) => block.columns.find((each) => each.name === name && each.stat === stat);
    const [last, least, most, sums, counts] = ['last', 'min', 'max', 'sum', 'count'].map(column);
    const values = valuesOf(last, block.times.length);
    const rest = (other: typeof least): SeriesValue[] =>
      values.map((value, row) => valueAt(other, row) ?? value);
    const count = values.map((_, row) =>
      valueAt(last, row) === undefined ? 0 : Number(valueAt(counts, row) ?? 1),
    );
    const mean = values.map((value, row) =>
      typeof value === 'number' || typeof value === 'bigint'
        ? Number(valueAt(sums, row) ?? value) / count[row]!
        : value,
    );
    return [property, { values, min: rest(least), max: rest(most), mean, count }];
  });
  const instants = Array.from(block.times, (at) => floorTo(at, bucket));
  return { tier, bucket, instants, metrics: Object.fromEntries(found) };
}
