// What a collector remembers of its source from one sweep to the next: no record, no history.

import { instant, json, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { sources } from './sources.ts';

export const sourceNotes = table(
  'holdfast_source_notes',
  {
    source: text(64).references(sources, 'name', 'cascade'),
    /** What it is about, as `rights`. */
    name: text(64),
    value: json<Record<string, unknown>>(),
    notedAt: instant(),
  },
  { key: ['source', 'name'], dataClass: 'informational' },
);
