// The reference: the fastest code for this one table that we know how to write on node:sqlite. It checks nothing.

import { DatabaseSync } from 'node:sqlite';
import { type Contender, type EventPage, pragmas } from '../contender.ts';
import type { Event, Labels } from '../table.ts';

const columns = 'id, source, kind, status, at, value, message, payload, enabled, labels';
const width = 10;
/** Measured from 1 to 500: inserts gain up to here, updates do not care. */
const rowsPerStatement = 100;

const upsert = (rows: number): string =>
  `INSERT INTO bench_events (${columns}) VALUES ${new Array(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}
  ON CONFLICT (id) DO UPDATE SET source = excluded.source, kind = excluded.kind, status = excluded.status,
  at = excluded.at, value = excluded.value, message = excluded.message, payload = excluded.payload,
  enabled = excluded.enabled, labels = excluded.labels`;

function encode(row: Event, into: unknown[], offset: number): void {
  into[offset] = row.id;
  into[offset + 1] = row.source;
  into[offset + 2] = row.kind;
  into[offset + 3] = row.status;
  into[offset + 4] = row.at;
  into[offset + 5] = row.value;
  into[offset + 6] = row.message;
  into[offset + 7] = row.payload;
  into[offset + 8] = row.enabled ? 1 : 0;
  into[offset + 9] = JSON.stringify(row.labels);
}

type Stored = [number, string, string, string, number, number, string, Uint8Array | null, number, string];

const decode = (a: Stored): Event => ({
  id: a[0],
  source: a[1],
  kind: a[2],
  status: a[3],
  at: a[4],
  value: a[5],
  message: a[6],
  payload: a[7],
  enabled: a[8] === 1,
  labels: JSON.parse(a[9]) as Labels,
});

export function openHandWritten(path: string): Contender {
  const db = new DatabaseSync(path, { enableDoubleQuotedStringLiterals: false });
  db.exec(pragmas);
  const prepare = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const many = prepare(upsert(rowsPerStatement));
  const one = prepare(upsert(1));
  const get = prepare(`SELECT ${columns} FROM bench_events WHERE id = ?`);
  const first = prepare(`SELECT ${columns} FROM bench_events ORDER BY id LIMIT ?`);
  const newest = prepare(
    `SELECT ${columns} FROM bench_events WHERE status = ? ORDER BY at DESC, id DESC LIMIT ?`,
  );
  const params = new Array<never>(rowsPerStatement * width);
  const single = new Array<never>(width);
  const put = (row: Event): void => {
    encode(row, single, 0);
    one.run(...single);
  };
  const transaction = (work: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    work();
    db.exec('COMMIT');
  };
  const page = (stored: Stored[], limit: number): EventPage => {
    const more = stored.length > limit;
    if (more) stored.length = limit;
    return { items: stored.map(decode), more };
  };
  return {
    name: 'hand-written node:sqlite',
    upsertMany: (rows) =>
      transaction(() => {
        let at = 0;
        for (; at + rowsPerStatement <= rows.length; at += rowsPerStatement) {
          for (let index = 0; index < rowsPerStatement; index++)
            encode(rows[at + index]!, params, index * width);
          many.run(...params);
        }
        for (; at < rows.length; at++) put(rows[at]!);
      }),
    getEach(ids, visit) {
      for (const id of ids) visit(decode(get.get(id) as unknown as Stored));
    },
    firstPage: (limit) => page(first.all(limit + 1) as unknown as Stored[], limit),
    newest: (status, limit) => page(newest.all(status, limit + 1) as unknown as Stored[], limit),
    upsertEachTogether: (rows) => transaction(() => rows.forEach(put)),
    upsertEachAlone: (rows) => rows.forEach(put),
    close: () => db.close(),
  };
}
