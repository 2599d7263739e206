// Transactions that change tracked tables, on one connection: just before the commit, one row says who and why. It
// stands under the number that the triggers give the changes of a store's session: the store's own part, and the
// transaction's. So nothing need be said ahead of a statement, and a return to a savepoint takes nothing of it back.

import { randomBytes } from 'node:crypto';
import type { StoredValue } from '../../schema/codec.ts';
import type { Journal } from '../journal.ts';
import { storeSetting } from './capture.ts';
import type { Step } from './exchange.ts';

/** A transaction that has written nothing has no number, and leaves no row. */
const insert = `INSERT INTO holdfast_journal (txn, started_at, at, actor, via, source, run, request, reason)
  SELECT current_setting('${storeSetting}')::bigint | (x.id::text::bigint & 4294967295),
    transaction_timestamp(), clock_timestamp(), $1, $2, $3, $4::text::uuid, $5, $6
  FROM pg_current_xact_id_if_assigned() AS x (id) WHERE x.id IS NOT NULL`;

/** What the sessions of one store have in common, as their setting: 31 bits by chance, above those of a transaction. */
export const newStoreNumber = (): string => String(BigInt(randomBytes(4).readUInt32BE() >>> 1) << 32n);

export class PostgresJournal {
  readonly #journal: Journal;
  /** The transaction that is open may have changed tracked tables. */
  #concerned = false;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Before statements of the transaction that is open. */
  note(steps: readonly Step[]): void {
    this.#concerned ||= this.#concerns(steps);
  }

  /** What goes ahead of the commit. */
  credit(): readonly Step[] {
    return this.#concerned ? [this.#credit()] : none;
  }

  /** What goes behind statements that commit by themselves. */
  behind(steps: readonly Step[]): readonly Step[] {
    return this.#concerns(steps) ? [this.#credit()] : none;
  }

  /** The same with a script: values are written out. */
  script(sql: string): string {
    return [sql, ...this.behind([{ sql }]).map(writtenOut)].join('\n;');
  }

  /** The transaction is over, one way or the other. */
  forget(): void {
    this.#concerned = false;
  }

  #concerns(steps: readonly Step[]): boolean {
    for (const { sql } of steps) if (this.#journal.concerns(sql)) return true;
    return false;
  }

  #credit(): Step {
    const { actor, via, source, run, request, reason } = this.#journal.origin();
    const values = [actor, via, source ?? null, run ?? null, request ?? null, reason ?? null];
    return { sql: insert, values };
  }
}

const none: readonly Step[] = [];

const literal = (value: StoredValue | undefined): string =>
  value === null || value === undefined ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`;

const writtenOut = ({ sql, values = [] }: Step): string =>
  sql.replaceAll(/\$(\d)/g, (_, place) => literal(values[Number(place) - 1]));
