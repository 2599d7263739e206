// What a document holds, in memory: a header, figures, and a stream of rows by table.

import type { Instant } from '../../schema/instant.ts';
import type { Kind } from '../../schema/spec.ts';

export const documentVersion = '1.0.0';

export interface DocumentHeader {
  readonly createdAt: Instant;
  /** Of the program that wrote it. */
  readonly programVersion: string;
  readonly schemaVersion: string;
  /** Of the archive that the document shows; a document itself is plain text. */
  readonly compression: string | null;
  readonly encryption: string | null;
  readonly type: 'full' | 'incremental' | 'differential' | 'segment';
  /** Engine that the rows came from. */
  readonly engine: string;
  /** Of the archive: its id, undefined where none is named. */
  readonly archive?: string | undefined;
  /** It has what was whole of an archive that was cut off: what is not in it says nothing. */
  readonly salvaged?: boolean | undefined;
  /** Secrets that are not in the document. */
  readonly omittedSecrets?: number | undefined;
}

export interface DocumentColumn {
  readonly name: string;
  readonly kind: Kind;
}

/**
 * Values by kind: text, decimal, date, uuid and enum are strings; int and real numbers; instant a number of microseconds;
 * bigint a bigint; bool a boolean; bytes a Uint8Array; json whatever JSON holds, with bigints for integers that a
 * number does not hold exactly. Any may be null.
 */
export type Cell = unknown;

/** Rows of one table. All batches of a table follow each other. */
export interface TableBatch {
  readonly table: string;
  readonly columns: readonly DocumentColumn[];
  /** In a document that is read: whether it says so itself. */
  readonly named?: boolean;
  /** A cell for each column. */
  readonly rows: readonly (readonly Cell[])[];
}
