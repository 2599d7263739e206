// Samples as columns: instants, and for each metric its values beside what each of them is.

/** What a place of a column is: a value, seen to be none, or not observed. */
export const state = { value: 0, null: 1, absent: 2 } as const;

/** What a column holds of its metric: the value itself (of a bucket, its last), or a statistic of the bucket. */
export const stats = ['last', 'count', 'min', 'max', 'sum'] as const;
export type Stat = (typeof stats)[number];

/** A metric as stored series name it: by its database column, and whether its values are 64-bit integers. */
export interface BlockMetric {
  readonly name: string;
  readonly wide: boolean;
}

export interface BlockColumn extends BlockMetric {
  readonly stat: Stat;
  /** Places without a value hold zero. */
  readonly values: Float64Array | BigInt64Array;
  /** One of `state` for each place; undefined where all are values. */
  readonly states: Uint8Array | undefined;
}

/** Samples of one record. A metric that a row did not observe is absent there. */
export interface Block {
  /** Instants in microseconds, ascending; of a bucket, that of its last sample. */
  readonly times: Float64Array;
  readonly columns: readonly BlockColumn[];
}

const columnId = ({ name, stat }: Pick<BlockColumn, 'name' | 'stat'>): string => `${stat} ${name}`;

const arrayOf = (wide: boolean, length: number): Float64Array | BigInt64Array =>
  wide ? new BigInt64Array(length) : new Float64Array(length);

/** Rows `from` to `to` of a block, without copying. */
export const slice = ({ times, columns }: Block, from: number, to: number): Block => ({
  times: times.subarray(from, to),
  columns: columns.map((column) => ({
    ...column,
    values: column.values.subarray(from, to),
    states: column.states?.subarray(from, to),
  })),
});

/** The first place whose instant is not before `at`. */
export function placeOf(times: Float64Array, at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A block that is filled row by row; what is not set is absent. */
export class BlockBuilder {
  readonly times: Float64Array;
  readonly #columns = new Map<string, { column: BlockColumn; states: Uint8Array }>();

  constructor(rows: number) {
    this.times = new Float64Array(rows);
  }

  /** The column of a metric, made when first asked for. */
  column(name: string, stat: Stat, wide: boolean): { column: BlockColumn; states: Uint8Array } {
    const id = columnId({ name, stat });
    let found = this.#columns.get(id);
    if (found === undefined) {
      const states = new Uint8Array(this.times.length).fill(state.absent);
      found = { column: { name, stat, wide, values: arrayOf(wide, states.length), states }, states };
      this.#columns.set(id, found);
    }
    return found;
  }

  /** The first `rows` rows; columns in which nothing was observed are left out. */
  build(rows = this.times.length): Block {
    const columns = [...this.#columns.values()].flatMap(({ column, states }): BlockColumn[] => {
      const used = states.subarray(0, rows);
      if (used.every((each) => each === state.absent)) return [];
      const values = column.values.subarray(0, rows);
      return [{ ...column, values, states: used.every((each) => each === state.value) ? undefined : used }];
    });
    return { times: this.times.subarray(0, rows), columns };
  }
}

/**
 * Blocks as one, ascending. Rows of the same instant become one row; of what several of them observed, the
 * last block's counts. Only for samples: buckets are merged by their statistics.
 */
export function concat(blocks: readonly Block[]): Block {
  if (blocks.length === 1 && isAscending(blocks[0]!.times)) return blocks[0]!;
  return inOrder(blocks) ? joined(blocks) : merged(blocks);
}

/** Whether one follows the other, as chunks of one record nearly always do. */
const inOrder = (blocks: readonly Block[]): boolean =>
  blocks.every(({ times }, index) => {
    const before = blocks[index - 1]?.times.at(-1) ?? Number.NEGATIVE_INFINITY;
    return isAscending(times) && times.length > 0 && times[0]! > before;
  });

function joined(blocks: readonly Block[]): Block {
  const builder = new BlockBuilder(blocks.reduce((sum, { times }) => sum + times.length, 0));
  const wide = widths(blocks);
  let offset = 0;
  for (const { times, columns } of blocks) {
    builder.times.set(times, offset);
    for (const from of columns) {
      const { column, states } = builder.column(from.name, from.stat, wide.get(columnId(from))!);
      if (from.states === undefined) states.fill(state.value, offset, offset + times.length);
      else states.set(from.states, offset);
      if (column.wide === from.wide) column.values.set(from.values as never, offset);
      else
        for (const [row, value] of from.values.entries())
          column.values[offset + row] = column.wide ? BigInt(value) : Number(value);
    }
    offset += times.length;
  }
  return builder.build();
}

function merged(blocks: readonly Block[]): Block {
  const rows = blocks.flatMap((block, index) =>
    Array.from(block.times, (at, row): [number, number, number] => [at, index, row]),
  );
  // The sort is stable, so rows of one instant stay in the order of their blocks.
  rows.sort((a, b) => a[0] - b[0]);
  const builder = new BlockBuilder(rows.length);
  const wide = widths(blocks);
  const targets = blocks.map(({ columns }) =>
    columns.map((column) => ({
      from: column,
      to: builder.column(column.name, column.stat, wide.get(columnId(column))!),
    })),
  );
  let length = 0;
  for (const [at, index, row] of rows) {
    if (length === 0 || builder.times[length - 1] !== at) builder.times[length++] = at;
    for (const { from, to } of targets[index]!) {
      const place = from.states?.[row] ?? state.value;
      if (place === state.absent) continue;
      to.states[length - 1] = place;
      const value = from.values[row]!;
      to.column.values[length - 1] = to.column.wide ? BigInt(value) : Number(value);
    }
  }
  return builder.build(length);
}

/**
 * Whether the joint column is one of 64-bit integers. Blocks disagree only where a declaration has changed its kind:
 * then whole numbers become bigints, and bigints beside fractions become numbers.
 */
function widths(blocks: readonly Block[]): Map<string, boolean> {
  const all = blocks.flatMap(({ columns }) => columns);
  const found = new Map(all.map((column) => [columnId(column), column.wide]));
  for (const column of all)
    if (column.wide !== found.get(columnId(column))) found.set(columnId(column), true);
  for (const column of all) {
    const fractional = !column.wide && found.get(columnId(column)) === true;
    if (fractional && !(column.values as Float64Array).every(Number.isSafeInteger))
      found.set(columnId(column), false);
  }
  return found;
}

const isAscending = (times: Float64Array): boolean =>
  times.every((at, index) => index === 0 || at > times[index - 1]!);
