// The engine seam: what the store asks of a database, in batches of arrays.

import type { Dialect } from 'kysely';
import type { StorageForms, StoredRow, StoredValue } from '../schema/codec.ts';
import type { ColumnSpec, TableSpec } from '../schema/spec.ts';
import type { Keeps } from './fit-values.ts';
import type { FreezeEngine } from './freeze.ts';
import type { Journal } from './journal.ts';
import type { Load, LoadOptions } from './load.ts';
import type { QueryStats } from './query-log.ts';
import type { Scratch, Swap } from './scratch.ts';
import type { Snapshot, SnapshotOptions } from './snapshot.ts';

export type EngineName = 'sqlite' | 'postgres' | 'mysql';

/** What an engine can do. Callers ask these flags and never which engine it is. */
export interface Capabilities {
  /** A failed transaction takes its DDL back with it. */
  readonly transactionalDdl: boolean;
  /** `CREATE INDEX … WHERE` is supported. */
  readonly partialIndexes: boolean;
  /** More than one transaction can write at a time; the work of one that loses against another is run again. */
  readonly concurrentWriters: boolean;
  /** Reads go on beside an open transaction and do not see it. */
  readonly readsBeside: boolean;
  /** Text may hold NUL; elsewhere such a value is refused. */
  readonly nulInText: boolean;
  /** A column refuses what is not of its kind, or spells it as it should be; elsewhere only `check` tells. */
  readonly typedColumns: boolean;
  /** A statement runs on the thread that asks: nothing else of it goes on meanwhile. */
  readonly blocksThread: boolean;
  /** Placeholders allowed in one statement. */
  readonly maxParameters: number;
}

/** One SQL text. `bigints`: some result column is a 64-bit integer, so integers arrive as bigint. */
export interface Statement {
  readonly sql: string;
  readonly bigints?: boolean;
}

/** A many-row write with one SQL shape. */
export interface BulkWrite {
  readonly table: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** What happens to a row whose key exists: fail, or update these columns (none: leave it). */
  readonly onConflict: 'fail' | UpdateOnConflict;
}

export interface UpdateOnConflict {
  readonly update: readonly string[];
  /** The table has unique values beside its key; one that another record has is a conflict all the same. */
  readonly otherUniques: boolean;
}

/** Puts the values of row `index` into `into`, from `offset` on, in the order of the columns. */
export type FillRow = (index: number, into: StoredValue[], offset: number) => void;

export interface BulkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called between batches with the rows written so far. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/** One connection while it is lent out. Failures are raised as errors of the table. */
export interface Session {
  get(statement: Statement, params: readonly StoredValue[]): Promise<StoredRow | undefined>;
  all(statement: Statement, params: readonly StoredValue[]): Promise<StoredRow[]>;
  /** @returns rows changed */
  run(statement: Statement, params: readonly StoredValue[]): Promise<number>;
  /** Chunks of at most `rows` rows from one snapshot; memory is bounded by the chunk. */
  stream(statement: Statement, params: readonly StoredValue[], rows: number): AsyncIterable<StoredRow[]>;
  /** Runs several statements, without parameters or results. */
  exec(sql: string): Promise<void>;
  /** Writes `count` rows in batches, giving the event loop a turn between them. @returns rows changed */
  bulk(write: BulkWrite, count: number, fill: FillRow, options?: BulkOptions): Promise<number>;
}

