// Where archives are kept beside this machine, and from where the next one goes on.

import { instant, int, json, oneOf, text, timestamps, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { archives } from './archives.ts';

const targetColumns = {
  name: text(64),
  /** As `checkSettings` takes them; no secrets. */
  settings: json<Record<string, unknown>>(),
  /** JSON of the credentials. */
  credentials: text().nullable().secret(),
  ...timestamps,
};
const { credentials: _, ...readable } = targetColumns;

export const backupTargets = table('holdfast_backup_targets', targetColumns, {
  key: ['name'],
  dataClass: 'critical',
  history: 'versions',
});

/** The same table without what is sealed: it is read without the key. */
export const knownTargets = table('holdfast_backup_targets', readable, { key: ['name'] });

/** An archive on a target: one that is there, or is still to be brought there. */
export const archiveCopies = table(
  'holdfast_archive_copies',
  {
    archiveId: uuid().references(archives, 'id', 'cascade'),
    target: text(64).references(backupTargets, 'name', 'cascade'),
    /** On the target. */
    file: text(200),
    sizeBytes: int(),
    /** Null until it is whole there. */
    storedAt: instant().nullable(),
    /** When it was read back from the target, and every stored byte had its checksum. */
    verifiedAt: instant().nullable(),
    ...timestamps,
  },
  { key: ['archiveId', 'target'], dataClass: 'important', indexes: [{ columns: ['target', 'file'] }] },
);

/**
 * What is to be known of the newest archives to go on from them without opening them: who may write archives need not be
 * able to read them. Of this machine at this moment, so never part of an archive.
 */
export const archiveMarks = table(
  'holdfast_archive_marks',
  {
    /** The newest full archive, the newest one that is no segment, the newest segment behind that. */
    slot: oneOf('full', 'point', 'segment'),
    /** Ids of the keys that the archive is locked with; a chain has the same throughout. */
    lock: text(64),
    archiveId: uuid().references(archives, 'id', 'cascade'),
    /** Of the reader of changes. */
    position: text(),
    /** What was written, and how it was declared. */
    state: json<Record<string, unknown>>(),
    /** What is critical had not changed until then. */
    unchangedUntil: instant(),
    ...timestamps,
  },
  { key: ['slot', 'lock'], dataClass: 'informational' },
);
