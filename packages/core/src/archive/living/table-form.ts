// One table, as a restore into a living store reads and writes it: rows of the archive beside the living ones.

import type { BulkWrite, Session } from '../../engine/engine.ts';
import { compileFit, type Fit } from '../../engine/fit-values.ts';
import { HoldfastError } from '../../errors.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import { type Instant, now } from '../../schema/instant.ts';
import { type ColumnSpec, hasOtherUniques, type TableSpec } from '../../schema/spec.ts';
import type { Store } from '../../store/open-store.ts';
import { UniqueRoom } from '../../store/unique-room.ts';
import { Parameters } from '../../store/where.ts';
import { type OnSecrets, openSecrets } from '../backup/secrets.ts';
import { type Change, exactOf, pick, storedOf } from './cells.ts';
import type { ContentTable } from './contents.ts';
import { keyText } from './key-set.ts';

/** Keys in one statement; few sizes, so that each is prepared once. */
const sizes = [1, 10, 100, 500];
export const rowsAtOnce = sizes.at(-1)!;
/** Keys looked up by one: of more, PostgreSQL takes reading the whole table for cheaper. */
const soughtAtOnce = 100;

export interface LivingRow {
  /** Values as an archive has them, in the order of `columns`. */
  readonly exact: StoredRow;
  /** Values as they are stored: those of `columns`, then of `others`. */
  readonly stored: StoredRow;
}

export class TableForm {
  readonly spec: TableSpec;
  readonly content: ContentTable;
  /** Columns that the rows of the archive have. */
  readonly columns: readonly ColumnSpec[];
  /** Columns that came to the table after the archive was written: living rows keep what they have there. */
  readonly others: readonly ColumnSpec[];
  readonly keyAt: readonly number[];
  /** Whether what the archive has in a column says anything. */
  readonly says: readonly boolean[];
  readonly fit: Fit;
  readonly #store: Store;
  readonly #of: string;
  readonly #places: readonly number[];
  readonly #exact: readonly Change[];
  readonly #stored: readonly Change[];
  readonly #open: OnSecrets;

  /**
   * @param of the declared table that it belongs to
   * @throws RESTORE_SCHEMA where rows of the archive are not rows of this table
   */
  constructor(store: Store, spec: TableSpec, of: string, content: ContentTable, secretsOmitted: boolean) {
    const { engine } = store;
    const named = new Map(content.columns.map((column, place) => [column.name, { column, place }]));
    this.#store = store;
    this.spec = spec;
    this.#of = of;
    this.content = content;
    this.columns = spec.columns.filter(({ name }) => named.has(name));
    this.others = spec.columns.filter(({ name }) => !named.has(name));
    checkColumns(spec, content.columns);
    this.#places = this.columns.map(({ name }) => named.get(name)!.place);
    this.keyAt = spec.key.map((name) => this.columns.findIndex((column) => column.name === name));
    this.says = this.columns.map(({ secret }) => !(secret && secretsOmitted));
    // Bytes in the place of text cannot be told from text again once they are stored.
    this.fit = compileFit({ ...spec, columns: this.columns }, { ...engine.keeps, brokenText: false });
    const forms = engine.forms(true);
    this.#exact = this.columns.map((column) => exactOf(column, forms));
    this.#stored = this.columns.map((column) => storedOf(column, forms));
    this.#open = openSecrets(of, this.columns, store.secrets);
  }

  at(column: string): number {
    return this.columns.findIndex(({ name }) => name === column);
  }

  keyOf(row: StoredRow): StoredRow {
    return pick(row, this.keyAt);
  }

