// Room for unique values: of records that are written in one transaction, some may want what others still have.

import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Engine, Session } from '../engine/engine.ts';
import { canonicalDecimal, type StoredRow, type StoredValue } from '../schema/codec.ts';
import { type ColumnSpec, hasOtherUniques, type TableSpec } from '../schema/spec.ts';
import { Parameters } from './where.ts';

/** Columns whose values together no two records share, as places in a row. */
interface UniqueSet {
  readonly at: readonly number[];
  readonly where: string;
}

/** What a living record is to be. */
interface Wanting {
  readonly row: StoredRow;
  readonly key: string;
  /** Rows of the batch that have to be written before. */
  readonly after: Set<string>;
}

/** Tuples looked up by one statement. */
const soughtAtOnce = 100;

const textOf = (values: readonly StoredValue[]): string =>
  JSON.stringify(
    values.map((value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value),
    ),
  );

/**
 * Finds an order in which rows can be written over living ones. Where there is none (two have exchanged their values), and for
 * a record outside the batch, the one in the way gets a value for the time being, null where that is allowed: an
 * update like any other, which the history has. In memory: the records that were moved so, until they are written.
 */
export class UniqueRoom {
  readonly #engine: Engine;
  readonly #session: Session;
  readonly #spec: TableSpec;
  readonly #columns: readonly ColumnSpec[];
  readonly #keyAt: readonly number[];
  readonly #sets: readonly UniqueSet[];
  /** As they were, by key. */
  readonly #moved = new Map<string, StoredRow>();

  /** @param columns all of the table, in the order of the values of a row as it is stored */
  constructor(engine: Engine, session: Session, spec: TableSpec, columns: readonly ColumnSpec[]) {
    const at = (name: string): number => columns.findIndex((column) => column.name === name);
    this.#engine = engine;
    this.#session = session;
    this.#spec = spec;
    this.#columns = columns;
    this.#keyAt = spec.key.map(at);
    this.#sets = hasOtherUniques(spec)
      ? [
          ...spec.columns.filter(({ unique }) => unique).map(({ name }) => ({ at: [at(name)], where: '' })),
          ...spec.indexes
            .filter(({ unique }) => unique)
            .map(({ columns: names, where = '' }) => ({ at: names.map(at), where })),
        ].filter(({ at: places }) => places.every((place) => !columns[place]!.secret))
      : [];
  }

  /** What a record was before it was moved out of the way, for whoever compares it. */
  before(row: StoredRow): StoredRow {
    return this.#moved.get(this.#keyOf(row)) ?? row;
  }

  /**
   * Makes room for rows that are written next, `updates` first, in the order that is returned.
   * @param updates what living records are to be @param inserts new ones
   */
  async clear(
    updates: readonly StoredRow[],
    inserts: readonly StoredRow[] = [],
  ): Promise<readonly StoredRow[]> {
    if (this.#sets.length === 0) return updates;
    const batch = new Map(
      updates.map((row) => {
        const key = this.#keyOf(row);
        return [key, { row, key, after: new Set<string>() }] as const;
      }),
    );
    const away = new Map<string, StoredRow>();
    for (const { at, where } of this.#sets) {
      const wanted = new Map<string, Wanting | undefined>();
      const tuples: StoredRow[] = [];
      const want = (row: StoredRow, wanting: Wanting | undefined): void => {
        const tuple = at.map((place) => row[place]!);
        if (tuple.some((value) => value === null)) return;
        wanted.set(textOf(tuple), wanting);
        tuples.push(tuple);
      };
      for (const wanting of batch.values()) want(wanting.row, wanting);
      for (const row of inserts) want(row, undefined);
      for (const holder of await this.#find(at, tuples, where === '' ? '' : ` AND (${where})`)) {
        const held = textOf(at.map((place) => holder[place]!));
        const key = this.#keyOf(holder);
        const wanting = wanted.get(held);
        if (wanting?.key === key || !wanted.has(held)) continue;
        const own = batch.get(key);
        if (own === undefined) away.set(key, holder);
        // Written before, it lets go of it; of one that does not, the engine says that it cannot be.
        else if (textOf(at.map((place) => own.row[place]!)) !== held) wanting?.after.add(key);
      }
    }
    const { order, broken } = inOrder([...batch.values()]);
    for (const [key, holder] of away) this.#moved.set(key, holder);
    const living = broken.length === 0 ? [] : await this.#living(broken);
    await this.#write([...away.values(), ...living].map((row) => this.#parked(row)));
    // They are written now.
    for (const key of batch.keys()) this.#moved.delete(key);
    return order;
  }

  /** Puts back those that nothing was written over, which the engine refuses where somebody has their value now. */
  async putBack(isGone: (row: StoredRow) => boolean): Promise<void> {
    await this.#write([...this.#moved.values()].filter((row) => !isGone(row)));
    this.#moved.clear();
  }

  get moved(): number {
    return this.#moved.size;
  }

  #keyOf(row: StoredRow): string {
    return textOf(this.#keyAt.map((place) => row[place]!));
  }

  #living(rows: readonly Wanting[]): Promise<StoredRow[]> {
    return this.#find(
      this.#keyAt,
      rows.map(({ row }) => this.#keyAt.map((place) => row[place]!)),
      '',
    );
  }

