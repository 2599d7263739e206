// The connections by which batches of rows go to the server: while one is at work on a batch, the next one goes by the
// other, and another one waits on each, so that neither the server nor whoever reads the archive waits.

import { giveBack } from '../give-back.ts';
import type { Held } from '../server/hold.ts';
import type { BatchInsert, MysqlConnection } from './connection.ts';

/** Batches that are under way on one connection. */
const most = 2;
/** Bytes from which on no further batch is made, on whichever connection they are. */
const mostBytes = 4_194_304;

export class BatchLines {
  readonly #underWay = new Map<MysqlConnection, Set<Promise<void>>>();
  #another: (() => Promise<Held<MysqlConnection>>) | undefined;
  #second: Held<MysqlConnection> | undefined;
  #bytes = 0;
  #failed: { readonly error: unknown } | undefined;

  /** @param another opens the second one, once there is work for it; undefined where there is to be one only */
  constructor(first: MysqlConnection, another: (() => Promise<Held<MysqlConnection>>) | undefined) {
    this.#underWay.set(first, new Set());
    this.#another = another;
  }

  /**
   * Sends statements as soon as a line has room; they are one transaction. What fails is told by whatever is asked next.
   * @param make called then: what waits has no packets yet
   * @throws what has failed
   */
  async write(make: () => readonly BatchInsert[]): Promise<void> {
    const [connection, batches] = await this.#free();
    const statements = make();
    const bytes = statements.reduce((sum, { packet }) => sum + packet.length(), 0);
    const { done } = await connection.insertTogether(statements);
    this.#bytes += bytes;
    const noted = done
      .then(() => {
        // The server has all of them.
        for (const { packet } of statements) giveBack(packet.buffer);
      })
      .catch((error: unknown) => {
        this.#failed ??= { error };
      })
      .finally(() => {
        this.#bytes -= bytes;
        batches.delete(noted);
      });
    batches.add(noted);
  }

  /** The line with the least to do. */
  async #free(): Promise<[MysqlConnection, Set<Promise<void>>]> {
    for (;;) {
      this.#check();
      const [first, ...others] = this.#underWay;
      const least = others.reduce((one, other) => (other[1].size < one[1].size ? other : one), first!);
      const another = this.#another;
      if (least[1].size > 0 && another !== undefined) {
        this.#another = undefined;
        // Where the server gives no second one, the first does it all.
        this.#second = await another().catch(() => undefined);
        if (this.#second !== undefined) this.#underWay.set(this.#second.connection, new Set());
      } else if (least[1].size < most && this.#bytes < mostBytes) return least;
      else await Promise.race(this.#batches());
    }
  }

  #batches(): Promise<void>[] {
    return [...this.#underWay.values()].flatMap((batches) => [...batches]);
  }

  #check(): void {
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  /** Waits until all is written. @throws what has failed */
  async settle(): Promise<void> {
    await Promise.all(this.#batches());
    this.#check();
  }

  /** Waits until nothing is under way, and gives the second line up. */
  async end(): Promise<void> {
    this.#another = undefined;
    await Promise.all(this.#batches());
    const second = this.#second;
    this.#second = undefined;
    if (second === undefined) return;
    this.#underWay.delete(second.connection);
    // Its settings are not those of the others.
    second.connection.lost = true;
    await second.release();
  }
}