/** A transaction that its holder ends by hand. */
export interface OpenTransaction {
  readonly session: Session;
  /** False when a failure has ended it: with a full disk, some engines undo it at once. */
  readonly alive: boolean;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export interface TransactionOptions {
  /** Only writes, none of which depends on what was read: it need not be kept apart from others. */
  readonly blind?: boolean;
  /** Ends the wait for the write lock, and the work between batches, with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

/** A column as a statement refers to it. */
export interface TypedColumn {
  readonly spec: ColumnSpec;
  /** Qualified SQL name. */
  readonly sql: string;
}

/** SQL text that differs between engines. */
export interface Syntax {
  /** A comparison of rows, `(a, b) > (1, 2)`, is answered by an index. */
  readonly seeksRows: boolean;
  /** A subquery may be joined row by row, which saves looking up by its number what it found. */
  readonly lateral: boolean;
  quote(name: string): string;
  /** The n-th placeholder of a statement, from 1. */
  placeholder(position: number): string;
  /** A placeholder as a comparison with a column takes it. */
  operand(spec: ColumnSpec, placeholder: string): string;
  /** `DELETE FROM` a table that its condition names by an alias. */
  deleteFrom(table: string, alias: string): string;
  /** An insert of `rows` rows. */
  bulkInsert(write: BulkWrite, rows: number): string;
  /** The condition that the columns, as a row, equal one of several rows of placeholders. */
  oneOfRows(columns: readonly TypedColumn[], rows: readonly (readonly string[])[]): string;
  /** Position of a substring, 0 when absent, compared byte for byte. */
  position(haystack: string, needle: string): string;
  /** An expression that sorts and compares as values of the column do, for a column or a placeholder. */
  sortable(spec: ColumnSpec, expression: string): string;
}

/** What stands in a database: the same shape from a declaration and from a living catalogue. */
export interface ActualTable {
  readonly name: string;
  readonly columns: readonly ActualColumn[];
  readonly key: readonly string[];
  readonly foreignKeys: readonly string[];
  readonly indexes: readonly ActualIndex[];
  readonly checks: readonly string[];
  /** Statements that make the triggers of the table. */
  readonly triggers: readonly string[];
  /** Constraints by their definition, where the engine alters them one by one. */
  readonly constraints?: Readonly<Record<string, ActualConstraint>>;
  readonly options: string;
}

export interface ActualConstraint {
  readonly name: string;
  /** As it stands after ADD CONSTRAINT and its name. */
  readonly sql: string;
}

export interface ActualIndex {
  readonly name: string;
  readonly definition: string;
  /** The statement that makes it; undefined where it belongs to a constraint. */
  readonly sql?: string;
}

export interface ActualColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly default: string | null;
}

/** Statements that make, and mend, tables on one engine. */
export interface Ddl {
  createTable(spec: TableSpec): string[];
  dropTable(name: string): string[];
  /** Adds a missing column, or undefined where the engine cannot in place. */
  addColumn(spec: TableSpec, column: string): string[] | undefined;
  createIndex(spec: TableSpec, index: string): string[];
  dropIndex(table: string, index: string): string;
  /** What makes the changes of a table that declares a history be captured. @param specs all tables: references count */
  createCapture(spec: TableSpec, specs: readonly TableSpec[]): string[];
  /** What takes that away again; what was captured stays. */
  dropCapture(spec: TableSpec, specs: readonly TableSpec[]): string[];
  /**
   * Makes the table as declared, in place or anew. What is not declared stays: columns, plain indexes and triggers.
   * @param wanted the declaration as the engine describes it
   */
  rebuild(spec: TableSpec, found: ActualTable, wanted: ActualTable): string[];
}

export interface EngineStats {
  readonly engine: EngineName;
  readonly version: string;
  readonly sizeBytes: number;
  /** Connections of this store, those of them that lie idle, and all that a server has to the database. */
  readonly connections: { readonly open: number; readonly idle: number; readonly server?: number };
  /** What the store's queries cost, where they are watched. */
  readonly queries?: QueryStats;
  /** Engine settings as they are in force, by name. */
  readonly settings: Readonly<Record<string, string | number>>;
}

/** A finding of a check: what is wrong, where, and what mends it. */
export interface Finding {
  readonly code: string;
  readonly where: string;
  readonly what: string;
  readonly fix: string;
  /** Nothing is wrong without it: something could be better. */
  readonly advice?: true;
}

export interface Engine extends FreezeEngine {
  readonly name: EngineName;
  readonly capabilities: Capabilities;
  readonly syntax: Syntax;
  readonly ddl: Ddl;
  /** How kinds are stored; `bigints` as in the statement that reads them. */
  readonly forms: (bigints: boolean) => StorageForms;
  /** What of the values of others it keeps. */
  readonly keeps: Keeps;
  /** Where the database is, for messages; never with credentials. */
  readonly location: string;

