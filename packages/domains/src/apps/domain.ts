// @holdfast/domains/apps: the apps of a platform and how they run.

import type { Domain, Migration } from '@holdfast/core';
import { appsProcesses, appsSystemMetrics } from './host-tables.ts';
import baseline from './migrations/0001-baseline.json' with { type: 'json' };
import history from './migrations/0002-history.json' with { type: 'json' };
import { seedApps } from './seed.ts';
import { apps, appsManifests, appsPorts, appsRuntimeInfo, appsTables } from './tables.ts';

export * from './host-tables.ts';
export * from './queries.ts';
export * from './tables.ts';

export const appsDomain: Domain<(typeof appsTables)[number]> = {
  name: 'apps',
  tables: appsTables,
  resources: [
    {
      name: 'apps.app',
      table: apps,
      summary: ['source', 'appId', 'name', 'type', 'version', 'status', 'path'],
      drift: {
        leaveOut: ['discoveredAt', 'errorMessage'],
        ignore: ['status'],
        rules: [
          { path: 'status', category: 'system', severity: 'warning' },
          { path: 'version', category: 'system', severity: 'warning' },
          { path: 'path', category: 'security', severity: 'warning' },
          { path: 'type', category: 'device', severity: 'warning' },
        ],
      },
    },
    {
      name: 'apps.manifest',
      table: appsManifests,
      summary: ['source', 'appId', 'generation', 'name', 'type', 'version', 'main'],
    },
    {
      name: 'apps.runtime',
      table: appsRuntimeInfo,
      summary: [
        'source',
        'appId',
        'assignedPort',
        'processId',
        'health',
        'startedAt',
        'cpuPercent',
        'memoryMb',
      ],
    },
    {
      name: 'apps.port',
      table: appsPorts,
      summary: ['source', 'port', 'appId', 'appType', 'status', 'allocatedAt'],
    },
    {
      name: 'apps.system_metrics',
      table: appsSystemMetrics,
      summary: [
        'source',
        'status',
        'cpuPercent',
        'memoryPercent',
        'diskPercent',
        'cpuCelsius',
        'redisConnected',
      ],
    },
    {
      name: 'apps.process',
      table: appsProcesses,
      summary: ['source', 'pid', 'name', 'status', 'cpuPercent', 'memoryMb', 'startedAt'],
    },
  ],
  migrations: [
    { id: '0001-baseline', ...baseline } as unknown as Migration,
    { id: '0002-history', ...history } as unknown as Migration,
  ],
  seed: seedApps,
};