  async #find(at: readonly number[], tuples: readonly StoredRow[], more: string): Promise<StoredRow[]> {
    const { syntax } = this.#engine;
    const select = this.#columns.map(({ name }) => syntax.quote(name)).join(', ');
    const typed = at.map((place) => {
      const spec = this.#columns[place]!;
      return { spec, sql: syntax.quote(spec.name) };
    });
    const found: StoredRow[] = [];
    for (let from = 0; from < tuples.length; from += soughtAtOnce) {
      const parameters = new Parameters(syntax);
      const part = tuples.slice(from, from + soughtAtOnce);
      const rows = part.map((tuple) =>
        typed.map(({ spec }, index) => syntax.operand(spec, parameters.add(tuple[index]!))),
      );
      const sql = `SELECT ${select} FROM ${syntax.quote(this.#spec.name)} WHERE ${syntax.oneOfRows(typed, rows)}${more}`;
      found.push(...(await this.#session.all({ sql, bigints: true }, parameters.values)));
    }
    return found;
  }

  /** Of each set of unique values, one that nobody has. */
  #parked(row: StoredRow): StoredRow {
    const parked = [...row];
    for (const { at } of this.#sets) {
      const free = at.filter((place) => !this.#isFixed(place));
      const place = free.find((each) => this.#columns[each]!.nullable) ?? free[0];
      if (place !== undefined && !at.some((each) => parked[each] === null))
        parked[place] = passing(this.#columns[place]!, row[place]!);
    }
    return parked;
  }

  /** Keys stay, and so does what refers to others. */
  #isFixed(place: number): boolean {
    const { name } = this.#columns[place]!;
    return (
      this.#spec.key.includes(name) || this.#spec.foreignKeys.some(({ columns }) => columns.includes(name))
    );
  }

  async #write(rows: readonly StoredRow[]): Promise<void> {
    if (rows.length === 0) return;
    const columns = this.#columns.map(({ name }) => name);
    const { name: table, key } = this.#spec;
    const update = columns.filter((name) => !key.includes(name));
    await this.#session.bulk(
      { table, columns, key, onConflict: { update, otherUniques: true } },
      rows.length,
      (index, into, offset) => {
        for (const [place, value] of rows[index]!.entries()) into[offset + place] = value;
      },
    );
  }
}

/** Each after those that it waits for; of those that wait for each other, one is named, and waited for no more. */
function inOrder(all: readonly Wanting[]): { order: StoredRow[]; broken: Wanting[] } {
  const order: StoredRow[] = [];
  const broken: Wanting[] = [];
  const left = new Map(all.map((each) => [each.key, each]));
  const waiters = new Map<string, Wanting[]>();
  for (const each of all) for (const key of each.after) waiters.set(key, [...(waiters.get(key) ?? []), each]);
  const ready = all.filter(({ after }) => after.size === 0);
  const release = ({ key }: Wanting): void => {
    for (const waiter of waiters.get(key) ?? [])
      if (waiter.after.delete(key) && waiter.after.size === 0) ready.push(waiter);
  };
  while (left.size > 0) {
    const next = ready.pop();
    if (next === undefined) {
      const one = inCircle(left);
      broken.push(one);
      release(one);
    } else if (left.delete(next.key)) {
      order.push(next.row);
      release(next);
    }
  }
  return { order, broken };
}

/** One that, over others, waits for itself. Each of these waits for one of them. */
function inCircle(left: ReadonlyMap<string, Wanting>): Wanting {
  const seen = new Set<Wanting>();
  let [at] = left.values();
  while (!seen.has(at!)) {
    seen.add(at!);
    const [key] = at!.after;
    at = left.get(key!);
  }
  return at!;
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A value for the time being, which no record has by chance. */
function passing(
  { kind, nullable, maxLength = 64, precision = 20, scale = 0 }: ColumnSpec,
  now: StoredValue,
): StoredValue {
  if (nullable) return null;
  switch (kind) {
    case 'text':
      return Array.from({ length: Math.min(maxLength, 24) }, () => letters[randomInt(letters.length)]).join(
        '',
      );
    case 'uuid':
      return randomUUID();
    case 'bytes':
      return randomBytes(16);
    case 'int':
    case 'instant':
      // As it is stored: text where the engine has instants so.
      return typeof now === 'string' ? new Date(randomInt(2 ** 41)).toISOString() : randomInt(2 ** 47);
    case 'bigint':
      return BigInt(randomInt(2 ** 47)) * 2n ** 15n;
    case 'real':
      return randomInt(2 ** 47);
    case 'decimal': {
      const digits = Math.max(1, Math.min(14, precision - scale));
      return canonicalDecimal(String(randomInt(10 ** digits)), scale);
    }
    case 'date':
      return new Date(randomInt(2 ** 41)).toISOString().slice(0, 10);
    default:
      return now;
  }
}
