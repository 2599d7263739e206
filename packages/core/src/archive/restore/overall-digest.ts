// One digest for a whole database: of the digests of its tables.

import { createHash } from 'node:crypto';

export interface DigestOfTable {
  readonly table: string;
  readonly rows: number;
  readonly digest: string;
}

/** 64 hex digits; two restores of one archive give the same, whatever the engines. */
export function overallDigest(tables: readonly DigestOfTable[]): string {
  const lines = tables.map(({ table, rows, digest }) => `${table} ${rows} ${digest}\n`).toSorted();
  return createHash('sha256').update(lines.join('')).digest('hex');
}
