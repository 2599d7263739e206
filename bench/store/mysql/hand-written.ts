// The reference: the fastest code for this one table that we know how to write on mysql2. It checks nothing.

import driver, { type Connection } from 'mysql2/promise';
import type { Contender, EventPage } from '../contender.ts';
import type { Event, Labels } from '../table.ts';
import { connectionOptions } from './values.ts';

const columns = 'id, source, kind, status, at, value, message, payload, enabled, labels';
const conflict = `ON DUPLICATE KEY UPDATE source = VALUES(source), kind = VALUES(kind), status = VALUES(status),
  at = VALUES(at), value = VALUES(value), message = VALUES(message), payload = VALUES(payload),
  enabled = VALUES(enabled), labels = VALUES(labels)`;
const tuple = '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
const insert = (rows: number): string =>
  `INSERT INTO bench_events (${columns}) VALUES ${new Array(rows).fill(tuple).join(', ')} ${conflict}`;
const one = insert(1);
/** The fastest from 100 to 5,000. */
const rowsPerWrite = 1_000;
const many = insert(rowsPerWrite);

type Stored = [number, string, string, string, number, number, string, Buffer | null, number, string];

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

function parameters(row: Event, into: unknown[]): void {
  into.push(row.id, row.source, row.kind, row.status, row.at, row.value, row.message);
  into.push(
    row.payload === null
      ? null
      : Buffer.from(row.payload.buffer, row.payload.byteOffset, row.payload.byteLength),
  );
  into.push(row.enabled, JSON.stringify(row.labels));
}

export async function openHandWritten(url: string): Promise<Contender> {
  const connection: Connection = await driver.createConnection(connectionOptions(url));
  const query = async (sql: string, values: unknown[]): Promise<Stored[]> => {
    const [rows] = await connection.execute({ sql, values: values as never, rowsAsArray: true });
    return rows as unknown as Stored[];
  };
  const page = (stored: Stored[], limit: number): EventPage => {
    const more = stored.length > limit;
    if (more) stored.length = limit;
    return { items: stored.map(decode), more };
  };
  const put = async (row: Event): Promise<void> => {
    const values: unknown[] = [];
    parameters(row, values);
    await connection.execute(one, values as never);
  };
  return {
    name: 'hand-written mysql2',
    async upsertMany(rows) {
      await connection.query('START TRANSACTION');
      let at = 0;
      for (; at + rowsPerWrite <= rows.length; at += rowsPerWrite) {
        const values: unknown[] = [];
        for (let row = at; row < at + rowsPerWrite; row++) parameters(rows[row]!, values);
        await connection.execute(many, values as never);
      }
      for (; at < rows.length; at++) await put(rows[at]!);
      await connection.query('COMMIT');
    },
    async getEach(ids, visit) {
      const sql = `SELECT ${columns} FROM bench_events WHERE id = ?`;
      for (const id of ids) visit(decode((await query(sql, [id]))[0]!));
    },
    firstPage: async (limit) =>
      page(await query(`SELECT ${columns} FROM bench_events ORDER BY id LIMIT ${limit + 1}`, []), limit),
    newest: async (status, limit) =>
      page(
        await query(
          `SELECT ${columns} FROM bench_events WHERE status = ? ORDER BY at DESC, id DESC LIMIT ${limit + 1}`,
          [status],
        ),
        limit,
      ),
    async upsertEachTogether(rows) {
      await connection.query('START TRANSACTION');
      for (const row of rows) await put(row);
      await connection.query('COMMIT');
    },
    async upsertEachAlone(rows) {
      for (const row of rows) await put(row);
    },
    close: () => connection.end(),
  };
}
