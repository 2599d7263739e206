// Whose a transaction is: what a store tells its engine, so that captured changes can be credited.

import type { TableSpec } from '../schema/spec.ts';

/** Who changes something, by which way, and why. */
export interface Origin {
  /** Name of a user, or of a part of the program. */
  readonly actor: string;
  /** `cli`, `api`, `sync`, `schedule`, `import`, `undo`, `app`. */
  readonly via: string;
  readonly source?: string | undefined;
  /** Id of the sweep. */
  readonly run?: string | undefined;
  /** Id of one call of the command line or the API. */
  readonly request?: string | undefined;
  readonly reason?: string | undefined;
}

/** Statements that change no record, whatever they name. */
const harmless =
  /^\s*(SELECT|VALUES|PRAGMA|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|START|COMMIT|SET|SHOW|EXPLAIN|DESCRIBE|CREATE|DROP|ALTER|ANALYZE|CHECK|VACUUM|REINDEX|CLUSTER|CHECKPOINT|REFRESH|LISTEN|NOTIFY|UNLISTEN|LOCK|GRANT|REVOKE|COMMENT)\b/i;
/** Statements that change records of the one table that they name first. */
const changing =
  /^\s*(?:INSERT(?:\s+OR\s+\w+|\s+IGNORE)?\s+INTO|REPLACE(?:\s+INTO)?|UPDATE(?:\s+OR\s+\w+)?|DELETE(?:\s+\w+)?\s+FROM|COPY)\s+[`"]?(\w+)[`"]?/i;

/** What is in it happens later. */
const makesTrigger = /^\s*CREATE\s+(OR\s+REPLACE\s+)?(TRIGGER|FUNCTION)\b/i;

/** Texts whose classification is remembered. */
const mostTexts = 2_000;

export class Journal {
  /** Tables whose records, or whose children's, are tracked. */
  readonly #concerned: ReadonlySet<string>;
  readonly #texts = new Map<string, boolean>();
  readonly origin: () => Origin;
  /** Off until the journal's own tables are there. */
  on = false;

  constructor(specs: readonly TableSpec[], origin: () => Origin) {
    this.#concerned = concernedTables(specs);
    this.origin = origin;
  }

  /** Whether a write of this table's rows may change tracked records. */
  concernsTable(table: string): boolean {
    return this.on && this.#concerned.has(table);
  }

  /** Whether a statement may change tracked records; one that cannot be told counts as if it did. */
  concerns(sql: string): boolean {
    if (!this.on) return false;
    let known = this.#texts.get(sql);
    if (known === undefined) {
      known = !makesTrigger.test(sql) && sql.split(';').some((statement) => this.#classify(statement));
      if (this.#texts.size >= mostTexts) this.#texts.clear();
      this.#texts.set(sql, known);
    }
    return known;
  }

  #classify(statement: string): boolean {
    if (statement.trim() === '') return false;
    const table = changing.exec(statement)?.[1];
    if (table !== undefined) return this.#concerned.has(table);
    if (/^\s*WITH\b/i.test(statement)) return /\b(INSERT|UPDATE|DELETE|REPLACE|MERGE)\b/i.test(statement);
    return !harmless.test(statement);
  }
}

/** Tracked tables, and those from which a deletion reaches them. */
function concernedTables(specs: readonly TableSpec[]): Set<string> {
  const concerned = new Set(specs.filter(({ history }) => history !== undefined).map(({ name }) => name));
  for (let before = -1; before < concerned.size; ) {
    before = concerned.size;
    for (const { name, foreignKeys } of specs)
      if (concerned.has(name))
        for (const { table, onDelete } of foreignKeys) if (onDelete !== 'restrict') concerned.add(table);
  }
  return concerned;
}
