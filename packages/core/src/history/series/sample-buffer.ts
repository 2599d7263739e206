// What a sweep saw of gauges, on its way into the series: gathered scope by scope, written with the gauges themselves.

import type { StoredValue } from '../../schema/codec.ts';
import type { Instant } from '../../schema/instant.ts';
import type { Insert } from '../../schema/table.ts';
import { uuid7 } from '../../schema/uuid7.ts';
import type { Repositories } from '../../store/repository.ts';
import type { TableCodec } from '../../store/table-codec.ts';
import { samples } from '../../system/tables.ts';
import { state } from './block.ts';
import { partOf } from './parts.ts';
import { PollBuilder, recordsOfPoll } from './poll-codec.ts';
import { recordNamer, type SeriesMetric, seriesMetrics, sourcePlace } from './series-metrics.ts';

/** How observed rows lie: the key first, the gauges from `metricStart` to `width`. */
export interface SampledPlan {
  readonly codec: TableCodec;
  readonly fields: readonly { readonly property: string }[];
  readonly metricStart: number;
  readonly width: number;
}

type Cells = readonly (StoredValue | undefined)[];

/** A gauge of a plan, and where its cells go. */
interface Slot {
  readonly from: number;
  readonly to: number;
  readonly metric: SeriesMetric;
}

/** What is gathered of one table and source. */
interface Gathered {
  readonly codec: TableCodec;
  readonly source: string;
  records: number;
  /** By part. */
  readonly polls: Map<number, PollBuilder>;
}

const slotsOf = new WeakMap<SampledPlan, readonly Slot[]>();

function slots(plan: SampledPlan): readonly Slot[] {
  let found = slotsOf.get(plan);
  if (found === undefined) {
    const metrics = seriesMetrics(plan.codec);
    found = metrics.flatMap((metric, to): Slot[] => {
      const from = plan.fields.findIndex(({ property }) => property === metric.property);
      return from < 0 ? [] : [{ from, to, metric }];
    });
    slotsOf.set(plan, found);
  }
  return found;
}

/** Whether observed rows of this plan carry anything that a series keeps. */
export const hasSamples = (plan: SampledPlan): boolean => slots(plan).length > 0;

/**
 * Samples of one instant. Every record that was seen is a sample, whether its gauges moved or not: what is not in
 * the series at an instant was not observed at it.
 */
export class SampleBuffer {
  readonly #at: Instant;
  readonly #gathered = new Map<TableCodec, Map<string, Gathered>>();
  readonly #rows: Insert<typeof samples>[] = [];
  #records = 0;

  constructor(at: Instant) {
    this.#at = at;
  }

  /** Records gathered so far. */
  get records(): number {
    return this.#records;
  }

  /** @param rows cells of observed records, before what they left out was filled in from the store */
  add(plan: SampledPlan, rows: readonly Cells[]): void {
    const filled = slots(plan);
    if (filled.length === 0 || rows.length === 0) return;
    const name = recordNamer(plan.codec);
    const place = sourcePlace(plan.codec.table);
    let gathered: Gathered | undefined;
    for (const cells of rows) {
      if (!isSample(filled, cells)) continue;
      const source = place === undefined ? '' : String(cells[place]);
      if (gathered?.source !== source) gathered = this.#of(plan.codec, source);
      this.#add(gathered, name(cells), filled, cells);
    }
  }

  /** Writes all of it, in the caller's transaction, which may be run again: `clear` once it is committed. */
  async write(repositories: Repositories): Promise<void> {
    for (const sources of this.#gathered.values())
      for (const gathered of sources.values())
        for (const [part, poll] of gathered.polls) if (poll.records > 0) this.#close(gathered, part, poll);
    if (this.#rows.length > 0) await repositories.repository(samples).insertMany(this.#rows);
  }

  clear(): void {
    this.#gathered.clear();
    this.#rows.length = 0;
    this.#records = 0;
  }

  #of(codec: TableCodec, source: string): Gathered {
    let sources = this.#gathered.get(codec);
    if (sources === undefined) {
      sources = new Map();
      this.#gathered.set(codec, sources);
    }
    let found = sources.get(source);
    if (found === undefined) {
      found = { codec, source, records: 0, polls: new Map() };
      sources.set(source, found);
    }
    return found;
  }

  #add(gathered: Gathered, record: string, filled: readonly Slot[], cells: Cells): void {
    const part = partOf(record, gathered.records++);
    this.#records++;
    let poll = gathered.polls.get(part);
    if (poll === undefined) {
      poll = new PollBuilder(seriesMetrics(gathered.codec));
      gathered.polls.set(part, poll);
    }
    put(poll, record, filled, cells);
    if (poll.records === recordsOfPoll) this.#close(gathered, part, poll);
  }

  #close({ codec, source }: Gathered, part: number, poll: PollBuilder): void {
    this.#rows.push({
      id: uuid7(Date.now()),
      tableName: codec.table.name,
      source,
      part,
      at: this.#at,
      records: poll.records,
      data: poll.encode(),
    });
  }
}

function isSample(filled: readonly Slot[], cells: Cells): boolean {
  for (const { from } of filled) if (cells[from] !== undefined) return true;
  return false;
}

function put(poll: PollBuilder, record: string, filled: readonly Slot[], cells: Cells): void {
  const start = poll.add(record);
  for (const { from, to, metric } of filled) {
    const value = cells[from];
    if (value === undefined) continue;
    const place = start + to;
    if (value === null) {
      poll.states[place] = state.null;
      continue;
    }
    poll.states[place] = state.value;
    if (metric.asStored && typeof value === 'number') {
      poll.values[place] = value;
      continue;
    }
    const sample = metric.sample(value);
    if (typeof sample === 'bigint') poll.wide[place] = sample;
    else poll.values[place] = sample;
  }
}
