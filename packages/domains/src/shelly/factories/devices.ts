// Devices as the collector would store them, were they there.

import type { Insert } from '@holdfast/core';
import type { Raw } from '../../decode.ts';
import { gen1 } from '../gen1.ts';
import { gen2 } from '../gen2.ts';
import { makeDevice } from '../simulator/make-fleet.ts';
import type { Device } from '../simulator/model.ts';
import { infoOf, sentGen1, sentGen2, statusGen1, statusGen2 } from '../simulator/status.ts';
import type { deviceConfigs, devices } from '../tables.ts';
import type { Place } from './place.ts';

const configOf = (device: Device): Raw => (device.generation === 1 ? sentGen1 : sentGen2)(device);

export function makeDeviceRow({ source, seed }: Place, index: number): Insert<typeof devices> {
  const device = makeDevice(index, seed);
  const [reader, status] = device.generation === 1 ? [gen1, statusGen1] : [gen2, statusGen2];
  const row = reader.row({ info: infoOf(device), config: configOf(device), status: status(device) });
  return { source, mac: device.mac, address: device.ip, ...row };
}

export function makeDeviceConfigRow({ source, seed }: Place, index: number): Insert<typeof deviceConfigs> {
  const device = makeDevice(index, seed);
  const reader = device.generation === 1 ? gen1 : gen2;
  const { config, digest, secrets } = reader.config(configOf(device));
  return {
    source,
    mac: device.mac,
    config,
    configDigest: digest,
    secrets,
    syncStatus: index % 20 === 0 ? 'drift' : 'synced',
  };
}
