// Numbers that came in ascending order, kept as ranges: those of rows that others have yet to commit lie in between.

/** Ranges of a condition: of more, the index of marks finds the rows sooner. */
const mostInCondition = 100;
/** Ranges, and rows, of one batch. */
const [mostRanges, mostRows] = [500, 10_000];

/** First and last number. */
export type Range = readonly [number, number];

export const seqCondition = (ranges: readonly Range[]): string =>
  `(${ranges.map(([from, to]) => `journal_seq BETWEEN ${from} AND ${to}`).join(' OR ')})`;

export class SeqRanges {
  /** First and last of each range in turn: sixteen bytes, however many rows it has. */
  readonly #bounds: number[] = [];
  #size = 0;

  /** Numbers. */
  get size(): number {
    return this.#size;
  }

  add(seq: number): void {
    const bounds = this.#bounds;
    this.#size++;
    if (bounds.at(-1) === seq - 1) bounds[bounds.length - 1] = seq;
    else bounds.push(seq, seq);
  }

  /** That a row has one of the numbers: by the key, rows are found together. Undefined where it would be long. */
  condition(): string | undefined {
    if (this.#bounds.length > 2 * mostInCondition) return undefined;
    return this.#size === 0 ? '1 = 0' : seqCondition([...this.#ranges()]);
  }

  /** The same numbers in batches of a size that a statement can take. */
  *batches(): Generator<Range[]> {
    let [batch, rows]: [Range[], number] = [[], 0];
    for (const [first, last] of this.#ranges())
      for (let from = first; from <= last; ) {
        const to = Math.min(last, from + mostRows - rows - 1);
        batch.push([from, to]);
        rows += to - from + 1;
        from = to + 1;
        if (rows < mostRows && batch.length < mostRanges) continue;
        yield batch;
        [batch, rows] = [[], 0];
      }
    if (batch.length > 0) yield batch;
  }

  *#ranges(): Generator<Range> {
    for (let at = 0; at < this.#bounds.length; at += 2) yield [this.#bounds[at]!, this.#bounds[at + 1]!];
  }
}