  async *read(signal: AbortSignal | undefined): AsyncGenerator<StoredRow[]> {
    for await (const rows of this.content.read(signal)) yield rows.map((row) => pick(row, this.#places));
  }

  /** The living rows of these keys, by the text of their key. */
  async lookUp(session: Session, keys: readonly StoredRow[]): Promise<Map<string, LivingRow>> {
    const { quote } = this.#store.engine.syntax;
    const select = [...this.columns, ...this.others].map(({ name }) => quote(name)).join(', ');
    const rows = await this.byTuples(session, select, this.spec.key, keys);
    const found = this.living(rows);
    return new Map(found.map((row) => [keyText(this.keyOf(row.exact)), row]));
  }

  /** @param rows as they are stored: columns, and others */
  living(rows: readonly StoredRow[]): LivingRow[] {
    const found = rows.map((stored): LivingRow => {
      const exact = this.#exact.map((change, index) => change(stored[index]!));
      return { exact, stored };
    });
    this.#open(found.map(({ exact }) => exact));
    return found;
  }

  /** Of what is written in this session. */
  room(session: Session): UniqueRoom {
    return new UniqueRoom(this.#store.engine, session, this.spec, [...this.columns, ...this.others]);
  }

  /** Rows in which some columns are one of several tuples of exact values, integers as bigint. */
  async byTuples(
    session: Session,
    select: string,
    names: readonly string[],
    tuples: readonly StoredRow[],
  ): Promise<StoredRow[]> {
    const { quote } = this.#store.engine.syntax;
    const rows: StoredRow[] = [];
    for (let from = 0; from < tuples.length; from += soughtAtOnce) {
      const { condition, values } = this.oneOf(names, tuples.slice(from, from + soughtAtOnce));
      const sql = `SELECT ${select} FROM ${quote(this.spec.name)} WHERE ${condition}`;
      rows.push(...(await session.all({ sql, bigints: true }, values)));
    }
    return rows;
  }

  /** @param tuples at most as many as `rowsAtOnce` */
  oneOf(
    names: readonly string[],
    tuples: readonly StoredRow[],
  ): { readonly condition: string; readonly values: readonly StoredValue[] } {
    const { syntax, forms } = this.#store.engine;
    const parameters = new Parameters(syntax);
    const columns = names.map((name) => this.spec.columns.find((column) => column.name === name)!);
    const stored = columns.map((column) => storedOf(column, forms(true)));
    const size = sizes.find((each) => each >= tuples.length) ?? tuples.length;
    const padded = [...tuples, ...new Array<StoredRow>(size - tuples.length).fill(tuples.at(-1)!)];
    const typed = columns.map((spec) => ({ spec, sql: syntax.quote(spec.name) }));
    const condition = syntax.oneOfRows(
      typed,
      padded.map((tuple) =>
        columns.map((spec, at) => syntax.operand(spec, parameters.add(stored[at]!(tuple[at]!)))),
      ),
    );
    return { condition, values: parameters.values };
  }

  /** Columns that a new record is given: those of the archive, and what the store fills in. */
  get inserted(): readonly ColumnSpec[] {
    return [...this.columns, ...this.others.filter(({ auto }) => auto !== undefined)];
  }

  /** Before rows are written that may have secrets. @throws SECRET_KEY_WRONG, SECRET_KEY_MISSING */
  async readyFor(session: Session, rows: readonly StoredRow[]): Promise<void> {
    const secrets = this.columns.flatMap(({ secret }, at) => (secret ? [at] : []));
    if (rows.some((row) => secrets.some((at) => row[at] !== null))) await this.#store.secrets.ready(session);
  }

  newRow(exact: StoredRow, at: Instant = now()): StoredRow {
    const autos = this.inserted.slice(this.columns.length);
    const { forms } = this.#store.engine;
    return [
      ...exact.map((value, index) => this.#stored[index]!(this.#sealed(value, index))),
      ...autos.map((column) => storedOf(column, forms(true))(at)),
    ];
  }

  /** What is not changed stays as it is stored; a secret sealed anew would look changed. */
  changedRow(wanted: StoredRow, { exact, stored }: LivingRow): StoredRow {
    const row = [...stored];
    for (const [index, value] of wanted.entries())
      if (value !== exact[index]) row[index] = this.#stored[index]!(this.#sealed(value, index));
    return row;
  }

  #sealed(value: StoredValue, index: number): StoredValue {
    const { secret, name } = this.columns[index]!;
    if (!secret || value === null) return value;
    return this.#store.secrets.seal(String(value), `${this.#of}.${name}`);
  }

  async insert(session: Session, rows: readonly StoredRow[], signal: AbortSignal | undefined): Promise<void> {
    await this.#write(session, this.inserted, 'fail', rows, signal);
  }

  async update(session: Session, rows: readonly StoredRow[], signal: AbortSignal | undefined): Promise<void> {
    const all = [...this.columns, ...this.others];
    const update = all.map(({ name }) => name).filter((name) => !this.spec.key.includes(name));
    const onConflict = { update, otherUniques: hasOtherUniques(this.spec) };
    await this.#write(session, all, onConflict, rows, signal);
  }

  async #write(
    session: Session,
    columns: readonly ColumnSpec[],
    onConflict: BulkWrite['onConflict'],
    rows: readonly StoredRow[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (rows.length === 0) return;
    const { name, key } = this.spec;
    await session.bulk(
      { table: name, columns: columns.map((column) => column.name), key, onConflict },
      rows.length,
      (index, into, offset) => {
        for (const [place, value] of rows[index]!.entries()) into[offset + place] = value;
      },
      { signal },
    );
  }
}

/** @param given columns of rows that are to be rows of the table @throws RESTORE_SCHEMA */
export function checkColumns(spec: TableSpec, given: readonly ColumnSpec[]): void {
  const others = spec.columns.filter(({ name }) => !given.some((column) => column.name === name));
  const refuse = (what: string): never => {
    throw new HoldfastError(
      'RESTORE_SCHEMA',
      `${spec.name} has changed since the archive was written: ${what}`,
      {
        details: { table: spec.name },
      },
    );
  };
  for (const { name, kind } of given) {
    const own = spec.columns.find((column) => column.name === name);
    if (own === undefined) refuse(`there is no column ${name} any more`);
    else if (own.kind !== kind) refuse(`${name} was ${kind}, and is ${own.kind}`);
  }
  const needed = others.find(
    ({ name, nullable, default: byDefault, auto }) =>
      spec.key.includes(name) || !(nullable || byDefault !== undefined || auto !== undefined),
  );
  if (needed !== undefined) refuse(`the archive says nothing of ${needed.name}`);
}
