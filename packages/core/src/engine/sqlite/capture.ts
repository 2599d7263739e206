// Triggers that write a table's changes to its history, and the clock they read.
// Only SQL that SQLite 3.40 knows, and no function of ours: a plain prompt must be able to write.

import { historySpec, journalColumns, journalOps, type TableSpec } from '../../schema/spec.ts';
import { syntax } from './dialect.ts';

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

const tick = `UPDATE ${clock} SET at = max(at + 1, CAST(round((julianday('now') - 2440587.5) * 86400000000) AS INTEGER))`;
/** The store's connection tells of what REPLACE deletes, and it gives its changes an instant itself. */
const external = `(SELECT txn FROM ${clock}) IS NULL`;
/** Of a record that REPLACE may take away, until it has; its instant is none, so that no moment meets it. */
const displaced = 9;

/** Unique sets of columns beside the key, partial ones with their condition. */
const uniquesOf = (spec: TableSpec): { columns: readonly string[]; where?: string | undefined }[] => [
  { columns: spec.key },
  ...spec.columns.filter(({ unique }) => unique).map(({ name }) => ({ columns: [name] })),
  ...spec.indexes.filter(({ unique }) => unique),
];

/** Statements that make the triggers of a tracked table, anew where they are there; its history exists. */
export function createCapture(spec: TableSpec): string[] {
  const history = historySpec(spec)!;
  const [table, into] = [quote(spec.name), quote(history.name)];
  const copied = history.columns.slice(journalColumns.length).map(({ name }) => quote(name));
  const key = spec.key.map(quote);
  const same = (columns: readonly string[], one: string, other: string): string =>
    columns.map((column) => `${one}${quote(column)} = ${other}${quote(column)}`).join(' AND ');
  const log = (op: number | string, columns: readonly string[], row: 'old' | 'new'): string =>
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
    forget,
    `INSERT INTO ${into} (journal_at, journal_op, ${copied.join(', ')})
    SELECT 0, ${displaced}, ${copied.map((column) => `r.${column}`).join(', ')} FROM ${table} AS r WHERE ${condition}`,
  ];
  const settle = `UPDATE ${into} SET journal_op = ${journalOps.delete}, journal_at = (SELECT at FROM ${clock}) WHERE journal_op = ${displaced} AND (${same(spec.key, '', 'new.')}
    OR NOT EXISTS (SELECT 1 FROM ${table} AS r WHERE ${same(spec.key, 'r.', `${into}.`)}))`;
  /** Under another key it is another record, and the old one is gone. */
  const changed = `iif(${same(spec.key, 'old.', 'new.')}, ${journalOps.update}, ${journalOps.delete})`;
  const settled = ` WHEN ${external} AND EXISTS (SELECT 1 FROM ${into} WHERE journal_op = ${displaced})`;
  const past = ` WHEN ${external}`;
  const notItself = `NOT (${same(spec.key, 'r.', 'old.')})`;

  return [
    `CREATE INDEX IF NOT EXISTS ${quote(`${history.name}_displaced_idx`)} ON ${into} (${key.join(', ')}) WHERE journal_op = ${displaced}`,
    ...trigger('before_insert', 'BEFORE INSERT', past, tick, ...putAside(conflicts)),
    ...trigger('insert', 'AFTER INSERT', '', log(journalOps.insert, key, 'new')),
    ...trigger('displaced', 'AFTER INSERT', settled, settle),
    ...trigger('before_update', 'BEFORE UPDATE', past, tick, ...putAside(`(${conflicts}) AND ${notItself}`)),
    ...trigger('update', 'AFTER UPDATE', '', log(changed, copied, 'old')),
    ...trigger(
      'key',
      `AFTER UPDATE OF ${key.join(', ')}`,
      ` WHEN NOT (${same(spec.key, 'old.', 'new.')})`,
      log(journalOps.insert, key, 'new'),
    ),
    ...trigger('displaced_by_update', 'AFTER UPDATE', settled, settle),
    ...trigger('before_delete', 'BEFORE DELETE', past, tick),
    ...trigger('delete', 'AFTER DELETE', '', log(journalOps.delete, copied, 'old')),
    // Where REPLACE does tell of what it deletes, as with recursive_triggers, that is enough.
    ...trigger('told', 'AFTER DELETE', settled, `${forget} AND ${same(spec.key, '', 'old.')}`),
  ];
}
