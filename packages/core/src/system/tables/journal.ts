// The journal: which transaction changed tracked tables, who was behind it and why; and where capture is not whole.

import { bigint, instant, text, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

/** One row for each transaction of a store that changed tracked tables. What no row covers was written past it. */
export const journal = table(
  'holdfast_journal',
  {
    /** Stands in `journal_txn` of the changes. */
    txn: bigint(),
    /** Before its first change, and just before its commit: in between, nobody else sees a part of it. */
    startedAt: instant(),
    at: instant(),
    actor: text(255),
    /** The way it came: `cli`, `api`, `sync`, `schedule`, `import`, `undo`. */
    via: text(32),
    source: text(64).nullable(),
    /** The sweep. */
    run: uuid().nullable(),
    /** One call of the command line or the API: everything it did has the same. */
    request: text(191).nullable(),
    reason: text().nullable(),
  },
  {
    key: ['txn'],
    dataClass: 'important',
    indexes: [
      { columns: ['at'], concurrent: true },
      // A transaction of neither a sweep nor a call has no part in them, where the engine knows such indexes.
      { columns: ['run'], where: 'run IS NOT NULL' },
      { columns: ['request'], where: 'request IS NOT NULL' },
    ],
  },
);

/** Tracked tables: since when their changes are captured, and what is watched to notice that they were not. */
export const trackedTables = table(
  'holdfast_tracked_tables',
  {
    tableName: text(64),
    /** Before it, nothing is known. */
    since: instant(),
    /** Before it, changes of a day were made one for each record; null where none were. */
    detailedSince: instant().nullable(),
    /** Until when capture was found whole. */
    soundAt: instant(),
    /** What the engine knows the table by: another one is another table, or an emptied one. Null where it says none. */
    identity: text(191).nullable(),
    /** SHA-256 of all records as they were at an instant: what was changed unseen since shows in it. */
    digest: text(64).nullable(),
    digestAt: instant().nullable(),
  },
  { key: ['tableName'], dataClass: 'important' },
);

/** Stretches of time in which a table's changes may have gone unseen. */
export const historyGaps = table(
  'holdfast_history_gaps',
  {
    id: uuid(),
    tableName: text(64),
    /** When capture was last found whole, and when it was whole again; null until then. */
    from: instant(),
    until: instant().nullable(),
    /** As `TRIGGER_MISSING`. */
    cause: text(64),
    details: text().nullable(),
  },
  { key: ['id'], dataClass: 'important', indexes: [{ columns: ['tableName', 'from'] }] },
);
