// An honest writer of Shelly Manager's format, for tests: what it writes, that program would take.

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { jcs } from './canonical-json.ts';

const at = '2026-03-01T12:00:00Z';

export const sampleDevice = (id: number, more: object = {}) => ({
  id,
  mac: `AABBCC0000${String(id).padStart(2, '0')}`,
  ip: `192.0.2.${id}`,
  type: 'Smart Plug',
  name: `Plug ${id}`,
  model: 'SHPLG-S',
  firmware: '20230913-112003/v1.14.0-gcb84623',
  status: 'online',
  last_seen: at,
  settings: { model: 'SHPLG-S', gen: 1, auth_enabled: false },
  created_at: at,
  updated_at: at,
  ...more,
});

export const sampleTemplate = (id: number, more: object = {}) => ({
  id,
  name: `Template ${id}`,
  description: '',
  device_type: 'all',
  generation: 0,
  config: { mqtt: { enable: true } },
  variables: {},
  is_default: false,
  created_at: at,
  updated_at: at,
  ...more,
});

export const sampleArchive = (more: object = {}) => ({
  format_version: '2026.1',
  metadata: {
    export_id: '0b0e7a52-7c4e-4a0e-9f0e-3d1d1c1b1a19',
    created_at: '2026-03-01T12:00:00.123456789Z',
    created_by: 'admin',
    export_type: 'manual',
    system_info: {
      ...{
        version: '0.9.0',
        database_type: 'sqlite',
        hostname: 'pi',
        total_size_bytes: 0,
        compression_ratio: 0,
      },
    },
    integrity: { checksum: '', record_count: 1, file_count: 1 },
  },
  devices: [sampleDevice(1)] as object[],
  templates: [] as object[],
  discovered_devices: [] as object[],
  network_settings: { wifi_networks: [], ntp_servers: [] } as object,
  plugin_configurations: [] as object[],
  system_settings: { log_level: '', api_settings: {}, database_settings: {} } as object,
  ...more,
});

/** With the checksum that it ought to have. */
export function signed(archive: ReturnType<typeof sampleArchive>): string {
  const empty = structuredClone(archive);
  empty.metadata.integrity.checksum = '';
  const checksum = `sha256:${createHash('sha256').update(jcs(empty)).digest('hex')}`;
  empty.metadata.integrity.checksum = checksum;
  return JSON.stringify(empty);
}

export const packed = (archive: ReturnType<typeof sampleArchive>): Buffer => gzipSync(signed(archive));
