// What operators have set, and who changed what.

import { instant, json, text, timestamps, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

/** Only what differs from the defaults has a row. Secrets do not belong here: values are read by everybody. */
export const settings = table(
  'holdfast_settings',
  {
    name: text(255),
    value: json(),
    updatedBy: text(255).nullable(),
    ...timestamps,
  },
  { key: ['name'], dataClass: 'critical', history: 'versions' },
);

/** Appended to, never changed. It refers to nothing, so that it outlives what it tells of. */
export const auditLogs = table(
  'holdfast_audit_logs',
  {
    /** Version 7. */
    id: uuid(),
    at: instant(),
    /** Name of the user, or of the part of the program that acted by itself. */
    actor: text(255),
    /** The way it came: `cli`, `api`, `schedule`, `import`. */
    via: text(32),
    /** A verb: `create`, `update`, `delete`, `sign-in`, `restore`. */
    action: text(64),
    /** A resource, as `dns.record`, or `setting`, `user`; with `entityId` what was acted on. */
    entity: text(64),
    entityId: text(255).nullable(),
    /** Only the properties that differ, never the whole of a collection. */
    before: json().nullable(),
    after: json().nullable(),
    details: json().nullable(),
  },
  {
    key: ['id'],
    dataClass: 'important',
    indexes: [
      { columns: ['at'] },
      { columns: ['actor', 'at'] },
      { columns: ['entity', 'entityId', 'at'] },
      { columns: ['action', 'at'] },
    ],
  },
);
