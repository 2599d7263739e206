// Triggers that write a table's changes to its history. What a reference deletes or sets to null fires none: the
// deletion of the record that is referred to logs it.

import { historySpec, journalColumns, journalOps, type TableSpec } from '../../schema/spec.ts';
import { cascadesTo } from './cascades.ts';
import { quote } from './dialect.ts';
import type { Flavour } from './flavour.ts';
import { atMoment } from './moment.ts';
import { shortName } from './short-name.ts';

/**
 * The mark of a change that no reader of changes has seen, above all of theirs. A number and not null: a row that grew when
 * it is stamped would not fit where it is.
 */
export const unseenMark = 9_223_372_036_854_775_807n;

/** One row: the last number that a reader of changes was given. */
export const generations = 'holdfast_journal_generation';

const createGenerations = [
  `CREATE TABLE IF NOT EXISTS ${generations} (id int NOT NULL PRIMARY KEY, generation bigint NOT NULL) ENGINE=InnoDB`,
  `INSERT IGNORE INTO ${generations} (id, generation) VALUES (1, 0)`,
];

export interface Trigger {
  readonly name: string;
  readonly timing: 'BEFORE' | 'AFTER';
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly table: string;
  readonly body: string;
}

/**
 * The triggers of a tracked table, and those of the tables from which a deletion reaches it. What costs is the number of
 * statements that run for a row, and the use of variables in them.
 */
export function triggersOf(spec: TableSpec, specs: readonly TableSpec[]): Trigger[] {
  const history = historySpec(spec)!;
  const copied = history.columns.slice(journalColumns.length).map(({ name }) => quote(name));
  const key = spec.key.map(quote);
  const columns = (names: readonly string[]): string =>
    `${quote(history.name)} (journal_at, journal_op, journal_txn, journal_mark, ${names.join(', ')})`;
  const values = (moment: string, op: number, names: readonly string[], row: string): string =>
    `${moment}, ${op}, @holdfast_txn, ${unseenMark}, ${names.map((name) => `${row}.${name}`).join(', ')}`;
  const log = (op: number, names: readonly string[], row: 'OLD' | 'NEW'): string =>
    atMoment((moment) => `INSERT INTO ${columns(names)} VALUES (${values(moment, op, names, row)})`);
  // One comparison of rows: each of its own would be prepared anew for every record.
  const same = (names: readonly string[]): string => {
    const of = (row: string): string => names.map((name) => `${row}.${name}`).join(', ');
    return names.length === 1 ? `${of('NEW')} <=> ${of('OLD')}` : `(${of('NEW')}) <=> (${of('OLD')})`;
  };
  const own = (event: Trigger['event'], body: string): Trigger => ({
    name: shortName(history.name, event.toLowerCase()),
    timing: 'AFTER',
    event,
    table: spec.name,
    body,
  });
  const others = likelyFirst(spec);
  // An insert that finds its record there, and leaves it as it is, is an update that changes nothing.
  const changed = `ELSEIF NOT (${same(others)}) THEN
  ${log(journalOps.update, copied, 'OLD')};
`;
  return [
    own('INSERT', log(journalOps.insert, key, 'NEW')),
    own(
      'UPDATE',
      `IF NOT (${same(key)}) THEN
  ${log(journalOps.delete, copied, 'OLD')};
  ${log(journalOps.insert, key, 'NEW')};
${others.length === 0 ? '' : changed}END IF`,
    ),
    own('DELETE', log(journalOps.delete, copied, 'OLD')),
    ...cascadesTo(spec, specs).map(({ table, reached }): Trigger => {
      const logged = reached.map(({ sets, rows }) =>
        atMoment(
          (moment) => `INSERT INTO ${columns(copied)}
  SELECT ${values(moment, sets ? journalOps.update : journalOps.delete, copied, 'r')}
  ${rows}`,
        ),
      );
      return {
        name: shortName(history.name, 'with', table),
        timing: 'BEFORE',
        event: 'DELETE',
        table,
        body: `BEGIN\n${logged.join(';\n')};\nEND`,
      };
    }),
  ];
}

/** Columns beside the key, in the order in which a difference is found soonest, and cheapest. */
function likelyFirst({ columns, key }: TableSpec): string[] {
  const rank = ({ auto, kind, maxLength }: TableSpec['columns'][number]): number => {
    if (auto === 'update') return 0;
    const long = kind === 'json' || kind === 'bytes' || (kind === 'text' && maxLength === undefined);
    return long ? 2 : 1;
  };
  return columns
    .filter(({ name }) => !key.includes(name))
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ name }) => quote(name));
}

/** Statements that make the triggers, anew where they are there. Each may be run again. */
export const createCapture = (
  { name: flavour }: Flavour,
  spec: TableSpec,
  specs: readonly TableSpec[],
): string[] => [
  ...createGenerations,
  ...triggersOf(spec, specs).flatMap(({ name, timing, event, table, body }) => {
    const own = quote(name);
    const rest = `TRIGGER ${own} ${timing} ${event} ON ${quote(table)} FOR EACH ROW ${body}`;
    return flavour === 'MariaDB'
      ? [`CREATE OR REPLACE ${rest}`]
      : [`DROP TRIGGER IF EXISTS ${own}`, `CREATE ${rest}`];
  }),
];
