// What a Shelly fleet is: devices, their configurations, and the templates that say what they should be.

import {
  bool,
  instant,
  int,
  json,
  oneOf,
  presence,
  real,
  table,
  text,
  timestamps,
  uuid,
} from '@holdfast/core';
import { sources } from '@holdfast/core/system';

/** A JSON object of settings, secrets taken out. */
export type Settings = Readonly<Record<string, unknown>>;

/** Readings of one component, as `switch:0` or `relay:0`. */
export type Channels = Readonly<Record<string, Readonly<Record<string, number | boolean | string>>>>;

/** A device is its MAC: addresses, names and firmware change. */
export const devices = table(
  'shelly_devices',
  {
    source: text(64).references(sources, 'name', 'cascade'),
    /** Twelve hexadecimal digits, upper case, as the device says it. */
    mac: text(12),
    /** What it calls itself, as `shellyplus1pm-441793d69718`. */
    deviceId: text().nullable(),
    name: text().nullable(),
    model: text(64).nullable(),
    app: text().nullable(),
    generation: int().nullable(),
    /** Gen2 and later: the profile; Gen1: the mode. */
    profile: text().nullable(),
    /** The full build id, and the version in it. */
    firmware: text().nullable(),
    firmwareVersion: text().nullable(),
    /** The stable version it offers to update to. */
    firmwareAvailable: text().nullable(),
    /** Where it answered: host, and port where that is not 80. */
    address: text(255).nullable(),
    /** What it says its own address is. */
    ip: text(45).nullable(),
    ssid: text().nullable(),
    authEnabled: bool().nullable(),
    discoverable: bool().nullable(),
    /** Sleeps between readings, so that most sweeps do not meet it awake. */
    sleeps: bool().default(false),
    restartRequired: bool().nullable(),
    components: json<string[]>().nullable(),
    /** From here on kept by people; sweeps leave it alone. */
    tags: json<string[]>().nullable(),
    /** Templates in the order in which they apply. */
    templateIds: json<string[]>().nullable(),
    overrides: json<Settings>().nullable(),
    overrideSecrets: text().nullable().secret(),
    /** Templates and overrides together. */
    desiredConfig: json<Settings>().nullable(),
    desiredSecrets: text().nullable().secret(),
    configApplied: bool().default(false),
    ...presence,
    ...timestamps,
    /** Seconds. */
    uptime: int().metric(),
    /** dBm, negative. */
    rssi: int().metric(),
    /** Watts, over all channels. */
    power: real().metric(),
    /** Volts, of the first channel that measures it. */
    voltage: real().metric(),
    /** Watt-hours ever counted, over all channels. */
    energy: real().metric(),
    /** Degrees Celsius: of its sensor where it has one, else of the device itself. */
    temperature: real().metric(),
    humidity: real().metric(),
    /** Percent. */
    battery: real().metric(),
    ramFree: int().metric(),
    fsFree: int().metric(),
    /** Counts configuration changes; it moves without one, too. */
    configRevision: int().metric(),
    cloudConnected: bool().metric(),
    mqttConnected: bool().metric(),
    channels: json<Channels>().metric(),
  },
  {
    key: ['source', 'mac'],
    dataClass: 'critical',
    history: 'versions',
    indexes: [
      { columns: ['mac'] },
      { columns: ['model'] },
      { columns: ['generation'] },
      { columns: ['ip'] },
      { columns: ['source', 'address'] },
    ],
  },
);

export const configTemplates = table(
  'shelly_config_templates',
  {
    id: uuid(),
    name: text(191).unique(),
    description: text().nullable(),
    scope: oneOf('global', 'group', 'device_type').default('global'),
    /** A model; for templates of one device type only. */
    deviceType: text(64).nullable(),
    /** 0 for all, 1, or 2 for the second and later. */
    generation: int().default(0),
    config: json<Settings>(),
    /** JSON of the secret values, by their path in the configuration. */
    secrets: text().nullable().secret(),
    variables: json<readonly unknown[]>().nullable(),
    isDefault: bool().default(false),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'critical',
    history: 'versions',
    indexes: [{ columns: ['scope'] }, { columns: ['deviceType'] }],
    checks: { deviceTypeNamed: "scope <> 'device_type' OR device_type IS NOT NULL" },
  },
);

/** What a device's configuration is, as it last sent it. */
export const deviceConfigs = table(
  'shelly_device_configs',
  {
    source: text(64),
    mac: text(12),
    templateId: uuid().nullable().references(configTemplates, 'id', 'set null'),
    /** By component (Gen2 and later) or block (Gen1), without secrets and without what moves by itself. */
    config: json<Settings>().nullable(),
    /** SHA-256 of it: equal text, equal configuration. */
    configDigest: text(64).nullable(),
    /** JSON of the secret values that the device shows, by their path. */
    secrets: text().nullable().secret(),
    syncStatus: oneOf('synced', 'pending', 'error', 'drift').default('synced'),
    /** When the desired configuration was last written to the device and read back. */
    lastSynced: instant().nullable(),
    ...presence,
    ...timestamps,
  },
  {
    key: ['source', 'mac'],
    dataClass: 'critical',
    history: 'versions',
    indexes: [{ columns: ['templateId'] }, { columns: ['syncStatus'] }],
    foreignKeys: [
      { columns: ['source', 'mac'], table: devices, references: ['source', 'mac'], onDelete: 'cascade' },
    ],
  },
);

/** What was done to configurations, and by whom. It outlives the device. */
export const configHistory = table(
  'shelly_config_history',
  {
    id: uuid(),
    source: text(64),
    mac: text(12),
    at: instant(),
    templateId: uuid().nullable(),
    action: oneOf('import', 'export', 'sync', 'manual', 'template', 'updated'),
    oldConfig: json<Settings>().nullable(),
    newConfig: json<Settings>().nullable(),
    changes: json<readonly unknown[]>().nullable(),
    changedBy: text().nullable(),
    ...timestamps,
  },
  {
    key: ['id'],
    dataClass: 'critical',
    indexes: [{ columns: ['source', 'mac', 'at'] }, { columns: ['at'] }],
  },
);
