// A coach on its RV-C bus: the entities there are, what each last said, and the interlocks that keep people safe.
// A source is one coach. What is unknown is stored as unknown, never as a safe default.

import { bytes, instant, int, json, oneOf, presence, table, text, timestamps } from '@holdfast/core';
import { sources } from '@holdfast/core/system';

const source = () => text(64).references(sources, 'name', 'cascade');

/** Lights, pumps, slides, awnings, sensors. */
export const coachEntities = table(
  'coach_entities',
  {
    source: source(),
    entityId: text(255),
    friendlyName: text(255).nullable(),
    /** As `light`, `slide`, `awning`, `tank`, `chassis`. */
    deviceType: text(50).default('unknown'),
    suggestedArea: text(100).nullable(),
    protocol: text(32).default('rvc'),
    /** Number among the devices of its kind, as the bus addresses it. */
    instance: int().nullable(),
    /** Data group numbers, 17 bits. */
    statusDgn: int().nullable(),
    commandDgn: int().nullable(),
    sourceAddress: int().nullable(),
    capabilities: json<string[]>().nullable(),
    groups: json<string[]>().nullable(),
    secondaryProtocols: json<string[]>().nullable(),
    physicalId: text(255).nullable(),
    protocolMetadata: json<Record<string, unknown>>().nullable(),
    ...presence,
    ...timestamps,
  },
  {
    key: ['source', 'entityId'],
    dataClass: 'critical',
    history: 'versions',
    indexes: [
      { columns: ['source', 'deviceType'] },
      { columns: ['source', 'suggestedArea'] },
      { columns: ['source', 'statusDgn', 'instance'] },
    ],
    checks: {
      statusDgnInRange: 'status_dgn BETWEEN 0 AND 131071',
      commandDgnInRange: 'command_dgn BETWEEN 0 AND 131071',
      sourceAddressInRange: 'source_address BETWEEN 0 AND 255',
      instanceInRange: 'instance BETWEEN 0 AND 255',
    },
  },
);

/** What an entity is doing. Its last frame, and when that came, are gauges: a report that repeats is no change. */
export const coachStates = table(
  'coach_states',
  {
    source: source(),
    entityId: text(255),
    /** As `on`, `off`, `extended`. */
    state: text(64).default('unknown'),
    value: json<Record<string, unknown>>().nullable(),
    /** Is something moving or being commanded; `unknown` counts as moving wherever safety asks. */
    operation: oneOf('idle', 'active', 'unknown').default('unknown'),
    ...timestamps,
    reportedAt: instant().metric(),
    /** Payload of the last status frame. */
    rawFrame: bytes().metric(),
    brightness: int().metric(),
  },
  {
    key: ['source', 'entityId'],
    dataClass: 'operational',
    indexes: [
      { columns: ['updatedAt'] },
      { columns: ['source', 'operation'] },
      { columns: ['source', 'state'] },
    ],
    foreignKeys: [
      {
        columns: ['source', 'entityId'],
        table: coachEntities,
        references: ['source', 'entityId'],
        onDelete: 'cascade',
      },
    ],
  },
);

/** Conditions that must hold before something may move, or the schema may change. */
export const coachInterlocks = table(
  'coach_interlocks',
  {
    source: source(),
    name: text(100),
    /** What it guards, as `slide_rooms`. */
    feature: text(100),
    /** Names of what must hold, as `park_brake_set`. */
    conditions: json<string[]>(),
    state: oneOf('satisfied', 'violated', 'unknown').default('unknown'),
    /** Which condition failed, or why nothing is known. */
    reason: text().nullable(),
    overriddenBy: text(255).nullable(),
    overrideReason: text().nullable(),
    overrideExpiresAt: instant().nullable(),
    ...timestamps,
    evaluatedAt: instant().metric(),
  },
  {
    key: ['source', 'name'],
    dataClass: 'critical',
    history: 'versions',
    indexes: [{ columns: ['source', 'state'] }, { columns: ['source', 'feature'] }],
    checks: {
      overrideIsWhole: '(overridden_by IS NULL) = (override_expires_at IS NULL)',
      overrideHasReason: 'overridden_by IS NULL OR override_reason IS NOT NULL',
    },
  },
);

export const coachTables = [coachEntities, coachStates, coachInterlocks] as const;
