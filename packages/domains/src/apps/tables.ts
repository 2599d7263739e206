// The apps of a platform: what is installed, what each says of itself, how it runs, its ports.
// A source is one platform. Gauges are metrics: they move at every look and are no history.

import { instant, int, json, oneOf, presence, real, table, text, timestamps } from '@holdfast/core';
import { sources } from '@holdfast/core/system';
import { appsProcesses, appsSystemMetrics } from './host-tables.ts';

const source = () => text(64).references(sources, 'name', 'cascade');
const appId = () => text(128);

/** The registry. An app whose folder vanished or whose manifest is broken stays, and shows it. */
export const apps = table(
  'apps',
  {
    source: source(),
    /** Given once, when the folder is first seen: data, unit and secrets are named by it. */
    appId: appId(),
    name: text(128),
    type: oneOf('service', 'streamlit', 'unknown').default('unknown'),
    description: text().nullable(),
    version: text(64).nullable(),
    status: oneOf(
      'discovered',
      'installing',
      'ready',
      'starting',
      'running',
      'stopping',
      'stopped',
      'error',
    ).default('discovered'),
    /** Why the status is `error`. */
    errorMessage: text().nullable(),
    /** Absolute path of its folder. */
    path: text(700),
    discoveredAt: instant(),
    ...presence,
    ...timestamps,
  },
  {
    key: ['source', 'appId'],
    dataClass: 'critical',
    history: 'versions',
    indexes: [
      { columns: ['source', 'name'] },
      { columns: ['source', 'path'] },
      { columns: ['source', 'status'] },
      { columns: ['source', 'type'] },
    ],
    checks: { appIdNotEmpty: "app_id <> ''" },
  },
);

const ofApp = {
  key: ['source', 'appId'] as const,
  foreignKeys: [
    {
      columns: ['source', 'appId'] as const,
      table: apps,
      references: ['source', 'appId'] as const,
      onDelete: 'cascade' as const,
    },
  ],
};

export interface ManifestDependency {
  readonly app: string;
  readonly minVersion: string;
}

/** What an app says of itself, in either form of the file. */
export const appsManifests = table(
  'apps_manifests',
  {
    source: source(),
    appId: appId(),
    /** 0: with endpoints and environment; 1: with author, config and requirements of other apps. */
    generation: int(),
    fileName: text(64),
    name: text(128),
    type: oneOf('service', 'streamlit', 'unknown'),
    description: text().nullable(),
    version: text(64),
    author: text(128).nullable(),
    /** The file that is started, relative to the folder. */
    main: text(700),
    requirements: text(255).nullable(),
    endpoints: json<{ health?: string; ui?: string; metrics?: string }>().nullable(),
    setupCommands: json<string[]>().nullable(),
    /** Names and values as the file has them. Secrets are named in `config`, and live elsewhere. */
    environment: json<Record<string, string>>().nullable(),
    config: json<Record<string, unknown>>().nullable(),
    dependencies: json<ManifestDependency[]>().nullable(),
    /** Keys of the file that nobody here knows. */
    unknownKeys: json<Record<string, unknown>>().nullable(),
    /** SHA-256 of the file as hex. */
    digest: text(64),
    ...timestamps,
  },
  {
    ...ofApp,
    dataClass: 'important',
    history: 'versions',
    checks: { generationKnown: 'generation IN (0, 1)' },
  },
);

/** How an app runs. */
export const appsRuntimeInfo = table(
  'apps_runtime_info',
  {
    source: source(),
    appId: appId(),
    assignedPort: int().nullable(),
    mcpPort: int().nullable(),
    /** As the service manager gives it. */
    processId: text(64).nullable(),
    serviceName: text(255).nullable(),
    serviceStatus: text(64).nullable(),
    health: oneOf('good', 'warning', 'error', 'unknown').default('unknown'),
    healthMessage: text().nullable(),
    startedAt: instant().nullable(),
    ...timestamps,
    lastHealthCheck: instant().metric(),
    responseTimeMs: real().metric(),
    cpuPercent: real().metric(),
    memoryMb: int().metric(),
    diskMb: int().metric(),
  },
  {
    ...ofApp,
    dataClass: 'operational',
    indexes: [{ columns: ['source', 'health'] }],
    checks: {
      assignedPortInRange: 'assigned_port BETWEEN 1 AND 65535',
      mcpPortInRange: 'mcp_port BETWEEN 1 AND 65535',
    },
  },
);

/** Ports that are given out. A port without a row is free. */
export const appsPorts = table(
  'apps_ports',
  {
    source: source(),
    port: int(),
    appId: appId(),
    appType: oneOf('service', 'streamlit', 'mcp'),
    status: oneOf('allocated', 'in_use', 'released').default('allocated'),
    allocatedAt: instant(),
    ...timestamps,
  },
  {
    ...ofApp,
    key: ['source', 'port'],
    dataClass: 'operational',
    history: 'versions',
    indexes: [{ columns: ['source', 'appId'] }, { columns: ['source', 'status'] }],
    checks: { portInRange: 'port BETWEEN 1 AND 65535' },
  },
);

export const appsTables = [
  apps,
  appsManifests,
  appsRuntimeInfo,
  appsPorts,
  appsSystemMetrics,
  appsProcesses,
] as const;
