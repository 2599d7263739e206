// A typed repository: the records of one table, read and written one by one or in batches.

import type { BulkOptions, Session, Statement } from '../engine/engine.ts';
import { throwIfAborted } from '../engine/write-lock.ts';
import { HoldfastError, isHoldfastError } from '../errors.ts';
import type { StoredRow, StoredValue } from '../schema/codec.ts';
import { now } from '../schema/instant.ts';
import type { AnyTable, Insert, Key, Row, Update } from '../schema/table.ts';
import type { Executor } from './executor.ts';
import { type OrderBy, orderSql, orderTerms } from './order.ts';
import { selectPage, whereClause } from './select-page.ts';
import type { TableCodec } from './table-codec.ts';
import { Parameters, type Where, whereSql } from './where.ts';
import type { CompiledWrite, WriteStatements } from './write-statements.ts';

export interface ListOptions<T extends AnyTable> {
  readonly where?: Where<T>;
  /** @default the primary key, ascending */
  readonly orderBy?: OrderBy<T>;
  /** Records of one page, 1 to 10,000. @default 50 */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly after?: string | null | undefined;
}

export interface Page<R> {
  readonly items: R[];
  /** Cursor of the next page, null on the last one. */
  readonly next: string | null;
}

export interface StreamOptions<T extends AnyTable> {
  readonly where?: Where<T>;
  readonly orderBy?: OrderBy<T>;
  /** Records of one chunk. @default 1000 */
  readonly batch?: number;
}

/** Where repositories come from: a store, or a transaction on it. */
export interface Repositories {
  repository<T extends AnyTable>(table: T): Repository<T>;
}

type Given = Readonly<Record<string, unknown>>;

export class Repository<T extends AnyTable> {
  readonly table: T;
  readonly #codec: TableCodec;
  readonly #writes: WriteStatements;
  readonly #executor: Executor;
  readonly #keyCondition: string;
  readonly #get: Statement;
  readonly #keyEncode: ReturnType<TableCodec['encoder']>;
  readonly #keyWidth: number;

  constructor(table: T, codec: TableCodec, writes: WriteStatements, executor: Executor) {
    this.table = table;
    this.#codec = codec;
    this.#writes = writes;
    this.#executor = executor;
    const keyFields = codec.keyFields;
    this.#keyWidth = keyFields.length;
    this.#keyEncode = codec.encoder(keyFields);
    this.#keyCondition = keyFields
      .map(({ property }, index) => codec.equals(property, index + 1))
      .join(' AND ');
    this.#get = codec.statement(`${codec.select} WHERE ${this.#keyCondition}`);
  }

