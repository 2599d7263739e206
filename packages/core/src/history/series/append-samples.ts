// Samples that no sweep brings: of a program that watches itself, or an import.

import { compileEncoder, type StoredValue } from '../../schema/codec.ts';
import type { Instant } from '../../schema/instant.ts';
import type { AnyTable, Key, Row } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import type { Repositories } from '../../store/repository.ts';
import type { TableCodec } from '../../store/table-codec.ts';
import { SampleBuffer, type SampledPlan } from './sample-buffer.ts';
import { seriesMetrics } from './series-metrics.ts';

/** A record's key, and gauges of it; left out means not observed. */
export type Sample<T extends AnyTable> = Key<T> & Partial<Row<T>>;

const plans = new WeakMap<TableCodec, SampledPlan & { encode: ReturnType<typeof compileEncoder> }>();

/**
 * Adds samples of one instant to the series, in the caller's transaction. The latest values are not touched: those are
 * written with `repository(table).update`.
 * @param repositories the transaction, or the store itself
 * @throws RECORD_INVALID for a value that does not fit its column; nothing is added then
 */
export async function appendSamples<T extends AnyTable>(
  store: Store,
  repositories: Repositories,
  table: T,
  at: Instant,
  rows: readonly Sample<T>[],
): Promise<void> {
  const plan = planOf(store.codec(table));
  const buffer = new SampleBuffer(at);
  const cells = rows.map((row) => {
    const into: (StoredValue | undefined)[] = [];
    plan.encode(row as Readonly<Record<string, unknown>>, into as StoredValue[], 0, 0);
    return into;
  });
  buffer.add(plan, cells);
  await buffer.write(repositories);
}

function planOf(codec: TableCodec): SampledPlan & { encode: ReturnType<typeof compileEncoder> } {
  let plan = plans.get(codec);
  if (plan === undefined) {
    const kept = new Set(seriesMetrics(codec).map(({ property }) => property));
    const metricStart = codec.keyFields.length;
    const fields = [...codec.keyFields, ...codec.metrics.filter(({ property }) => kept.has(property))];
    const encode = compileEncoder(codec.table.name, fields, codec.context, {
      observed: true,
      keyWidth: metricStart,
    });
    plan = { codec, fields, metricStart, width: fields.length, encode };
    plans.set(codec, plan);
  }
  return plan;
}
