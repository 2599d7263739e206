// Kysely's transactions on the connections of a store.

import type { DatabaseConnection, Driver } from 'kysely';
import { HoldfastError } from '../../errors.ts';
import type { StoredValue } from '../../schema/codec.ts';
import { Secret } from '../../schema/secret.ts';
import type { OpenTransaction, Syntax } from '../engine.ts';

/** What Kysely holds while it works: the pool as a whole, or a transaction of it. */
export interface HeldConnection extends DatabaseConnection {
  transaction: OpenTransaction | undefined;
}

export interface DriverOptions<C extends HeldConnection> {
  readonly begin: () => Promise<OpenTransaction>;
  readonly connection: () => C;
  readonly quote: Syntax['quote'];
  /** Refuses a write that would wait for the transaction around it. */
  readonly beforeWrite: () => void;
}

export class StoreDriver<C extends HeldConnection> implements Driver {
  readonly #options: DriverOptions<C>;

  constructor(options: DriverOptions<C>) {
    this.#options = options;
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<C> {
    return this.#options.connection();
  }
  async beginTransaction(connection: C): Promise<void> {
    this.#options.beforeWrite();
    connection.transaction = await this.#options.begin();
  }
  async commitTransaction(connection: C): Promise<void> {
    const { transaction } = connection;
    connection.transaction = undefined;
    await transaction?.commit();
  }
  async rollbackTransaction(connection: C): Promise<void> {
    const { transaction } = connection;
    connection.transaction = undefined;
    await transaction?.rollback();
  }
  savepoint(connection: C, name: string): Promise<void> {
    return this.#run(connection, 'SAVEPOINT', name);
  }
  rollbackToSavepoint(connection: C, name: string): Promise<void> {
    return this.#run(connection, 'ROLLBACK TO SAVEPOINT', name);
  }
  releaseSavepoint(connection: C, name: string): Promise<void> {
    return this.#run(connection, 'RELEASE SAVEPOINT', name);
  }
  async releaseConnection(connection: C): Promise<void> {
    await this.rollbackTransaction(connection);
  }
  /** The store owns the connections and closes them. */
  async destroy(): Promise<void> {}

  async #run({ transaction }: C, command: string, name: string): Promise<void> {
    await transaction?.session.run({ sql: `${command} ${this.#options.quote(name)}` }, []);
  }
}

/** Parameters as the server takes them: objects as JSON text. */
export function toStored(value: unknown): StoredValue {
  if (value instanceof Secret)
    throw new HoldfastError('QUERY_INVALID', 'a secret is written through its repository, which seals it');
  if (value === undefined || value === null) return null;
  if (typeof value === 'object' && !(value instanceof Uint8Array)) return JSON.stringify(value);
  return value as StoredValue;
}