  /** One record by its key. @throws RECORD_INVALID for a key of the wrong kind */
  async get(key: Key<T>): Promise<Row<T> | undefined> {
    const params = this.#keyParams(key);
    const values = await this.#executor.read((session) => session.get(this.#get, params));
    return values === undefined ? undefined : (this.#codec.decode(values) as Row<T>);
  }

  /** One page of records. Pages stay true while others write: a cursor marks a place in the order. */
  async list(options: ListOptions<T> = {}): Promise<Page<Row<T>>> {
    const codec = this.#codec;
    const page = { ...options, select: codec.select, parameters: new Parameters(codec.syntax) };
    return selectPage(this.#executor.read, codec, page) as Promise<Page<Row<T>>>;
  }

  async count(where: Where<T> = {} as Where<T>): Promise<number> {
    const parameters = new Parameters(this.#codec.syntax);
    const condition = whereSql(where, this.#codec, this.#codec.syntax, parameters);
    const [row] = await this.#rows(
      `SELECT count(*) FROM ${this.#codec.from}${whereClause([condition])}`,
      parameters,
    );
    return Number(row?.[0]);
  }

  /** All records that match, in chunks from one snapshot; memory is bounded by the chunk. */
  async *stream(options: StreamOptions<T> = {}): AsyncGenerator<Row<T>[]> {
    const { where = {}, orderBy, batch = 1_000 } = options;
    const codec = this.#codec;
    const parameters = new Parameters(codec.syntax);
    const condition = whereSql(where, codec, codec.syntax, parameters);
    const order = orderBy === undefined ? '' : orderSql(orderTerms(orderBy, codec));
    const statement = codec.statement(`${codec.select}${whereClause([condition])}${order}`);
    const session = await this.#executor.read(async (reader) => reader);
    for await (const rows of session.stream(statement, parameters.values, batch))
      yield rows.map(codec.decode) as Row<T>[];
  }

  /** @throws CONFLICT, REFERENCE_MISSING, RECORD_INVALID, CHECK_FAILED */
  async insert(row: Insert<T>): Promise<void> {
    await this.#writeOne(row as Given, 'insert');
  }

  /** Stores a record whether it exists or not. Columns left out keep their value where it does. */
  async upsert(row: Insert<T>): Promise<void> {
    await this.#writeOne(row as Given, 'upsert');
  }

  /** All or none. @returns rows stored */
  async insertMany(rows: readonly Insert<T>[], options?: BulkOptions): Promise<number> {
    return this.#writeMany(rows as readonly Given[], 'insert', options);
  }

  /** All or none. A key that comes twice keeps its last row. @returns rows stored, new or not */
  async upsertMany(rows: readonly Insert<T>[], options?: BulkOptions): Promise<number> {
    return this.#writeMany(rows as readonly Given[], 'upsert', options);
  }

  /** @returns false when there is no such record */
  async update(key: Key<T>, patch: Update<T>): Promise<boolean> {
    const compiled = this.#writes.update(patch as Given);
    const keyParams = this.#keyParams(key);
    const recordPart = async (session: Session): Promise<boolean> => {
      if (compiled === undefined) return (await session.get(this.#get, keyParams)) !== undefined;
      const sql = `${compiled.sql} WHERE ${this.#shifted(compiled.width)}`;
      await this.#readyFor(session, patch as Given);
      return (await session.run({ sql }, [...this.#patchParams(compiled, patch as Given), ...keyParams])) > 0;
    };
    if (!this.#codec.hasMetrics(patch as Given)) return this.#executor.once(recordPart);
    return this.#executor.atomic(async (session) => {
      const found = await recordPart(session);
      if (found) await this.#put(session, this.#writes.latest(patch as Given), { ...patch, ...key });
      return found;
    });
  }

  /** @returns records changed */
  async updateMany(where: Where<T>, patch: Update<T>): Promise<number> {
    const compiled = this.#writes.update(patch as Given);
    if (compiled === undefined || this.#codec.hasMetrics(patch as Given))
      throw new HoldfastError(
        'QUERY_INVALID',
        'updateMany sets columns of the record; gauges are set by key',
      );
    return this.#executor.once(async (session) => {
      await this.#readyFor(session, patch as Given);
      const parameters = new Parameters(this.#codec.syntax);
      for (const value of this.#patchParams(compiled, patch as Given)) parameters.add(value);
      const sql = `${compiled.sql}${this.#matching(where, parameters)}`;
      return session.run({ sql }, parameters.values);
    });
  }

  /** @returns false when there was no such record. @throws REFERENCED */
  async delete(key: Key<T>): Promise<boolean> {
    const sql = `${this.#codec.syntax.deleteFrom(this.#codec.table.name, 'r')} WHERE ${this.#keyCondition}`;
    const params = this.#keyParams(key);
    return (await this.#deleting((session) => session.run({ sql }, params))) > 0;
  }

  /** @returns records deleted. @throws REFERENCED */
  async deleteMany(where: Where<T>): Promise<number> {
    const parameters = new Parameters(this.#codec.syntax);
    const sql = `${this.#codec.syntax.deleteFrom(this.#codec.table.name, 'r')}${this.#matching(where, parameters)}`;
    return this.#deleting((session) => session.run({ sql }, parameters.values));
  }

  get #name(): string {
    return this.#codec.syntax.quote(this.table.name);
  }

  #rows(sql: string, parameters: Parameters): Promise<StoredRow[]> {
    const statement = this.#codec.statement(sql);
    return this.#executor.read((session) => session.all(statement, parameters.values));
  }

  #keyParams(key: Given): StoredValue[] {
    const params = new Array<StoredValue>(this.#keyWidth);
    this.#keyEncode(key, params, 0, 0);
    return params;
  }

  #patchParams(
    { encode, width }: { encode: CompiledWrite['encode']; width: number },
    patch: Given,
  ): StoredValue[] {
    const params = new Array<StoredValue>(width);
    encode(patch, params, 0, now());
    return params;
  }

  /** The key condition with placeholders that follow `by` others. */
  #shifted(by: number): string {
    const { keyFields } = this.#codec;
    return keyFields.map(({ property }, index) => this.#codec.equals(property, by + index + 1)).join(' AND ');
  }

  /** A condition for statements that cannot join: gauges are asked through a sub-query. */
  #matching(where: object, parameters: Parameters): string {
    const codec = this.#codec;
    const condition = whereSql(where, codec, codec.syntax, parameters);
    if (!/\bm\./.test(condition)) return whereClause([condition]);
    const key = codec.keyFields.map(({ property }) => codec.column(property).sql).join(', ');
    // As a table of its own: MySQL does not read in a sub-query what the statement changes.
    return ` WHERE (${key}) IN (SELECT * FROM (SELECT DISTINCT ${key} FROM ${codec.from} WHERE ${condition}) AS k)`;
  }

  async #deleting<R>(work: (session: Session) => Promise<R>): Promise<R> {
    try {
      return await this.#executor.once(work);
    } catch (error) {
      // The engine says only that a reference broke; on a delete it is the other end that does.
      if (error instanceof HoldfastError && error.code === 'REFERENCE_MISSING')
        throw new HoldfastError('REFERENCED', `${this.table.name}: other records refer to this one`, {
          cause: error,
        });
      throw error;
    }
  }

  #writeOne(row: Given, mode: 'insert' | 'upsert'): Promise<unknown> {
    const compiled = this.#writes[mode](this.#codec.writeShapeOf(row), row);
    if (!this.#codec.hasMetrics(row))
      return this.#executor.once((session) => this.#put(session, compiled, row));
    return this.#executor.atomic(async (session) => {
      await this.#put(session, compiled, row);
      await this.#put(session, this.#writes.latest(row), row);
    });
  }

  async #put(session: Session, { encode, width, sql }: CompiledWrite, row: Given): Promise<number> {
    await this.#readyFor(session, row);
    const params = new Array<StoredValue>(width);
    encode(row, params, 0, now());
    return session.run({ sql }, params);
  }

  #readyFor(session: Session, row: Given): Promise<void> | undefined {
    return this.#codec.hasSecrets(row) ? this.#codec.secrets.ready(session) : undefined;
  }

  async #writeMany(
    rows: readonly Given[],
    mode: 'insert' | 'upsert',
    options: BulkOptions = {},
  ): Promise<number> {
    if (rows.length === 0) return 0;
    const signal = either(options.signal, this.#executor.signal);
    throwIfAborted(signal);
    return this.#executor.atomic(async (session) => {
      if (rows.some(this.#codec.hasSecrets)) await this.#codec.secrets.ready(session);
      // Rows that give the same columns share a statement; a change of columns starts the next run.
      for (let start = 0; start < rows.length; ) {
        const shape = this.#codec.writeShapeOf(rows[start]!);
        let end = start + 1;
        while (end < rows.length && this.#codec.writeShapeOf(rows[end]!) === shape) end++;
        const compiled = this.#compiled(mode, shape, rows, start);
        await this.#run(session, compiled, rows, start, end, { ...options, signal });
        start = end;
      }
      await this.#putLatest(session, rows, { signal });
      return rows.length;
    }, signal);
  }

  #compiled(
    mode: 'insert' | 'upsert',
    shape: number | string,
    rows: readonly Given[],
    at: number,
  ): CompiledWrite {
    try {
      return this.#writes[mode](shape, rows[at]!);
    } catch (error) {
      throw atRow(error, at, rows.length);
    }
  }

  /** @param given the rows of the caller, where `rows` are only some of them */
  #run(
    session: Session,
    { write, encode }: CompiledWrite,
    rows: readonly Given[],
    start: number,
    end: number,
    { signal, onProgress }: BulkOptions,
    given: readonly Given[] = rows,
  ): Promise<number> {
    const at = now();
    return session.bulk(
      write,
      end - start,
      (index, into, offset) => {
        const row = rows[start + index]!;
        try {
          encode(row, into, offset, at);
        } catch (error) {
          throw atRow(error, given === rows ? start + index : given.indexOf(row), given.length);
        }
      },
      { signal, onProgress: onProgress === undefined ? undefined : (done) => onProgress(start + done) },
    );
  }

  async #putLatest(session: Session, rows: readonly Given[], options: BulkOptions): Promise<void> {
    if (this.#codec.metrics.length === 0) return;
    const withGauges = rows.filter(this.#codec.hasMetrics);
    for (let start = 0; start < withGauges.length; ) {
      const compiled = this.#writes.latest(withGauges[start]!);
      let end = start + 1;
      while (end < withGauges.length && this.#writes.latest(withGauges[end]!) === compiled) end++;
      await this.#run(session, compiled, withGauges, start, end, options, rows);
      start = end;
    }
  }
}

/** The error of one row among many, which says which one; `details.row` counts from 0. */
function atRow(error: unknown, row: number, rows: number): unknown {
  if (!isHoldfastError(error)) return error;
  const { code, message, hint, details } = error;
  return new HoldfastError(code, `${message} (row ${row + 1} of ${rows})`, {
    hint,
    details: { ...details, row },
    cause: error,
  });
}

const either = (one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined =>
  one !== undefined && other !== undefined && one !== other ? AbortSignal.any([one, other]) : (one ?? other);
