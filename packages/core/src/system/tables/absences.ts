// What sweeps no longer see: records that wait for their absence to be confirmed, and those that were found gone.

import { instant, int, json, text, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { sources } from './sources.ts';

/** A record of a declared table, by its key. */
const record = {
  tableName: text(64),
  /** SHA-256 of the key in hex: a key may be longer than an index takes. */
  keyHash: text(64),
  /** The key, part by part in its declared order. */
  recordKey: json<unknown[]>(),
};

/**
 * Records that complete scopes no longer show, while it takes more than one sweep to call them absent.
 * A row goes when its record is shown again, or is marked absent.
 */
export const absences = table(
  'holdfast_absences',
  {
    source: text(64).references(sources, 'name', 'cascade'),
    ...record,
    scope: text(255),
    firstMissedRun: uuid(),
    firstMissedAt: instant(),
    lastMissedRun: uuid(),
    /** Complete sweeps of its scope in a row that did not show it. */
    timesMissed: int(),
  },
  { key: ['source', 'tableName', 'keyHash'], dataClass: 'operational' },
);

/** Why a record was marked absent, each time that it was. Rows are only added. */
export const tombstones = table(
  'holdfast_tombstones',
  {
    /** The sweep whose instant is the record's `absentSince`. It may have been pruned. */
    runId: uuid(),
    ...record,
    source: text(64).references(sources, 'name', 'cascade'),
    scope: text(255),
    absentSince: instant(),
    /** When the first of the sweeps that confirm it missed it. */
    firstMissedAt: instant(),
    /** What ended it, in the system's own name, as the UPID of a task; null where only its absence tells. */
    cause: text(255).nullable(),
  },
  {
    key: ['runId', 'tableName', 'keyHash'],
    dataClass: 'important',
    indexes: [{ columns: ['tableName', 'keyHash'] }],
  },
);
