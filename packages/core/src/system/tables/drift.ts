// What records should be, and where they are not: wishes, runs, differences over time, and what people say of them.

import { bool, instant, int, json, oneOf, text, timestamps, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { sources } from './sources.ts';

const resource = () => text(64);
/** As `list` gives it. */
const recordId = () => text(600);
/** Of the record, where it has one: its wishes and differences go with it. */
const source = () => text(64).nullable().references(sources, 'name', 'cascade');
const category = () => oneOf('security', 'network', 'device', 'system', 'metadata');
const severity = () => oneOf('critical', 'warning', 'info');

/** What one record should be. */
export const desired = table(
  'holdfast_desired',
  {
    resource: resource(),
    recordId: recordId(),
    source: source(),
    /** By property, in the form that the API shows; null wants that nothing is there. */
    properties: json<Record<string, unknown>>(),
    /** Whatever is there beyond `properties` is a difference, too. */
    whole: bool().default(false),
    /** Patterns of paths that are not compared. */
    ignore: json<string[]>().nullable(),
    setBy: text(255),
    ...timestamps,
  },
  {
    key: ['resource', 'recordId'],
    dataClass: 'critical',
    history: 'versions',
    indexes: [{ columns: ['source'] }],
  },
);

/** What people have said of differences: this one is known, those do not count. */
export const driftRules = table(
  'holdfast_drift_rules',
  {
    id: uuid(),
    /** acknowledge: one difference, until its values change or it is gone; ignore: paths that are not compared. */
    kind: oneOf('acknowledge', 'ignore'),
    /** Of an ignore, both may have `*` in them. */
    resource: resource(),
    recordId: recordId(),
    /** Of an ignore, a pattern. */
    path: text(),
    /** Of what is acknowledged: SHA-256 of its values; of secrets, no more than that they differ. */
    fingerprint: text(64).nullable(),
    reason: text().nullable(),
    setBy: text(255),
    expiresAt: instant().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'important',
    history: 'versions',
    indexes: [{ columns: ['kind', 'resource', 'recordId'] }],
    checks: { acknowledgesValues: "kind <> 'acknowledge' OR fingerprint IS NOT NULL" },
  },
);

/** One comparison of records with what they should be; what it found is its report. */
export const driftRuns = table(
  'holdfast_drift_runs',
  {
    /** Version 7. */
    id: uuid(),
    /** The instant of everything the run stores. */
    startedAt: instant(),
    /** Null while it runs, and for ever when it was killed. */
    finishedAt: instant().nullable(),
    state: oneOf('running', 'done', 'failed', 'cancelled').default('running'),
    /** What it was limited to; null for everything. */
    resource: resource().nullable(),
    recordId: recordId().nullable(),
    source: text(64).nullable(),
    schedule: text(64).nullable(),
    startedBy: text(255),
    /** Records, by how they were found. */
    checked: int().default(0),
    inSync: int().default(0),
    drifted: int().default(0),
    acknowledged: int().default(0),
    unknown: int().default(0),
    errored: int().default(0),
    /** Differences that are not acknowledged. */
    critical: int().default(0),
    warning: int().default(0),
    info: int().default(0),
    /** The rest of it, see `DriftReport`. */
    report: json<Readonly<Record<string, unknown>>>().nullable(),
    error: json<{ code: string; message: string; hint: string }>().nullable(),
  },
  {
    key: ['id'],
    dataClass: 'informational',
    indexes: [{ columns: ['startedAt'] }, { columns: ['resource', 'startedAt'] }],
  },
);

/** One differing leaf of one record, from when it was first seen until it is resolved. */
export const driftItems = table(
  'holdfast_drift_items',
  {
    id: uuid(),
    resource: resource(),
    recordId: recordId(),
    source: source(),
    path: text(),
    state: oneOf('open', 'acknowledged', 'resolved').default('open'),
    type: oneOf('added', 'removed', 'modified'),
    /** Null for nothing, and for secrets. */
    expected: json().nullable(),
    actual: json().nullable(),
    secret: bool().default(false),
    category: category(),
    severity: severity(),
    firstSeen: instant(),
    lastSeen: instant(),
    /** Runs that saw it. */
    occurrences: int().default(1),
    /** The run that saw it last. */
    runId: uuid(),
    resolvedAt: instant().nullable(),
  },
  {
    key: ['id'],
    dataClass: 'informational',
    indexes: [
      { columns: ['resource', 'recordId', 'state'] },
      { columns: ['state', 'severity', 'lastSeen'] },
      { columns: ['runId'] },
      { columns: ['source'] },
    ],
    checks: {
      occurredAtLeastOnce: 'occurrences >= 1',
      resolvedWhenOver: "(state = 'resolved') = (resolved_at IS NOT NULL)",
    },
  },
);
