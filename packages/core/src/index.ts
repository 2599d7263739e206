// @holdfast/core: declare tables once, get typed and durable stores.

export { type DatabaseFields, databaseUrl } from './engine/database-url.ts';
export type { Capabilities, EngineStats, Finding, TransactionOptions } from './engine/engine.ts';
export type { Origin } from './engine/journal.ts';
export type { OnQuery, QueryReport, QueryStats } from './engine/query-log.ts';
export { type ErrorCode, errorTable, exits, HoldfastError, isHoldfastError } from './errors.ts';
export { isOpenDatabase } from './files/open-database.ts';
export { readGiven } from './files/read-given.ts';
export { syncFolder } from './files/sync-folder.ts';
export * from './schema/column.ts';
export { type Domain, parseRecordId, type Resource, recordId, type SeedOptions } from './schema/domain.ts';
export { formatInstant, fromDate, type Instant, now, parseInstant, toDate } from './schema/instant.ts';
export { Secret } from './schema/secret.ts';
export { type ColumnSpec, type DataClass, type Kind, mayBeLeftOut, type TableSpec } from './schema/spec.ts';
export {
  type AnyTable,
  type Insert,
  type Key,
  type Row,
  type Table,
  table,
  type Update,
} from './schema/table.ts';
export { jsonEncoder } from './schema/to-json.ts';
export { insertSchema, updateSchema } from './schema/validate.ts';
export { openStore, type Store, type StoreOptions } from './store/open-store.ts';
export type { OrderBy } from './store/order.ts';
export type { ListOptions, Page, Repositories, Repository, StreamOptions } from './store/repository.ts';
export type { Transaction } from './store/transaction.ts';
export type { Condition, Where } from './store/where.ts';
export type { Migration } from './update/migration.ts';
export { resetStore } from './update/reset.ts';
export { version } from './version.ts';
