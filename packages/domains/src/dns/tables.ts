// What DNS providers hold, and which of it is ours. A source is one account; zones of it may share names and even
// record ids (Route 53 calls a record by its name), so the zone is part of every key.

import { bool, instant, int, json, oneOf, presence, table, text, timestamps } from '@holdfast/core';
import { sources } from '@holdfast/core/system';

const identity = {
  source: text(64).references(sources, 'name', 'cascade'),
  /** Lower case, without the last dot. */
  zone: text(253),
  /** The provider's own id; where it has none, `NAME:TYPE`. */
  recordId: text(253),
  provider: text(32),
  type: text(16),
  /** Fully qualified, lower case, international names in their ASCII form, without the last dot. */
  name: text(253),
};

const identityChecks = {
  nameNotEmpty: "name <> ''",
  zoneNotEmpty: "zone <> ''",
  ttlNotNegative: 'ttl >= 0',
};

/** Records as the provider has them: a mirror of the whole zone, ours or not. */
export const dnsRecords = table(
  'dns_records',
  {
    ...identity,
    content: text(),
    /** Seconds; 1 is the provider's own choice. Null where it does not tell. */
    ttl: int().nullable(),
    proxied: bool().nullable(),
    /** Of MX and SRV. */
    priority: int().nullable(),
    /** Of SRV. */
    weight: int().nullable(),
    port: int().nullable(),
    /** Of CAA. */
    flags: int().nullable(),
    tag: text(32).nullable(),
    /** Where some providers keep the mark of an owner. */
    comment: text().nullable(),
    /** Whether the provider carries our mark on it. */
    managed: bool().default(false),
    /** See `recordFingerprint`: equal for equal records, whatever their id. */
    fingerprint: text(64),
    ...presence,
    ...timestamps,
    /** When it was last compared with what is wanted: a clock, so no change of the record. */
    lastProcessed: instant().metric(),
  },
  {
    key: ['source', 'zone', 'recordId'],
    dataClass: 'important',
    history: 'versions',
    indexes: [
      { columns: ['name', 'type'] },
      { columns: ['source', 'zone', 'name', 'type'] },
      { columns: ['fingerprint'] },
      { columns: ['type'] },
    ],
    checks: { ...identityChecks, portInRange: 'port BETWEEN 0 AND 65535' },
  },
);

/**
 * What we know of records we created, took over or watch. It outlives the record at the provider, and refers to
 * nothing there: losing it would turn our records into somebody else's.
 */
export const dnsTrackedRecords = table(
  'dns_tracked_records',
  {
    ...identity,
    /** Null where an import did not tell: unknown is never guessed. */
    content: text().nullable(),
    ttl: int().nullable(),
    proxied: bool().nullable(),
    /**
     * owned: we created it; adopted: taken over with consent; observed: known and left alone; foreign: another
     * program's. Only the first two are ever changed or deleted.
     */
    ownership: oneOf('owned', 'adopted', 'observed', 'foreign').default('observed'),
    trackedAt: instant(),
    /** Since when nothing asks for it any more; null while something does. Its grace time counts from here. */
    orphanedAt: instant().nullable(),
    metadata: json<Record<string, unknown>>().nullable(),
    ...timestamps,
  },
  {
    key: ['source', 'zone', 'recordId'],
    dataClass: 'critical',
    history: 'versions',
    indexes: [
      { columns: ['name', 'type'] },
      { columns: ['source', 'orphanedAt'] },
      { columns: ['source', 'ownership'] },
      { columns: ['type'] },
    ],
    checks: identityChecks,
  },
);

export const dnsTables = [dnsRecords, dnsTrackedRecords] as const;
