// What queries cost: a report of each, and the slowest of them. Texts have placeholders, never values.

import type { Engine, OpenTransaction, Session } from './engine.ts';

/** One statement, or one write of many rows. */
export interface QueryReport {
  readonly sql: string;
  readonly durationMs: number;
  /** Set where it failed. */
  readonly error?: unknown;
}

export type OnQuery = (report: QueryReport) => void;

export interface QueryStats {
  readonly count: number;
  readonly failed: number;
  readonly totalMs: number;
  /** At most ten, the slowest first; each text once, with its slowest run. */
  readonly slowest: readonly { readonly sql: string; readonly durationMs: number }[];
}

const mostSlow = 10;

export class QueryLog {
  readonly #onQuery: OnQuery;
  readonly #slowest = new Map<string, number>();
  #count = 0;
  #failed = 0;
  #totalMs = 0;

  constructor(onQuery: OnQuery) {
    this.#onQuery = onQuery;
  }

  record(report: QueryReport): void {
    const { sql, durationMs, error } = report;
    this.#count++;
    this.#totalMs += durationMs;
    if (error !== undefined) this.#failed++;
    if (durationMs > (this.#slowest.get(sql) ?? 0)) {
      this.#slowest.set(sql, durationMs);
      if (this.#slowest.size > mostSlow) {
        const [least] = [...this.#slowest].sort(([, a], [, b]) => a - b)[0]!;
        this.#slowest.delete(least);
      }
    }
    this.#onQuery(report);
  }

  get stats(): QueryStats {
    const slowest = [...this.#slowest].sort(([, a], [, b]) => b - a);
    return {
      count: this.#count,
      failed: this.#failed,
      totalMs: round(this.#totalMs),
      slowest: slowest.map(([sql, durationMs]) => ({ sql, durationMs: round(durationMs) })),
    };
  }

  async time<R>(sql: string, work: () => Promise<R>): Promise<R> {
    const startedAt = performance.now();
    try {
      const result = await work();
      this.record({ sql, durationMs: performance.now() - startedAt });
      return result;
    } catch (error) {
      this.record({ sql, durationMs: performance.now() - startedAt, error });
      throw error;
    }
  }
}

const round = (milliseconds: number): number => Number(milliseconds.toFixed(3));

/** The engine, each of its statements reported. */
export function observed(engine: Engine, log: QueryLog): Engine {
  const sessions = new WeakMap<Session, Session>();
  const watch = (session: Session): Session => {
    let watched = sessions.get(session);
    if (watched === undefined) {
      watched = observedSession(session, log);
      sessions.set(session, watched);
    }
    return watched;
  };
  const watchTransaction = async (open: Promise<OpenTransaction>): Promise<OpenTransaction> => {
    const transaction = await open;
    return {
      session: watch(transaction.session),
      get alive() {
        return transaction.alive;
      },
      commit: () => log.time('COMMIT', () => transaction.commit()),
      rollback: () => transaction.rollback(),
    };
  };
  return {
    ...engine,
    read: (work) => engine.read((session) => work(watch(session))),
    autocommit: (work, options) => engine.autocommit((session) => work(watch(session)), options),
    begin: (options) => watchTransaction(engine.begin(options)),
    beginMigration: () => watchTransaction(engine.beginMigration()),
    stats: async () => ({ ...(await engine.stats()), queries: log.stats }),
  };
}

function observedSession(session: Session, log: QueryLog): Session {
  return {
    get: (statement, params) => log.time(statement.sql, () => session.get(statement, params)),
    all: (statement, params) => log.time(statement.sql, () => session.all(statement, params)),
    run: (statement, params) => log.time(statement.sql, () => session.run(statement, params)),
    exec: (sql) => log.time(sql, () => session.exec(sql)),
    async *stream(statement, params, rows) {
      // The time between two chunks is the reader's own.
      const chunks = session.stream(statement, params, rows)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await log.time(statement.sql, () => chunks.next());
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await chunks.return?.();
      }
    },
    bulk: (write, count, fill, options) =>
      log.time(`INSERT INTO ${write.table} (${write.columns.join(', ')}), ${count} rows`, () =>
        session.bulk(write, count, fill, options),
      ),
  };
}
