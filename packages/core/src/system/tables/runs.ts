// Sweeps, and what each learned of each scope.

import { bool, instant, int, oneOf, text, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { sources } from './sources.ts';

/** One sweep over one or more sources: one row, one instant. */
export const runs = table(
  'holdfast_runs',
  {
    /** Version 7, so that ids sort by time. */
    id: uuid(),
    /** The instant of everything the sweep stores. */
    startedAt: instant(),
    /** Null while it runs, and for ever when it was killed. */
    finishedAt: instant().nullable(),
    outcome: oneOf('running', 'complete', 'incomplete', 'failed').default('running'),
  },
  { key: ['id'], dataClass: 'operational', indexes: [{ columns: ['startedAt'] }] },
);

/** What one sweep learned of one scope; written in the transaction that stores the scope's records. */
export const runScopes = table(
  'holdfast_run_scopes',
  {
    runId: uuid().references(runs, 'id', 'cascade'),
    source: text(64).references(sources, 'name', 'cascade'),
    scope: text(255),
    complete: bool(),
    errorCode: text(64).nullable(),
    errorMessage: text().nullable(),
    created: int(),
    changed: int(),
    deleted: int(),
    unchanged: int(),
  },
  // Rows are only ever added at its end: an index by scope would touch a page for each scope in each sweep.
  { key: ['runId', 'source', 'scope'], dataClass: 'operational' },
);
