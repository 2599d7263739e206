// What an archive of Shelly Manager 2026.1 is made of. Its objects are closed: a key that is not here is an error.

import { HoldfastError, parseInstant } from '@holdfast/core';
import { isRaw, type Raw } from '../../decode.ts';

/** Says what is wrong with a value, if anything. */
type Check = (value: unknown, where: string) => void;

const invalid = (where: string, what: string): HoldfastError =>
  new HoldfastError('DOCUMENT_INVALID', `${where || 'the archive'} ${what}`);

const check =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value, where) => {
    if (!holds(value)) throw invalid(where, `is ${what}`);
  };

const text = check('no text', (value) => typeof value === 'string');
const word = check('no text, or empty', (value) => typeof value === 'string' && value !== '');
const whole = check('no whole number', Number.isSafeInteger);
const number = check('no number', (value) => typeof value === 'number');
const bool = check('neither true nor false', (value) => typeof value === 'boolean');
const open = check('no object', isRaw);
const oneOf = (...values: readonly string[]): Check =>
  check(`none of ${values.join(', ')}`, (value) => values.includes(value as string));
const matching = (pattern: RegExp, what: string): Check =>
  check(what, (value) => typeof value === 'string' && pattern.test(value));

const time: Check = (value, where) => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value))
    throw invalid(where, 'is no instant in UTC');
  try {
    parseInstant(value);
  } catch (error) {
    throw new HoldfastError('DOCUMENT_INVALID', `${where} is no day of the calendar`, { cause: error });
  }
};

const list =
  (each: Check): Check =>
  (value, where) => {
    if (!Array.isArray(value)) throw invalid(where, 'is no list');
    value.forEach((item, index) => {
      each(item, `${where}[${index}]`);
    });
  };

/** Names that end in a question mark may be missing. */
const closed =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, where) => {
    if (!isRaw(value)) throw invalid(where, 'is no object');
    const path = (name: string) => (where === '' ? name : `${where}.${name}`);
    for (const name of Object.keys(value))
      if (!(name in fields) && !(`${name}?` in fields))
        throw invalid(path(name), 'is unknown to version 2026.1');
    for (const [field, each] of Object.entries(fields)) {
      const name = field.replace(/\?$/, '');
      if (Object.hasOwn(value, name)) each(value[name], path(name));
      else if (name === field) throw invalid(path(name), 'is missing');
    }
  };

const device = closed({
  ...{ id: whole, mac: text, ip: text, type: text, name: text, model: text, firmware: text, status: text },
  ...{ last_seen: time, settings: open, created_at: time, updated_at: time },
  'configuration?': closed({
    ...{ device_id: whole, config: open, sync_status: oneOf('synced', 'pending', 'error', 'drift') },
    ...{ updated_at: time, 'template_id?': whole, 'last_synced?': time },
  }),
});

const template = closed({
  ...{ id: whole, name: word, description: text, device_type: text, generation: whole, config: open },
  ...{ variables: open, is_default: bool, created_at: time, updated_at: time },
});

const discovered = closed({
  ...{ mac: text, ssid: text, model: text, generation: whole, ip: text, signal: number, agent_id: text },
  discovered: time,
});

const networkSettings = closed({
  wifi_networks: list(closed({ ssid: text, security: text, priority: whole })),
  ntp_servers: list(text),
  'mqtt_config?': closed({ server: text, port: whole, username: text, retain: bool, qos: whole }),
});

const metadata = closed({
  export_id: matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'no UUID in lower case'),
  ...{ created_at: time, created_by: word, export_type: oneOf('manual', 'api') },
  system_info: closed({
    ...{ version: text, database_type: oneOf('sqlite', 'postgresql', 'mysql'), hostname: text },
    ...{ total_size_bytes: number, compression_ratio: number },
  }),
  integrity: closed({
    checksum: matching(/^sha256:[0-9a-f]{64}$/, 'no checksum'),
    ...{ record_count: whole, file_count: whole },
  }),
});

const archive = closed({
  ...{ format_version: text, metadata, devices: list(device), templates: list(template) },
  ...{ discovered_devices: list(discovered), network_settings: networkSettings },
  plugin_configurations: list(closed({ plugin_name: text, version: text, config: open, enabled: bool })),
  system_settings: closed({ log_level: text, api_settings: open, database_settings: open }),
});

export interface ManagerArchive {
  readonly metadata: {
    readonly export_id: string;
    readonly created_at: string;
    readonly created_by: string;
    readonly system_info: { readonly version: string; readonly database_type: string };
    readonly integrity: { readonly checksum: string };
  };
  readonly devices: readonly Raw[];
  readonly templates: readonly Raw[];
  readonly discovered_devices: readonly Raw[];
  readonly network_settings: Raw;
  readonly plugin_configurations: readonly Raw[];
  readonly system_settings: Raw;
}

/** @throws DOCUMENT_INVALID naming the place, DOCUMENT_VERSION */
export function checkManagerArchive(value: unknown): ManagerArchive {
  const version = isRaw(value) ? value['format_version'] : undefined;
  if (typeof version === 'string' && version !== '2026.1')
    throw new HoldfastError('DOCUMENT_VERSION', `the archive is of version ${version}, known is 2026.1`);
  archive(value, '');
  return value as ManagerArchive;
}
