// Reading a large result in chunks, from one snapshot, with memory bounded by the chunk.

import type { StoredValue } from '../../schema/codec.ts';
import type { Statement } from '../engine.ts';
import type { PostgresConnection } from './connection.ts';
import type { StepResult } from './exchange.ts';
import type { ParameterTypes } from './parameter-types.ts';

let portals = 0;

/** Chunks of at most `rows` rows, by way of a portal of the transaction that the connection is in. */
export async function* scan(
  connection: PostgresConnection,
  { sql, bigints }: Statement,
  given: readonly StoredValue[],
  rows: number,
  types?: ParameterTypes,
): AsyncGenerator<StepResult> {
  const values = types === undefined ? given : await types.convert(connection, sql, given);
  const name = `scan${++portals}`;
  for (let opened = false, more = true; more; opened = true) {
    const [part] = await connection.exchange([{ sql, bigints, values, portal: { name, rows, opened } }]);
    more = part!.more;
    if (part!.rows.length > 0) yield part!;
  }
}
