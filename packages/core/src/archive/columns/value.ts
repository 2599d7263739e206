// What a cell of an archive holds: engine-neutral values, as they cross the engine seam.

import type { StoredValue } from '../../schema/codec.ts';

/**
 * By kind of column: text, date, uuid, enum and decimal are strings; int and instant are safe integers (an instant in
 * microseconds); bigint is a bigint; real is any double; bool is a boolean; json is its text as stored; bytes are a
 * Uint8Array; null is null. A value that does not fit its column's kind travels just as exactly, only in more bytes.
 */
export type Value = StoredValue;

/** A row: its values in the order of the stream's columns. */
export type ValueRow = readonly Value[];