  /** Runs reads on a connection that sees the last committed state. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Runs one self-committing statement on a writing connection. */
  autocommit<T>(work: (session: Session) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** A serializable transaction. @throws TRANSACTION_CONFLICT from any part of it, then it may be run again */
  begin(options?: TransactionOptions): Promise<OpenTransaction>;
  /** A transaction that changes the schema: one at a time, whichever process it is in. */
  beginMigration(): Promise<OpenTransaction>;
  /**
   * The dialect behind the store's Kysely instance.
   * @param beforeWrite is called before a write or a transaction of its own, and may refuse it
   */
  kysely(decoders: OriginDecoders, beforeWrite: () => void): Dialect;

  /** Where DDL commits by itself: whether a statement failed since it has been done before. */
  readonly isDoneAlready?: (error: unknown) => boolean;

  hasTable(session: Session, name: string): Promise<boolean>;
  /** Names of the tables there are. */
  tableNames(session: Session): Promise<ReadonlySet<string>>;
  /** The tables there are, as the engine's catalogue describes them. */
  introspect(): Promise<ActualTable[]>;
  /** The same shape for declarations, by way of a scratch database where the engine rewrites them. */
  describe(specs: readonly TableSpec[]): Promise<ActualTable[]>;
  /** Changes of tracked tables after a position; without one, all that are kept. */
  changes(specs: readonly TableSpec[], position?: string): Promise<ChangeReading>;
  /** A position near the newest, where one of no table at all does not tell it. */
  readonly lastPosition?: () => Promise<string>;
  /**
   * One state of all tables, beside which writers go on. It holds a connection until it is closed, and keeps the engine
   * from tidying up behind it: close it soon. One reading at a time.
   * @param specs all tables
   * @throws CURSOR_INVALID, and while it is read CANCELLED
   */
  snapshot(specs: readonly TableSpec[], options?: SnapshotOptions): Promise<Snapshot>;
  /**
   * Makes the tables and fills them; none of them may be there yet. Broken off, they may be left: load into a scratch
   * database, which goes as a whole. Each engine lists its steps.
   * @param specs all tables, parents before their children
   * @throws CONFLICT where one is there, DATABASE_BUSY, and what `Load` says
   */
  load(specs: readonly TableSpec[], options: LoadOptions): Promise<Load>;
  /** Checks references that a load with `index` has put off, while the database is used; may be called again. */
  checkReferences(): Promise<void>;
  /**
   * An empty database beside this one, for what is to be looked at before it is relied on. What killed processes have
   * left of theirs is removed.
   * @param purpose a word, for its name
   * @throws DATABASE_FORBIDDEN with the statement that gives the right to make one
   */
  scratch(purpose: string): Promise<Scratch>;
  /** Removes what killed processes have left of scratch databases, and of restores beside this one. @returns their names */
  removeLeftovers(): Promise<readonly string[]>;
  /**
   * Puts the tables of a scratch database, closed, in the place of the living ones, which are kept; or what was kept, to
   * take that back. Before or after at every moment: broken off in between, the next opening brings it to an end, and
   * says so. Afterwards the engine is closed, and to be opened again. Each engine lists its steps.
   * @throws DATABASE_BUSY while others use the database, DATABASE_CORRUPT, REFERENCED, DATABASE_FORBIDDEN
   */
  readonly swap: Swap;
  /** What a swap had left that was broken off, and what became of it when the database was opened. */
  readonly recovered?: string;
  /** Compares the triggers there are with those of `createCapture`. @param specs all tables */
  captureFaults(specs: readonly TableSpec[]): Promise<CaptureFault[]>;
  /** What the engine knows tables by: a table that was emptied or made anew behind our back has another. */
  identities(specs: readonly TableSpec[]): Promise<ReadonlyMap<string, string>>;
  stats(): Promise<EngineStats>;
  /** Looks for damage: pages, indexes, foreign keys. */
  check(): Promise<Finding[]>;
  /** Settings that are not as safety needs them. */
  settingsFindings(): Promise<Finding[]>;
  close(): Promise<void>;
}

/** What can be asked of a database before it is opened for writing. */
export type EngineView = Pick<Engine, 'hasTable' | 'syntax' | 'location'>;
/** A look at an existing database; what it throws refuses the opening, and the database stays as it is. */
export type Inspect = (view: EngineView, session: Session) => Promise<void>;

/** How a database is to be opened. */
export interface OpenOptions {
  /** Accept a database that Holdfast has not made, and mark it as Holdfast's. */
  readonly adopt?: boolean;
  /** Refuse to make a new database. */
  readonly mustExist?: boolean;
  readonly inspect?: Inspect;
  /** Credits changes of tracked tables. */
  readonly journal?: Journal;
}

/** Rows of one history table: the journal columns `journal_seq`, `journal_at`, `journal_op`, `journal_txn`, then the key. */
export interface ChangeChunk {
  readonly table: TableSpec;
  readonly rows: readonly StoredRow[];
}

/**
 * Changes that were committed after a position, each exactly once, as one snapshot shows them. Who stores what was read
 * together with the position behind it needs to tell nobody: from there it is not given again, from before it is.
 */
export interface ChangeReading {
  readonly chunks: AsyncIterable<ChangeChunk>;
  /** Behind everything that was read; known once the chunks are read to their end. */
  readonly position: string;
  /** Gives the snapshot back; also after a failure. */
  close(): Promise<void>;
}

/** What is wrong with the capture of a table. */
export interface CaptureFault {
  readonly table: string;
  /** `TRIGGER_MISSING`, `TRIGGER_DIFFERS`, `TRIGGER_DISABLED` */
  readonly code: string;
  readonly what: string;
}

/** Decodes a stored value by the table and column it comes from, for queries built outside repositories. */
export interface OriginDecoders {
  find(table: string, column: string): ((value: unknown) => unknown) | undefined;
}
