// Decoders of results by the column that each value comes from, as the server names it.

import type { OperationNode } from 'kysely';
import type { StoredRow } from '../../schema/codec.ts';
import type { OriginDecoders } from '../engine.ts';
import { plain, plainNumeric } from '../expression-values.ts';
import type { ResultColumn } from './columns.ts';
import { types } from './decode-row.ts';
import { derivedOrigins } from './derived-origins.ts';

type Decode = (value: unknown) => unknown;

/** Makes objects of rows with these columns. */
export function rowDecoder(
  columns: readonly ResultColumn[],
  decoders: OriginDecoders,
  query: OperationNode,
): (row: StoredRow) => Record<string, unknown> {
  const derived = derivedOrigins(query, decoders);
  const decode = columns.map(
    ({ table, orgTable, orgName, type }): Decode =>
      derived(table, orgName) ??
      decoders.find(orgTable, orgName) ??
      (type === types.newdecimal ? plainNumeric : plain),
  );
  return (row) => {
    const out: Record<string, unknown> = {};
    for (const [index, { name }] of columns.entries()) {
      const value = row[index];
      out[name] = value === null ? null : decode[index]!(value);
    }
    return out;
  };
}
