// openStore: an engine, the declared tables on it, and everything that works on both.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely, LogEvent } from 'kysely';
import { type DatabaseFields, databaseUrl } from '../engine/database-url.ts';
import type { Engine, EngineStats, Finding, TransactionOptions } from '../engine/engine.ts';
import { Journal, type Origin } from '../engine/journal.ts';
import { openEngine } from '../engine/open-engine.ts';
import { type OnQuery, observed, QueryLog, type QueryReport } from '../engine/query-log.ts';
import { isHoldfastError } from '../errors.ts';
import { digestFindings } from '../history/digests.ts';
import { captureFindings } from '../history/watch.ts';
import type { Domain } from '../schema/domain.ts';
import type { AnyTable } from '../schema/table.ts';
import { DatabaseKey } from '../system/database-key.ts';
import { systemDomain } from '../system/domain.ts';
import type { systemTables } from '../system/tables.ts';
import { schemaFindings } from '../update/doctor.ts';
import { inspectMigrations, migrate } from '../update/migrate.ts';
import { migrationsTable } from '../update/migrations-table.ts';
import { recordFindings } from './check-records.ts';
import type { DatabaseOf } from './database-types.ts';
import type { Executor } from './executor.ts';
import { storeKysely } from './kysely.ts';
import { originDecoders } from './origin-decoders.ts';
import { Repository } from './repository.ts';
import { TableCodec } from './table-codec.ts';
import { type Transaction, Transactions } from './transaction.ts';
import { WriteStatements } from './write-statements.ts';

export interface StoreOptions<D extends Domain> {
  /** `sqlite:PATH`, `sqlite::memory:`, `postgres://…` or `mysql://…`, settings as query parameters; or the same as fields. */
  readonly url: string | DatabaseFields;
  readonly domains?: readonly D[];
  /** Path of the key file for secret columns; made with mode 0600 when something is first sealed. */
  readonly keyFile?: string;
  /** Take over a database that another program made. @default false */
  readonly adopt?: boolean;
  /** Fail instead of making a new database. @default false */
  readonly mustExist?: boolean;
  /** Open a database that a restore is not through with: for the restore itself. @default false */
  readonly restoring?: boolean;
  /** Who changes records, unless `as` says otherwise. @default actor and via are `app` */
  readonly origin?: Origin;
  /** Called after every query, with its text and what it took; `stats` then sums them up. */
  readonly onQuery?: OnQuery;
}

type TableOf<D> = D extends Domain<infer T> ? T : never;

