// Made-up apps: realistic, any number of them, the same for the same seed.

import { createHash } from 'node:crypto';
import type { Insert } from '@holdfast/core';
import type { Random } from '../random.ts';
import { seedInstant } from '../seeding.ts';
import type { apps, appsManifests, appsPorts, appsRuntimeInfo } from './tables.ts';

const day = 86_400_000_000;
const purposes = ['camera', 'weather', 'energy', 'music', 'garden', 'alarm', 'backup', 'heating'] as const;
const parts = ['dashboard', 'detection', 'recorder', 'bridge', 'planner', 'sync'] as const;
const statuses = ['running', 'running', 'running', 'stopped', 'ready', 'discovered', 'error'] as const;

const firstPort = 1_024;
/** More cannot be given out on one machine. */
export const mostPorts = 65_536 - firstPort;

export const appIdOf = (index: number): string => {
  const purpose = purposes[index % purposes.length];
  const part = parts[Math.floor(index / purposes.length) % parts.length];
  return `${purpose}-${part}-${index}`;
};

type Version = `${number}.${number}.${number}`;
const version = (random: Random): Version =>
  `${Math.floor(random.next() * 3)}.${Math.floor(random.next() * 10)}.${Math.floor(random.next() * 20)}`;

export function makeApp(source: string, index: number, random: Random): Insert<typeof apps> {
  const appId = appIdOf(index);
  const status = random.pick(statuses);
  return {
    source,
    appId,
    name: appId.replace(/-\d+$/, '').replaceAll('-', ' '),
    type: index % 4 === 3 ? 'streamlit' : 'service',
    description: `Looks after the ${purposes[index % purposes.length]}`,
    version: version(random),
    status,
    errorMessage: status === 'error' ? '/health did not answer within 5 s' : null,
    path: `/opt/apps/${appId}`,
    discoveredAt: seedInstant - Math.floor(random.next() * 300 * day),
  };
}

/** The manifest of an app that there is. */
export function makeManifest(
  { source, appId, name, type, description, version: of }: Insert<typeof apps>,
  random: Random,
): Insert<typeof appsManifests> {
  const older = random.next() < 0.2;
  return {
    source,
    appId,
    generation: older ? 0 : 1,
    fileName: 'homehelper.json',
    name,
    type: type ?? 'unknown',
    description: description ?? null,
    version: of ?? '0.0.0',
    main: type === 'streamlit' ? 'app.py' : 'main.py',
    requirements: 'requirements.txt',
    ...(older
      ? { endpoints: { health: '/health', ui: '/ui' }, environment: { LOG_LEVEL: 'info' } }
      : { author: 'the household', config: { has_UI: true, restart_policy: 'on-failure' } }),
    digest: createHash('sha256').update(`${appId} ${of}`).digest('hex'),
  };
}

export function makeRuntimeInfo(
  { source, appId, status }: Insert<typeof apps>,
  index: number,
  random: Random,
): Insert<typeof appsRuntimeInfo> {
  const running = status === 'running';
  return {
    source,
    appId,
    assignedPort: running && index < mostPorts ? firstPort + index : null,
    processId: running ? String(2_000 + index) : null,
    serviceName: `homehelper-${appId}.service`,
    serviceStatus: running ? 'active' : 'inactive',
    health: running ? random.pick(['good', 'good', 'good', 'warning']) : 'unknown',
    startedAt: running ? seedInstant - Math.floor(random.next() * 30 * day) : null,
    cpuPercent: running ? Number((random.next() * 40).toFixed(1)) : 0,
    memoryMb: running ? 30 + Math.floor(random.next() * 400) : 0,
    diskMb: Math.floor(random.next() * 2_000),
    lastHealthCheck: seedInstant,
    responseTimeMs: running ? Number((random.next() * 50).toFixed(2)) : null,
  };
}

/** The port of the app with this number; at most `mostPorts` of them. */
export const makePort = (source: string, index: number): Insert<typeof appsPorts> => ({
  source,
  port: firstPort + index,
  appId: appIdOf(index),
  appType: index % 4 === 3 ? 'streamlit' : 'service',
  status: 'in_use',
  allocatedAt: seedInstant - day,
});
