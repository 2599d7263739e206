// The machine a platform of apps runs on: its load, its message bus, and the platform's processes.

import { bool, instant, int, json, oneOf, presence, real, table, text, timestamps } from '@holdfast/core';
import { sources } from '@holdfast/core/system';

const source = () => text(64).references(sources, 'name', 'cascade');

/** One row for each platform; what moves at every look is a gauge, and its past is the series of the gauge. */
export const appsSystemMetrics = table(
  'apps_system_metrics',
  {
    source: source(),
    cpuCount: int().nullable(),
    memoryTotalMb: int().nullable(),
    diskTotalGb: real().nullable(),
    /** Sensor of the temperature, as `thermal_zone0`. */
    temperatureSource: text(128).nullable(),
    /** The platform's own judgement. */
    status: oneOf('good', 'warning', 'error', 'unknown').default('unknown'),
    redisHost: text(255).nullable(),
    redisPort: int().nullable(),
    redisConnected: bool().nullable(),
    redisError: text().nullable(),
    ...timestamps,
    cpuPercent: real().metric(),
    perCpuPercent: json<number[]>().metric(),
    load1: real().metric(),
    load5: real().metric(),
    load15: real().metric(),
    memoryUsedMb: int().metric(),
    memoryAvailableMb: int().metric(),
    memoryPercent: real().metric(),
    diskUsedGb: real().metric(),
    diskFreeGb: real().metric(),
    diskPercent: real().metric(),
    cpuCelsius: real().metric(),
    redisMemoryMb: real().metric(),
    redisClients: int().metric(),
    redisCommands: int().metric(),
  },
  {
    key: ['source'],
    dataClass: 'informational',
    checks: { redisPortInRange: 'redis_port BETWEEN 1 AND 65535' },
  },
);

/** Processes of the platform. A number is used again: with another start it is another process. */
export const appsProcesses = table(
  'apps_processes',
  {
    source: source(),
    pid: int(),
    startedAt: instant(),
    name: text(255),
    command: text().nullable(),
    ...presence,
    ...timestamps,
    /** Changes from one look to the next, as `sleeping` and `running`. */
    status: text(32).metric(),
    cpuPercent: real().metric(),
    memoryMb: int().metric(),
    threads: int().metric(),
  },
  {
    key: ['source', 'pid', 'startedAt'],
    dataClass: 'informational',
    indexes: [{ columns: ['source', 'name'] }],
  },
);
