// The register of archives that were written.

import { bool, instant, int, json, oneOf, text, timestamps, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

/** It refers to nothing: an archive is read on its own, and its base may be registered later or nowhere. */
export const archives = table(
  'holdfast_archives',
  {
    id: uuid(),
    type: oneOf('full', 'incremental', 'differential', 'segment'),
    /** The archive it continues; null for a full one. */
    base: uuid().nullable(),
    /** New after each restore, so that chains never fork. */
    timeline: uuid(),
    /** Name of the configured target, and the place there. */
    target: text(64),
    path: text(1024),
    /** The instant whose state it holds. */
    takenAt: instant(),
    engine: text(16),
    holdfastVersion: text(32),
    /** Newest migration of each domain, by name. */
    schemaVersions: json<Record<string, string>>(),
    /** Domains, tables or data classes it was limited to; null for everything. */
    selection: json().nullable(),
    rowCount: int(),
    sizeBytes: int(),
    durationMs: int(),
    /** Merkle root over its chunks, as hex. */
    root: text(64),
    compression: text(16),
    /** Null when it is not encrypted. */
    encryption: text(32).nullable(),
    /** Public name of the key that opens it. */
    keyId: text(64).nullable(),
    /** `proven` only after a test restore. */
    proof: oneOf('none', 'proven', 'failed').default('none'),
    provenAt: instant().nullable(),
    /** Kept whatever the retention says. */
    pinned: bool().default(false),
    prunedAt: instant().nullable(),
    jobId: uuid().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'critical',
    indexes: [
      { columns: ['takenAt'] },
      { columns: ['base'] },
      { columns: ['timeline', 'takenAt'] },
      { columns: ['type', 'proof', 'takenAt'] },
    ],
    checks: {
      fullHasNoBase: "(type = 'full') = (base IS NULL)",
      encryptedHasKey: '(encryption IS NULL) = (key_id IS NULL)',
      provenHasInstant: "proof <> 'proven' OR proven_at IS NOT NULL",
    },
  },
);
