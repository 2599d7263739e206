// What comes of raw rows, as a backup makes it of them; for tests.

import { decodeBatch, encodeBatch, toRows } from '../archive/columns/batch.ts';
import { sumOf } from '../archive/digest/batch-digest.ts';
import type { StoredRow } from '../schema/codec.ts';
import type { TableSpec } from '../schema/spec.ts';
import type { BatchLimit, ReadBatch } from './raw-rows.ts';
import type { Snapshot } from './snapshot.ts';

/** Rows after they were encoded and decoded, and their digest; undefined where the engine has only values. */
export async function readRaw(
  snapshot: Pick<Snapshot, 'rawRows'>,
  spec: TableSpec,
  limit: BatchLimit = { rows: 8_000, bytes: 1 << 20 },
): Promise<{ readonly rows: StoredRow[]; readonly digest: string } | undefined> {
  const raw = await snapshot.rawRows(spec);
  if (raw === undefined) return undefined;
  const rows: StoredRow[] = [];
  let sum = 0n;
  for await (const { module, given } of raw) {
    const { readBatch } = (await import(module.href)) as { readonly readBatch: ReadBatch };
    for (let rest = given; rest !== undefined; ) {
      const part = readBatch(spec.columns, rest, limit);
      if (part.batch.rows > limit.rows) throw new Error(`${part.batch.rows} rows in a batch`);
      const encoded = Buffer.from(encodeBatch(part.batch));
      sum += sumOf(part.batch);
      const { rowCount, columns } = decodeBatch(encoded, spec.columns.length);
      rows.push(...toRows(columns, rowCount));
      rest = part.rest;
    }
  }
  return { rows, digest: (sum % (1n << 256n)).toString(16).padStart(64, '0') };
}
