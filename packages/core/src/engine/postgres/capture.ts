// Triggers that write a table's changes to its history: one for each kind of statement, run once for all its rows.
// They run as the owner of the history, whoever writes and whatever his search_path: so every name is spelled in full.

import { historySpec, journalColumns, journalOps, type TableSpec } from '../../schema/spec.ts';
import { syntax } from './dialect.ts';

const { quote } = syntax;

/** Setting of a store's sessions: the part of `journal_txn` that is the store's own. Elsewhere there is none. */
export const storeSetting = 'holdfast.store';
/** Stands for the schema of the tables, quoted, until a statement is run in it. */
const schema = '{schema}';
const [old, changed] = ['journal_old', 'journal_new'];

export interface CaptureTrigger {
  /** Of the trigger and of its function. */
  readonly name: string;
  /** As CREATE TRIGGER takes it. */
  readonly when: 'AFTER INSERT' | 'AFTER UPDATE' | 'AFTER DELETE' | 'BEFORE TRUNCATE';
  /** The same as the catalogue counts it. */
  readonly type: number;
  /** Names of the tables that hold the rows of the statement, before and after. */
  readonly old: string | null;
  readonly new: string | null;
  /** @param schema quoted */
  readonly body: (schema: string) => string;
}

/** The number of the whole transaction, also inside a savepoint: snapshots list no other. */
const xid = 'pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8';
const txn = `(SELECT CASE WHEN s.store OPERATOR(pg_catalog.<>) ''
      THEN s.store::pg_catalog.int8 OPERATOR(pg_catalog.|) (${xid} OPERATOR(pg_catalog.&) 4294967295) END
    FROM (SELECT pg_catalog.current_setting('${storeSetting}', true) AS store) AS s)`;

export function captureTriggers(spec: TableSpec): CaptureTrigger[] {
  const history = historySpec(spec)!;
  const copied = history.columns.slice(journalColumns.length).map(({ name }) => name);
  const others = copied.filter((name) => !spec.key.includes(name)).map(quote);
  const key = spec.key.map(quote);
  // By way of subqueries each value is asked for once, when there is a row: a statement that changes none costs no
  // transaction number.
  const log = (op: number | string, columns: readonly string[], values: readonly string[], from: string) =>
    `INSERT INTO ${schema}.${quote(history.name)}
    (journal_at, journal_op, journal_txn, journal_mark, ${columns.join(', ')})
  SELECT (SELECT pg_catalog.clock_timestamp()), ${op}, ${txn}, (SELECT ${xid}),
    ${values.join(', ')}
  FROM ${from}`;
  const of = (row: string, columns: readonly string[]): string[] =>
    columns.map((column) => `${row}.${column}`);
  const same = key.map((column) => `o.${column} OPERATOR(pg_catalog.=) n.${column}`).join(' AND ');

  const trigger = (
    [part, when, type]: [string, CaptureTrigger['when'], number],
    [before, after]: [string | null, string | null],
    statement: string,
  ): CaptureTrigger => ({
    name: `${history.name}_${part}`,
    ...{ when, type, old: before, new: after },
    body: (of) =>
      `#variable_conflict use_column\nBEGIN\n  ${statement.replaceAll(schema, () => of)};\n  RETURN NULL;\nEND`,
  });
  const all = [...key, ...others];
  return [
    trigger(
      ['insert', 'AFTER INSERT', 4],
      [null, changed],
      log(journalOps.insert, key, of('n', key), `${changed} AS n`),
    ),
    // Under another key it is another record: a key that only the rows before have is gone, one that only those after
    // have is new. A full join is never done row by row, however few rows there were when the session planned it.
    trigger(
      ['update', 'AFTER UPDATE', 16],
      [old, changed],
      log(
        `CASE WHEN o.${key[0]} IS NULL THEN ${journalOps.insert} WHEN n.${key[0]} IS NULL THEN ${journalOps.delete} ELSE ${journalOps.update} END`,
        all,
        [...key.map((column) => `coalesce(o.${column}, n.${column})`), ...of('o', others)],
        `${old} AS o FULL JOIN ${changed} AS n ON ${same}`,
      ),
    ),
    trigger(
      ['delete', 'AFTER DELETE', 8],
      [old, null],
      log(journalOps.delete, all, of('o', all), `${old} AS o`),
    ),
    trigger(
      ['clear', 'BEFORE TRUNCATE', 34],
      [null, null],
      log(journalOps.delete, all, of('o', all), `${schema}.${quote(spec.name)} AS o`),
    ),
  ];
}

/** Statements that make, or make anew, the triggers of a tracked table; its history is there. */
export function createCapture(spec: TableSpec): string[] {
  const [table, history] = [spec.name, historySpec(spec)!.name];
  return [
    // The reader of changes looks for transactions from some number on; they lie in about that order.
    `CREATE INDEX IF NOT EXISTS ${quote(`${history}_marks`)} ON ${quote(history)} USING brin (journal_mark)
  WITH (pages_per_range = 16, autosummarize = on)`,
    ...captureTriggers(spec).flatMap(({ name, when, old: before, new: after, body }) => {
      const tables = [
        ...(before === null ? [] : [` OLD TABLE AS ${before}`]),
        ...(after === null ? [] : [` NEW TABLE AS ${after}`]),
      ];
      const rows = tables.length === 0 ? '' : ` REFERENCING${tables.join('')}`;
      return [
        `DO $holdfast$ BEGIN EXECUTE pg_catalog.replace($function$
CREATE OR REPLACE FUNCTION ${schema}.${quote(name)}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $body$${body(schema)}$body$
$function$, '${schema}', pg_catalog.quote_ident(current_schema())); END $holdfast$`,
        // Otherwise anybody could have a table of his own write to the history.
        `REVOKE ALL ON FUNCTION ${quote(name)}() FROM PUBLIC`,
        `DROP TRIGGER IF EXISTS ${quote(name)} ON ${quote(table)}`,
        `CREATE TRIGGER ${quote(name)} ${when} ON ${quote(table)}${rows} FOR EACH STATEMENT EXECUTE FUNCTION ${quote(name)}()`,
        // Also for what replicates, restores and imports without the other triggers.
        `ALTER TABLE ${quote(table)} ENABLE ALWAYS TRIGGER ${quote(name)}`,
      ];
    }),
  ];
}

/** The functions of the triggers, and the triggers where the table is still there. */
export const dropCapture = (table: string): string =>
  `DROP FUNCTION IF EXISTS ${['insert', 'update', 'delete', 'clear']
    .map((part) => `${quote(`${table}_history_${part}`)}()`)
    .join(', ')} CASCADE`;
