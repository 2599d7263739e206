// Buckets: of each metric how many values there were, the least, the largest, their sum and the last.

import { type Block, BlockBuilder, type BlockColumn, type Stat, state } from './block.ts';

type Value = number | bigint;

/** A metric within one bucket. */
interface Bucket {
  count: number;
  min: Value;
  max: Value;
  sum: number;
  last: Value;
  /** Instant of the last value, or of the last null where there was none. */
  at: number;
}

/** One metric's columns in a block. */
interface Source {
  readonly name: string;
  readonly last: BlockColumn;
  readonly of: Partial<Record<Stat, BlockColumn>>;
  readonly buckets: Map<number, Bucket>;
}

/** Collects samples and finer buckets into buckets of one width. */
export class Roll {
  readonly #width: number;
  readonly #times = new Map<number, number>();
  readonly #metrics = new Map<string, Map<number, Bucket>>();

  /** @param width microseconds */
  constructor(width: number) {
    this.#width = width;
  }

  add(block: Block): void {
    const sources = this.#sources(block);
    for (let row = 0; row < block.times.length; row++) {
      const at = block.times[row]!;
      const start = Math.floor(at / this.#width) * this.#width;
      const before = this.#times.get(start);
      if (before === undefined || at > before) this.#times.set(start, at);
      for (const source of sources) addRow(source, row, at, start);
    }
  }

  /** The buckets, ascending; each at the instant of its last sample. */
  build(): Block {
    const starts = [...this.#times.keys()].sort((a, b) => a - b);
    const builder = new BlockBuilder(starts.length);
    for (const [row, start] of starts.entries()) builder.times[row] = this.#times.get(start)!;
    for (const [name, buckets] of this.#metrics) {
      const wide = [...buckets.values()].some(({ count, last }) => count > 0 && typeof last === 'bigint');
      const put = (stat: Stat, row: number, value: Value): void => {
        const to = builder.column(name, stat, wide && stat !== 'count' && stat !== 'sum');
        to.states[row] = state.value;
        to.column.values[row] = to.column.wide ? BigInt(value) : Number(value);
      };
      for (const [row, start] of starts.entries()) {
        const bucket = buckets.get(start);
        if (bucket === undefined) continue;
        if (bucket.count === 0) {
          builder.column(name, 'last', wide).states[row] = state.null;
          continue;
        }
        put('last', row, bucket.last);
        // Of a single value the rest is known: where polls are as rare as buckets, that is all of them.
        if (bucket.count === 1) continue;
        put('count', row, bucket.count);
        put('min', row, bucket.min);
        put('max', row, bucket.max);
        put('sum', row, bucket.sum);
      }
    }
    return builder.build();
  }

  #sources({ columns }: Block): Source[] {
    return columns
      .filter(({ stat }) => stat === 'last')
      .map((last) => {
        const { name } = last;
        let buckets = this.#metrics.get(name);
        if (buckets === undefined) {
          buckets = new Map();
          this.#metrics.set(name, buckets);
        }
        const same = columns.filter((column) => column.name === name);
        const of = Object.fromEntries(same.map((column) => [column.stat, column]));
        return { name, last, of, buckets };
      });
  }
}

function addRow({ last, of, buckets }: Source, row: number, at: number, start: number): void {
  const place = last.states?.[row] ?? state.value;
  if (place === state.absent) return;
  let bucket = buckets.get(start);
  if (bucket === undefined) {
    bucket = { count: 0, min: 0, max: 0, sum: 0, last: 0, at };
    buckets.set(start, bucket);
  }
  if (place === state.null) return;
  const value = last.values[row]!;
  const count = Number(valueAt(of.count, row) ?? 1);
  const min = valueAt(of.min, row) ?? value;
  const max = valueAt(of.max, row) ?? value;
  if (bucket.count === 0 || min < bucket.min) bucket.min = min;
  if (bucket.count === 0 || max > bucket.max) bucket.max = max;
  if (bucket.count === 0 || at >= bucket.at) {
    bucket.last = value;
    bucket.at = at;
  }
  bucket.sum += Number(valueAt(of.sum, row) ?? value);
  bucket.count += count;
}

/** The value of a place, undefined where there is none. */
export const valueAt = (column: BlockColumn | undefined, row: number): Value | undefined =>
  column === undefined || (column.states?.[row] ?? state.value) !== state.value
    ? undefined
    : column.values[row];
