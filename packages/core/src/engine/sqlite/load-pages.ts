// Loading whole tables as pages of the file, past SQLite: it makes the tables before, and their indexes afterwards.

import { HoldfastError } from '../../errors.ts';
import type { StoredRow } from '../../schema/codec.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { ColumnBatch } from '../column-batch.ts';
import { checksIn } from './ddl.ts';
import { syntax } from './dialect.ts';
import { NewPages } from './new-pages.ts';
import { fileId, handlesOf } from './open-files.ts';
import { planOf } from './raw-pages.ts';
import type { SqliteSession } from './session.ts';
import { TableTree } from './table-tree.ts';

const { quote } = syntax;

interface OpenTable {
  readonly spec: TableSpec;
  readonly pages: NewPages;
  readonly tree: TableTree;
}

/** Of a connection that has its file for itself, without a log, and is in a transaction whenever no table is open here. */
export class PageLoad {
  readonly #session: SqliteSession;
  /** Tables that have rows, or are not loaded so. */
  readonly #closed = new Set<string>();
  /** Tables whose keys and unique values are in no index yet. */
  readonly #unindexed = new Set<string>();
  #open: OpenTable | undefined;

  constructor(session: SqliteSession) {
    this.#session = session;
  }

  /** @returns false where the rows are to be inserted: nothing of them is there */
  add(spec: TableSpec, batch: ColumnBatch): boolean {
    if (this.#open?.spec.name !== spec.name) {
      this.end();
      if (this.#closed.has(spec.name)) return false;
      this.#begin(spec);
    }
    return this.#open?.tree.add(batch) ?? false;
  }

  /** Before any statement. @param inserted a table that gets rows from now on by statements alone */
  end(inserted?: TableSpec): void {
    if (inserted !== undefined) this.#closed.add(inserted.name);
    if (this.#open === undefined) return;
    const { spec, pages, tree } = this.#open;
    this.#open = undefined;
    tree.finish();
    pages.finish();
    const { db } = this.#session;
    // What was given back is looked at anew.
    db.exec('PRAGMA locking_mode=NORMAL; SELECT count(*) FROM sqlite_schema');
    db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
    this.#check(spec);
  }

  /** Makes the indexes that come with tables. @throws CONFLICT, translated */
  index(): void {
    this.end();
    for (const table of this.#unindexed) this.#session.db.exec(`REINDEX ${quote(table)}`);
    this.#unindexed.clear();
  }

  /** Gives up the table that is open. */
  abandon(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.pages.abandon();
  }

  #begin(spec: TableSpec): void {
    this.#closed.add(spec.name);
    const session = this.#session;
    if (session.path === ':memory:') return;
    const plan = planOf(session, spec.columns, spec);
    if (typeof plan === 'string' || plan.fields.some(({ place }, index) => place !== index)) return;
    session.db.exec('COMMIT');
    const pages = this.#pages();
    if (pages === undefined) {
      session.db.exec('BEGIN');
      return;
    }
    const rowId = plan.fields.findIndex((field) => field.isRowId);
    this.#open = { spec, pages, tree: new TableTree(pages, plan.root, rowId) };
    this.#unindexed.add(spec.name);
  }

  #pages(): NewPages | undefined {
    const id = fileId(this.#session.path);
    for (const handle of id === undefined ? [] : handlesOf(id)) {
      const pages = NewPages.of(handle);
      if (pages !== undefined) return pages;
    }
    return undefined;
  }

  /** What each inserted row would have been asked. @throws CHECK_FAILED */
  #check(spec: TableSpec): void {
    for (const check of checksIn(spec)) {
      const sql = `SELECT count(*) FROM ${quote(spec.name)} WHERE NOT (${check})`;
      const [count] = this.#session.prepare(sql).get() as unknown as StoredRow;
      if (count !== 0)
        throw new HoldfastError('CHECK_FAILED', `${count} records of ${spec.name} are not as ${check} asks`);
    }
  }
}
