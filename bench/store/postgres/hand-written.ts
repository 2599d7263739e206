// The reference: the fastest code for this one table that we know how to write on pg. It checks nothing.

import { once } from 'node:events';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Contender, EventPage } from '../contender.ts';
import type { Event, Labels } from '../table.ts';
import { instantText, parseInstant, sessionOptions } from './values.ts';

const columns = 'id, source, kind, status, at, value, message, payload, enabled, labels';
const conflict = `ON CONFLICT (id) DO UPDATE SET source = excluded.source, kind = excluded.kind,
  status = excluded.status, at = excluded.at, value = excluded.value, message = excluded.message,
  payload = excluded.payload, enabled = excluded.enabled, labels = excluded.labels`;
const one = `INSERT INTO bench_events (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ${conflict}`;

/** The driver leaves every value as text; the row is decoded once, here. */
const raw = { getTypeParser: () => (text: string) => text } as unknown as typeof pg.types;

type Stored = [string, string, string, string, string, string, string, string | null, string, string];

const decode = (a: Stored): Event => ({
  id: Number(a[0]),
  source: a[1],
  kind: a[2],
  status: a[3],
  at: parseInstant(a[4]),
  value: Number(a[5]),
  message: a[6],
  payload: a[7] === null ? null : Buffer.from(a[7].slice(2), 'hex'),
  enabled: a[8] === 't',
  labels: JSON.parse(a[9]) as Labels,
});

const parameters = (row: Event): unknown[] => [
  row.id,
  row.source,
  row.kind,
  row.status,
  instantText(row.at),
  row.value,
  row.message,
  row.payload,
  row.enabled,
  JSON.stringify(row.labels),
];

const escaped = (text: string): string =>
  /[\\\n\r\t]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
    : text;

const line = (row: Event): string =>
  `${row.id}\t${escaped(row.source)}\t${escaped(row.kind)}\t${escaped(row.status)}\t${instantText(row.at)}\t${row.value}\t${escaped(row.message)}\t${row.payload === null ? '\\N' : `\\\\x${Buffer.from(row.payload).toString('hex')}`}\t${row.enabled ? 't' : 'f'}\t${escaped(JSON.stringify(row.labels))}\n`;

const rowsPerWrite = 1_000;

export async function openHandWritten(url: string): Promise<Contender> {
  const client = new pg.Client({ connectionString: url, options: sessionOptions });
  await client.connect();
  const query = async (name: string, text: string, values: unknown[]): Promise<Stored[]> => {
    const { rows } = await client.query({ name, text, values, rowMode: 'array', types: raw });
    return rows as unknown as Stored[];
  };
  const page = (stored: Stored[], limit: number): EventPage => {
    const more = stored.length > limit;
    if (more) stored.length = limit;
    return { items: stored.map(decode), more };
  };
  const put = async (row: Event): Promise<void> => {
    await client.query({ name: 'one', text: one, values: parameters(row) });
  };
  return {
    name: 'hand-written pg',
    async upsertMany(rows) {
      await client.query('BEGIN');
      await client.query(
        `CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT ${columns} FROM bench_events WITH NO DATA`,
      );
      const stream = client.query(copyFrom(`COPY incoming (${columns}) FROM STDIN`));
      for (let at = 0; at < rows.length; at += rowsPerWrite) {
        let text = '';
        for (const row of rows.slice(at, at + rowsPerWrite)) text += line(row);
        if (!stream.write(text)) await once(stream, 'drain');
      }
      stream.end();
      await once(stream, 'finish');
      await client.query(`INSERT INTO bench_events (${columns}) SELECT ${columns} FROM incoming ${conflict}`);
      await client.query('COMMIT');
    },
    async getEach(ids, visit) {
      const text = `SELECT ${columns} FROM bench_events WHERE id = $1`;
      for (const id of ids) visit(decode((await query('get', text, [id]))[0]!));
    },
    firstPage: async (limit) =>
      page(
        await query('first', `SELECT ${columns} FROM bench_events ORDER BY id LIMIT $1`, [limit + 1]),
        limit,
      ),
    newest: async (status, limit) =>
      page(
        await query(
          'newest',
          `SELECT ${columns} FROM bench_events WHERE status = $1 ORDER BY at DESC, id DESC LIMIT $2`,
          [status, limit + 1],
        ),
        limit,
      ),
    async upsertEachTogether(rows) {
      await client.query('BEGIN');
      for (const row of rows) await put(row);
      await client.query('COMMIT');
    },
    async upsertEachAlone(rows) {
      for (const row of rows) await put(row);
    },
    close: () => client.end(),
  };
}
