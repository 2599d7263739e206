// Keys that are SQLite's own row id.

import type { TableSpec } from '../../schema/spec.ts';

/** A single whole-number key is the row id itself. */
export const isRowId = ({ key, columns }: TableSpec): boolean =>
  key.length === 1 && ['int', 'bigint'].includes(columns.find(({ name }) => name === key[0])!.kind);
