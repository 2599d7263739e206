// Reading a large result in chunks, from one snapshot, with memory bounded by the chunk.

import type { DatabaseSync } from 'node:sqlite';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { Statement } from '../engine.ts';
import { translate } from './errors.ts';
import { turn } from './turn.ts';

/** Chunks of at most `rows` rows. The statement is its own: a cached one could be in use elsewhere. */
export async function* scan(
  db: DatabaseSync,
  path: string,
  { sql, bigints = false }: Statement,
  params: readonly StoredValue[],
  rows: number,
): AsyncGenerator<StoredRow[]> {
  let iterator: Iterator<unknown> | undefined;
  try {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    statement.setReadBigInts(bigints);
    iterator = statement.iterate(...(params as never[]));
    let chunk: StoredRow[] = [];
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      if (chunk.push(next.value as StoredRow) < rows) continue;
      yield chunk;
      chunk = [];
      await turn();
    }
    if (chunk.length > 0) yield chunk;
  } catch (error) {
    throw translate(error, path);
  } finally {
    // Closing the connection has ended the statement already.
    if (db.isOpen) iterator?.return?.();
  }
}
