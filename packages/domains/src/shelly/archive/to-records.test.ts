// What of a Shelly Manager archive becomes records, and what is counted as having no home.

import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, Secret } from '@holdfast/core';
import { sources } from '@holdfast/core/system';
import { expect, onTestFinished, test } from 'vitest';
import { configTemplates, deviceConfigs, devices, shelly } from '../domain.ts';
import { readManagerArchive } from './read-archive.ts';
import { packed, sampleArchive, sampleDevice, sampleTemplate } from './test-manager.ts';
import { managerRecords } from './to-records.ts';

const at = '2026-03-01T12:00:00Z';
const configuration = (id: number, more: object = {}) => ({
  device_id: id,
  config: { mqtt: { enable: true, user: 'me', pass: 'hunter2' }, wifi: { ssid: 'home', key: '[REDACTED]' } },
  sync_status: 'pending',
  updated_at: at,
  ...more,
});

const full = sampleArchive({
  devices: [
    sampleDevice(1, {
      mac: 'aa:bb:cc:00:00:01',
      settings: { model: 'SHPLG-S', gen: 1, auth_enabled: true, auth_user: 'admin', auth_pass: '[REDACTED]' },
      configuration: configuration(1, { template_id: 7, last_synced: '2026-02-01T00:00:00.5Z' }),
    }),
    sampleDevice(2, { configuration: configuration(2, { template_id: 99 }) }),
    sampleDevice(3, { mac: 'none' }),
    sampleDevice(4, { mac: 'AABBCC000002' }),
    sampleDevice(5, { model: 'x'.repeat(65) }),
    sampleDevice(6, { configuration: configuration(1) }),
  ],
  templates: [
    sampleTemplate(7, {
      device_type: 'SHPLG-S',
      variables: { room: 'hall', count: { type: 'number', required: true } },
    }),
    sampleTemplate(8, { name: 'All', is_default: true }),
    sampleTemplate(9, { name: 'All' }),
  ],
  discovered_devices: [
    {
      ...{ mac: 'AABBCC000009', ssid: 's', model: 'm', generation: 2, ip: '', signal: -60 },
      agent_id: 'a',
      discovered: at,
    },
  ],
  network_settings: { wifi_networks: [{ ssid: 'home', security: 'wpa2', priority: 1 }], ntp_servers: [] },
  plugin_configurations: [{ plugin_name: 'opnsense', version: '1', config: {}, enabled: true }],
  system_settings: { log_level: 'info', api_settings: {}, database_settings: {} },
});

test('templates, devices and configurations become records', async () => {
  const records = managerRecords(await readManagerArchive(packed(full)), 'fleet');
  expect(records.templates).toMatchObject([
    {
      ...{ name: 'Template 7', scope: 'device_type', deviceType: 'SHPLG-S', isDefault: false },
      variables: [
        { name: 'room', default_value: 'hall' },
        { name: 'count', type: 'number', required: true },
      ],
    },
    { name: 'All', scope: 'global', deviceType: null, isDefault: true, variables: null },
  ]);
  expect(records.devices).toMatchObject([
    {
      ...{ source: 'fleet', mac: 'AABBCC000001', name: 'Plug 1', model: 'SHPLG-S', generation: 1 },
      ...{ ip: '192.0.2.1', authEnabled: true, firmware: '20230913-112003/v1.14.0-gcb84623' },
    },
    { mac: 'AABBCC000002' },
    { mac: 'AABBCC000006' },
  ]);
  expect(records.deviceConfigs).toMatchObject([
    {
      ...{ mac: 'AABBCC000001', templateId: records.templates[0]!.id, syncStatus: 'pending' },
      config: { mqtt: { enable: true, user: 'me' }, wifi: { ssid: 'home' } },
      secrets: '{"mqtt.pass":"hunter2"}',
      lastSynced: Date.UTC(2026, 1, 1) * 1000 + 500_000,
    },
    { mac: 'AABBCC000002', templateId: null, lastSynced: null },
  ]);
  expect(records.rejected).toEqual([
    { where: 'templates[2]', why: 'All is there twice' },
    { where: 'devices[2]', why: '"none" is no MAC address' },
    { where: 'devices[3]', why: 'AABBCC000002 is there twice' },
    { where: 'devices[4]', why: expect.stringContaining('model') },
    { where: 'devices[5].configuration', why: 'it names another device' },
  ]);
});

test('what has no home is named and counted', async () => {
  const { homeless } = managerRecords(await readManagerArchive(packed(full)), 'fleet');
  const counts = Object.fromEntries(homeless.map(({ field, count }) => [field, count]));
  expect(counts).toEqual({
    'templates[].id': 3,
    'templates[].created_at': 3,
    'templates[].updated_at': 3,
    'devices[].id': 5,
    'devices[].type': 5,
    'devices[].status': 5,
    'devices[].last_seen': 5,
    'devices[].created_at': 5,
    'devices[].updated_at': 5,
    'devices[].settings.auth_user': 1,
    'devices[].settings.auth_pass': 1,
    'devices[].configuration.config.wifi.key': 2,
    'devices[].configuration.template_id': 1,
    'devices[].configuration.updated_at': 2,
    'discovered_devices[]': 1,
    'network_settings.wifi_networks': 1,
    'plugin_configurations[]': 1,
    'system_settings.log_level': 1,
  });
  for (const { why } of homeless) expect(why).not.toBe('');
});

test('the records can be stored, twice, and secrets stay sealed', async () => {
  const records = managerRecords(await readManagerArchive(packed(full)), 'fleet');
  const keyFile = join(tmpdir(), `holdfast-test-${randomUUID()}.key`);
  onTestFinished(() => rmSync(keyFile, { force: true }));
  const store = await openStore({ url: 'sqlite::memory:', domains: [shelly], keyFile });
  onTestFinished(() => store.close());
  await store.repository(sources).insert({ name: 'fleet', domain: 'shelly', settings: {}, enabled: true });
  for (let round = 0; round < 2; round++) {
    await store.repository(configTemplates).upsertMany(records.templates);
    await store.repository(devices).upsertMany(records.devices);
    await store.repository(deviceConfigs).upsertMany(records.deviceConfigs);
  }
  expect(await store.repository(configTemplates).count()).toBe(2);
  expect(await store.repository(devices).count()).toBe(3);
  const config = await store.repository(deviceConfigs).get({ source: 'fleet', mac: 'AABBCC000001' });
  expect(config?.secrets).toBeInstanceOf(Secret);
  expect(JSON.stringify(config)).not.toContain('hunter2');
});