/** An open database with its declared tables. */
export interface Store<T extends AnyTable = AnyTable> {
  readonly engine: Engine;
  readonly domains: readonly Domain[];
  /** Its key; `ready` is awaited before anything is sealed that no repository seals. */
  readonly secrets: DatabaseKey;
  repository<U extends AnyTable>(table: U): Repository<U>;
  /** What is compiled from a declaration, for work in batches of arrays. */
  codec(table: AnyTable): TableCodec;
  /**
   * All or nothing, as if no other transaction ran meanwhile. Work that loses against another one is run again
   * from its start, so it must not do anything else that counts. Cancelled between batches when the signal fires.
   */
  transaction<R>(work: (transaction: Transaction) => Promise<R>, options?: TransactionOptions): Promise<R>;
  /** Runs work whose changes are credited to somebody, or to something: to a sweep, to a call of the API. */
  as<R>(origin: Partial<Origin>, work: () => Promise<R>): Promise<R>;
  /** For every query that repositories do not have. Typed by the declarations, decoded like them. */
  readonly kysely: Kysely<DatabaseOf<T>>;
  /** Is the schema as declared, are the settings as safety needs them? */
  doctor(): Promise<Finding[]>;
  /** Is the data sound? Looks at every page, reference and value. */
  check(): Promise<Finding[]>;
  stats(): Promise<
    EngineStats & { readonly tables: readonly { readonly table: string; readonly rows: number }[] }
  >;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a database, makes it if there is none, and brings its schema up.
 * @throws URL_INVALID, SETTING_INVALID, ENGINE_UNKNOWN, every DATABASE_ error, MIGRATION_CHANGED, RESTORE_UNFINISHED
 */
export async function openStore<D extends Domain = never>(
  options: StoreOptions<D>,
): Promise<Store<TableOf<D> | (typeof systemTables)[number]>> {
  const domains: Domain[] = [systemDomain, ...(options.domains ?? [])];
  const tables: AnyTable[] = [migrationsTable, ...domains.flatMap((domain) => [...domain.tables])];
  const url = typeof options.url === 'string' ? options.url : databaseUrl(options.url);
  const log = options.onQuery === undefined ? undefined : new QueryLog(options.onQuery);
  const origins = new AsyncLocalStorage<Origin>();
  const origin = (): Origin => origins.getStore() ?? options.origin ?? { actor: 'app', via: 'app' };
  const specs = tables.map(({ spec }) => spec);
  const journal = new Journal(specs, origin);
  const opened = await openEngine(url, { ...options, inspect: inspectMigrations(domains, options), journal });
  const engine = log === undefined ? opened : observed(opened, log);
  try {
    await migrate(engine, domains, options);
    journal.on = true;
  } catch (error) {
    await engine.close();
    throw error;
  }
  const secrets = new DatabaseKey(engine, domains, options.keyFile);

  const compiled = new Map<AnyTable, { codec: TableCodec; writes: WriteStatements }>();
  const compile = (table: AnyTable): { codec: TableCodec; writes: WriteStatements } => {
    let parts = compiled.get(table);
    if (parts === undefined) {
      const codec = new TableCodec(table, engine, secrets);
      parts = { codec, writes: new WriteStatements(codec) };
      compiled.set(table, parts);
    }
    return parts;
  };
  const bind = <U extends AnyTable>(table: U, executor: Executor): Repository<U> => {
    const { codec, writes } = compile(table);
    return new Repository(table, codec, writes, executor);
  };
  const transactions = new Transactions(engine, bind);
  const repositories = new Map<AnyTable, Repository<AnyTable>>();
  const repository = <U extends AnyTable>(table: U): Repository<U> => {
    let found = repositories.get(table);
    if (found === undefined) {
      found = bind(table as AnyTable, transactions.outside);
      repositories.set(table, found);
    }
    return found as unknown as Repository<U>;
  };
  const close = (): Promise<void> => engine.close();
  const makeKysely = (): Store['kysely'] =>
    storeKysely(
      {
        dialect: engine.kysely(originDecoders(tables, engine, secrets), () => transactions.refuseInside()),
        ...(log === undefined ? {} : { log: (event) => log.record(reportOf(event)) }),
      },
      (work) => transactions.inside(work),
    );
  let kysely: Store['kysely'] | undefined;
  const store: Store = {
    engine,
    domains,
    secrets,
    repository,
    codec: (table) => compile(table).codec,
    as: (some, work) => origins.run({ ...origin(), ...some }, work),
    transaction: (work, transactionOptions) => transactions.run(work, transactionOptions),
    get kysely() {
      kysely ??= makeKysely();
      return kysely;
    },
    async doctor() {
      const settings = await engine.settingsFindings();
      // What is missing to look at the rest is among the findings, with the statement that gives it.
      const told = settings.some(({ code }) => code === 'RIGHT_MISSING');
      const unlessTold = (error: unknown): Finding[] => {
        if (told && isForbidden(error)) return [];
        throw error;
      };
      const schema = await schemaFindings(engine, specs).catch(unlessTold);
      const capture = await captureFindings(store).catch(unlessDrifted).catch(unlessTold);
      return [...schema, ...capture, ...settings];
    },
    async check() {
      const findings = [...(await engine.check()), ...(await recordFindings(tables, repository))];
      // Digests are written: never into a database that is damaged.
      return findings.length > 0 ? findings : digestFindings(store);
    },
    async stats() {
      const rows = await Promise.all(tables.map((table) => repository(table).count()));
      return {
        ...(await engine.stats()),
        tables: tables.map((table, index) => ({ table: table.name, rows: rows[index]! })),
      };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return store as Store<TableOf<D> | (typeof systemTables)[number]>;
}

const reportOf = (event: LogEvent): QueryReport => ({
  sql: event.query.sql,
  durationMs: event.queryDurationMillis,
  ...(event.level === 'error' ? { error: event.error } : {}),
});

/** Without its own tables, capture cannot be looked at; that they are missing is among the findings. */
function unlessDrifted(error: unknown): Finding[] {
  if (isHoldfastError(error) && error.code === 'SCHEMA_DRIFTED') return [];
  throw error;
}

const isForbidden = (error: unknown): boolean =>
  isHoldfastError(error) && error.code === 'DATABASE_FORBIDDEN';
