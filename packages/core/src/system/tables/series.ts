// Series of gauges: samples as sweeps leave them, and the chunks that compaction makes of them.

import { bytes, instant, int, oneOf, text, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

/** Samples of many records at one instant, as one sweep saw them. They wait here until they are put into chunks. */
export const samples = table(
  'holdfast_samples',
  {
    /** Version 7, so that rows are only ever added at the end. */
    id: uuid(),
    tableName: text(64),
    /** The source the records belong to, '' where their table knows none. */
    source: text(64),
    /** Which of the table's records: large sets are cut by a hash of the record. */
    part: int(),
    at: instant(),
    /** How many records. */
    records: int(),
    data: bytes(),
  },
  {
    key: ['id'],
    dataClass: 'informational',
    indexes: [{ columns: ['tableName', 'source', 'part', 'at'] }],
  },
);

/**
 * Samples of one record over some time, or buckets of them. Rows are never changed, only replaced: whoever removes a
 * row is the only one who puts its samples elsewhere. They refer to no record, and outlive theirs.
 */
export const series = table(
  'holdfast_series',
  {
    id: uuid(),
    tableName: text(64),
    /** The key's parts, slashes escaped. */
    record: text(255),
    tier: oneOf('raw', 'minute', 'hour', 'day'),
    /** Beginning of the stretch of time that chunks of this tier are cut by. */
    windowStart: instant(),
    source: text(64),
    firstAt: instant(),
    lastAt: instant(),
    /** How many samples, or buckets. */
    samples: int(),
    data: bytes(),
  },
  {
    key: ['id'],
    dataClass: 'informational',
    indexes: [
      { columns: ['tableName', 'record', 'tier', 'windowStart'] },
      { columns: ['tier', 'windowStart'] },
    ],
  },
);
