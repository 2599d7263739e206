// What a device should be: its templates and overrides say it, and its configuration is compared with them.

import { Secret } from '@holdfast/core';
import type { DriftDescriptor, DriftRule, State, Stored } from '@holdfast/core/drift';
import { isRaw, type Raw } from '../../decode.ts';
import { isSecret } from '../config.ts';
import { deviceConfigs } from '../tables.ts';
import { deviceFilter } from './device-filter.ts';
import { deviceDriftHook } from './hook.ts';

const rules: readonly DriftRule[] = [
  { path: 'authEnabled', category: 'security', severity: 'critical' },
  { path: 'config.**.auth*', category: 'security', severity: 'critical' },
  { path: 'config.wifi.ap.is_open', category: 'security', severity: 'critical' },
  { path: 'config.wifi.sta*.is_open', category: 'security', severity: 'critical' },
  ...['config.wifi.sta*', 'config.wifi_sta*', 'config.eth'].map(
    (path): DriftRule => ({
      ...{ path, category: 'network', severity: 'warning' },
      note: 'A wrong value here takes the device off the network',
    }),
  ),
  ...['config.name', 'config.sys.device.name', 'name'].map(
    (path): DriftRule => ({ path, category: 'metadata', severity: 'info' }),
  ),
];

/** Of `shelly.device`: desired are templates and overrides, actual is what the device last sent. */
export const deviceDrift: DriftDescriptor = {
  leaveOut: ['tags', 'templateIds', 'overrides', 'desiredConfig', 'configApplied'],
  joined: { config: deviceConfigs },
  adds: {
    properties: ['config'],
    read: (_, { config }) => ({ config: whole(config?.['config'], config?.['secrets']) }),
  },
  desired: ({ desiredConfig, desiredSecrets }: Stored): State | undefined => {
    const config = whole(desiredConfig, desiredSecrets);
    return config === undefined ? undefined : { config };
  },
  rules,
  ignore: ['address', 'ip', 'ssid', 'firmwareAvailable', 'restartRequired'],
  sets: ['components'],
  isSecret,
  filtered: deviceFilter,
  hook: deviceDriftHook,
};

/** Of `shelly.config`: the same configuration without templates, for baselines that people set. */
export const configDrift: DriftDescriptor = {
  leaveOut: ['templateId', 'configDigest', 'syncStatus', 'lastSynced'],
  rules,
  isSecret,
};

/** A configuration with its secrets back in their places. */
function whole(config: unknown, secrets: unknown): Raw | undefined {
  if (!isRaw(config)) return undefined;
  if (!(secrets instanceof Secret)) return config;
  const byPath = JSON.parse(secrets.reveal()) as Record<string, unknown>;
  return Object.entries(byPath).reduce((into, [path, value]) => {
    const text = typeof value === 'string' ? value : String(value);
    return withLeaf(into, path.split('.'), new Secret(text));
  }, config);
}

/** Secrets inside lists stay out: lists are compared whole. */
function withLeaf(object: Raw, [name, ...rest]: readonly string[], leaf: Secret): Raw {
  const below = Object.hasOwn(object, name!) ? object[name!] : {};
  if (rest.length > 0 && !isRaw(below)) return object;
  const value = rest.length === 0 ? leaf : withLeaf(below as Raw, rest, leaf);
  return Object.fromEntries([...Object.entries(object), [name!, value]]);
}
