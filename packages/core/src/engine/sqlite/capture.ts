// Triggers that write a table's changes to its history, and the clock they read.
// Only SQL that SQLite 3.40 knows, and no function of ours: a plain prompt must be able to write.

import { historySpec, journalColumns, journalOps, type TableSpec } from '../../schema/spec.ts';
import { syntax } from './dialect.ts';
import { isRowId } from './row-id.ts';

const { quote } = syntax;

/**
 * One row: the last instant that a change was given, and the transaction of the store that is under way. It lives in the
 * database, so that instants only ever grow, whichever process writes and whatever its clock says.
 */
export const clock = 'holdfast_journal_clock';
export const createClock = [
  `CREATE TABLE IF NOT EXISTS ${clock} (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL, txn INTEGER) STRICT`,
  `INSERT OR IGNORE INTO ${clock} (id, at) VALUES (1, 0)`,
];

/** By way of a column, the time is computed only where it is wanted: SQLite computes what is constant beforehand. */
const machine = `CAST(round((julianday(iif(id, 'now', '')) - 2440587.5) * 86400000000) AS INTEGER)`;
/** The store's connection gives its changes an instant itself. */
const tick = `UPDATE ${clock} SET at = max(at + 1, ${machine}) WHERE txn IS NULL`;
/** The store's connection tells of what REPLACE deletes. */
const external = `(SELECT txn FROM ${clock}) IS NULL`;
/**
 * Of a record that REPLACE may take away, until it has. Its instant is none, so that no moment meets it; the one that it
 * gets stands in its mark.
 */
const displaced = 9;

/** Unique sets of columns, the key first, partial ones with their condition. */
const uniquesOf = (spec: TableSpec): { columns: readonly string[]; where?: string | undefined }[] => [
  { columns: spec.key },
  ...spec.columns.filter(({ unique }) => unique).map(({ name }) => ({ columns: [name] })),
  ...spec.indexes.filter(({ unique }) => unique),
];

/** Other names by which a statement can set a key that is the row id. */
const rowIds = (spec: TableSpec): string[] => (isRowId(spec) ? ['rowid', '_rowid_', 'oid'] : []);

/** Columns that a change of unique values can be in; of a partial index, its condition may name any. */
function uniqueColumns(spec: TableSpec): string[] {
  const uniques = uniquesOf(spec);
  const named = new Set(uniques.flatMap(({ columns }) => columns));
  const isMeant = (name: string): boolean =>
    named.has(name) || uniques.some(({ where }) => where?.includes(name));
  return spec.columns.map(({ name }) => name).filter(isMeant);
}

/**
 * Statements that make the triggers of a tracked table, anew where they are there; its history exists. What costs a row is
 * each trigger that runs for it, one before its change most of all: so an update of plain columns, and a deletion, have one.
 */
export function createCapture(spec: TableSpec): string[] {
  const history = historySpec(spec)!;
  const [table, into] = [quote(spec.name), quote(history.name)];
  const copied = history.columns.slice(journalColumns.length).map(({ name }) => quote(name));
  const key = spec.key.map(quote);
  const same = (columns: readonly string[], one: string, other: string): string =>
    columns.map((column) => `${one}${quote(column)} = ${other}${quote(column)}`).join(' AND ');
  const log = (op: number, columns: readonly string[], row: 'old' | 'new'): string =>
    `INSERT INTO ${into} (journal_at, journal_op, journal_txn, ${columns.join(', ')})
    SELECT at, ${op}, txn, ${columns.map((column) => `${row}.${column}`).join(', ')} FROM ${clock}`;
  const trigger = (name: string, event: string, when: string, ...body: readonly string[]): string[] => {
    const own = quote(`${history.name}_${name}`);
    return [
      `DROP TRIGGER IF EXISTS ${own}`,
      `CREATE TRIGGER ${own} ${event} ON ${table}${when} BEGIN\n  ${body.join(';\n  ')};\nEND`,
    ];
  };

  // REPLACE takes records away without a word, so they are put aside before, and counted as deleted if they are gone
  // after. Nothing else is ever put aside for longer than a statement.
  const conflicts = uniquesOf(spec)
    .map(({ columns, where }) => same(columns, 'r.', 'new.') + (where === undefined ? '' : ` AND (${where})`))
    .join(' OR ');
  const forget = `DELETE FROM ${into} WHERE journal_op = ${displaced}`;
  const putAside = (condition: string): string[] => [
    tick,
    forget,
    `INSERT INTO ${into} (journal_at, journal_op, journal_mark, ${copied.join(', ')})
    SELECT 0, ${displaced}, c.at, ${copied.map((column) => `r.${column}`).join(', ')} FROM ${table} AS r, ${clock} AS c WHERE ${condition}`,
  ];
  // Where REPLACE does tell of what it deletes, as with recursive_triggers, a deletion stands behind.
  const settle = (at: string): string[] => [
    `DELETE FROM ${into} WHERE journal_op = ${displaced} AND EXISTS (SELECT 1 FROM ${into} AS l
    WHERE l.journal_seq > ${into}.journal_seq AND l.journal_op = ${journalOps.delete} AND ${same(spec.key, 'l.', `${into}.`)})`,
    `UPDATE ${into} SET journal_op = ${journalOps.delete}, journal_at = ${at}, journal_mark = NULL WHERE journal_op = ${displaced} AND (${same(spec.key, '', 'new.')}
    OR NOT EXISTS (SELECT 1 FROM ${table} AS r WHERE ${same(spec.key, 'r.', `${into}.`)}))`,
  ];
  const isSame = same(spec.key, 'old.', 'new.');
  const settled = ` WHEN EXISTS (SELECT 1 FROM ${into} WHERE journal_op = ${displaced}) AND ${external}`;
  const past = ` WHEN ${external}`;
  const ofKey = [...key, ...rowIds(spec)].join(', ');
  const ofUniques = `UPDATE OF ${[...uniqueColumns(spec).map(quote), ...rowIds(spec)].join(', ')}`;

  return [
    `CREATE INDEX IF NOT EXISTS ${quote(`${history.name}_displaced_idx`)} ON ${into} (${key.join(', ')}) WHERE journal_op = ${displaced}`,
    ...trigger('before_insert', 'BEFORE INSERT', past, ...putAside(conflicts)),
    ...trigger('insert', 'AFTER INSERT', '', log(journalOps.insert, key, 'new')),
    ...trigger('displaced', 'AFTER INSERT', settled, ...settle(`(SELECT at FROM ${clock})`)),
    ...trigger(
      'before_update',
      `BEFORE ${ofUniques}`,
      past,
      ...putAside(`(${conflicts}) AND NOT (${same(spec.key, 'r.', 'old.')})`),
    ),
    ...trigger('update', 'AFTER UPDATE', ` WHEN ${isSame}`, tick, log(journalOps.update, copied, 'old')),
    // Under another key it is another record, and the old one is gone.
    ...trigger(
      'key',
      `AFTER UPDATE OF ${ofKey}`,
      ` WHEN NOT (${isSame})`,
      tick,
      log(journalOps.delete, copied, 'old'),
      log(journalOps.insert, key, 'new'),
    ),
    ...trigger('displaced_by_update', `AFTER ${ofUniques}`, settled, ...settle('journal_mark')),
    ...trigger('delete', 'AFTER DELETE', '', tick, log(journalOps.delete, copied, 'old')),
  ];
}
