// The connections by which batches of rows go to the server: while one is at work on a batch, the next one goes by the
// other, so that neither the server nor whoever reads the archive waits.

import type { Held } from '../server/hold.ts';
import type { BatchInsert, MysqlConnection } from './connection.ts';

export class BatchLines {
  readonly #connections: MysqlConnection[];
  #another: (() => Promise<Held<MysqlConnection>>) | undefined;
  #second: Held<MysqlConnection> | undefined;
  readonly #busy = new Map<MysqlConnection, Promise<void>>();
  #failed: { readonly error: unknown } | undefined;

  /** @param another opens the second one, once there is work for it; undefined where there is to be one only */
  constructor(first: MysqlConnection, another: (() => Promise<Held<MysqlConnection>>) | undefined) {
    this.#connections = [first];
    this.#another = another;
  }

  /**
   * Sends statements as soon as a line is free; they are one transaction. What fails is told by whatever is asked next.
   * @throws what has failed
   */
  async write(statements: readonly BatchInsert[]): Promise<void> {
    const connection = await this.#free();
    const done = connection
      .insertTogether(statements)
      .catch((error: unknown) => {
        this.#failed ??= { error };
      })
      .finally(() => this.#busy.delete(connection));
    this.#busy.set(connection, done);
  }

  async #free(): Promise<MysqlConnection> {
    for (;;) {
      this.#check();
      const free = this.#connections.find((each) => !this.#busy.has(each));
      if (free !== undefined) return free;
      const another = this.#another;
      this.#another = undefined;
      // Where the server gives no second one, the first does it all.
      this.#second ??= await another?.().catch(() => undefined);
      if (another !== undefined && this.#second !== undefined)
        this.#connections.push(this.#second.connection);
      else await Promise.race(this.#busy.values());
    }
  }

  #check(): void {
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  /** Waits until all is written. @throws what has failed */
  async settle(): Promise<void> {
    await Promise.all(this.#busy.values());
    this.#check();
  }

  /** Waits until nothing is under way, and gives the second line up. */
  async end(): Promise<void> {
    this.#another = undefined;
    await Promise.all(this.#busy.values());
    const second = this.#second;
    this.#second = undefined;
    if (second === undefined) return;
    this.#connections.pop();
    // Its settings are not those of the others.
    second.connection.lost = true;
    await second.release();
  }
}
