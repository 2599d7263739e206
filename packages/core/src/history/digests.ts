// A second opinion: what a table's records were at an instant, told again later from its history, must be the same.
// A change that was never captured shows as a difference.

import { createHash } from 'node:crypto';
import type { Finding } from '../engine/engine.ts';
import { formatInstant, type Instant, now } from '../schema/instant.ts';
import type { AnyTable } from '../schema/table.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { Store } from '../store/open-store.ts';
import { orderSql, orderTerms } from '../store/order.ts';
import { Parameters } from '../store/where.ts';
import { historyGaps, trackedTables } from '../system/tables.ts';
import { stateSql } from './as-of.ts';
import { historyTable } from './history-table.ts';
import { momentOf } from './moment.ts';

const chunkRows = 1_000;

/** SHA-256, as hex, of all records as they were, in the order of their keys. Memory is bounded by a chunk. */
export async function stateDigest(store: Store, table: AnyTable, at: Instant): Promise<string> {
  const history = historyTable(store, table);
  const { codec } = history;
  const parameters = new Parameters(codec.syntax);
  const state = stateSql(history, await momentOf(store, at, [history]), parameters);
  const sql = `SELECT ${history.of('r')} FROM (${state}) AS r${orderSql(orderTerms([], codec))}`;
  const hash = createHash('sha256');
  const session = await store.engine.read(async (reader) => reader);
  for await (const rows of session.stream(codec.statement(sql), parameters.values, chunkRows))
    for (const row of rows)
      hash.update(
        `${JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))}\n`,
      );
  return hash.digest('hex');
}

/**
 * Compares each table with its last digest, then takes a new one. A difference is noted as a gap.
 * @returns what changed unseen
 */
export async function digestFindings(store: Store): Promise<Finding[]> {
  const findings: Finding[] = [];
  const tables = store.domains.flatMap((domain) => [...domain.tables]);
  const { items } = await store.repository(trackedTables).list({ limit: 10_000 });
  for (const { tableName, digest, digestAt } of items) {
    const table = tables.find(({ name }) => name === tableName);
    if (table === undefined || table.spec.history !== 'versions') continue;
    if (digest !== null && digestAt !== null && (await stateDigest(store, table, digestAt)) !== digest) {
      const what = `records were changed after ${formatInstant(digestAt)} without a trace in its history`;
      const gap = {
        id: uuid7(Date.now()),
        tableName,
        from: digestAt,
        until: now(),
        cause: 'HISTORY_INCOMPLETE',
        details: what,
      };
      await store.repository(historyGaps).insert(gap);
      findings.push({
        code: 'HISTORY_INCOMPLETE',
        where: tableName,
        what,
        fix: 'The gap is noted, and shown with what lies behind it; compare with the newest proven backup',
      });
    }
    const at = now();
    const taken = await stateDigest(store, table, at);
    await store.repository(trackedTables).update({ tableName }, { digest: taken, digestAt: at });
  }
  return findings;
}
