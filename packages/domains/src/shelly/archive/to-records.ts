// From an archive of Shelly Manager to records of this domain's tables.

import { createHash } from 'node:crypto';
import { type AnyTable, type Insert, insertSchema, parseInstant } from '@holdfast/core';
import { bool, int, isRaw, type Raw, str } from '../../decode.ts';
import { deviceConfig } from '../config.ts';
import { normaliseMac } from '../mac.ts';
import { configTemplates, deviceConfigs, devices } from '../tables.ts';
import { type Homeless, HomelessFields } from './homeless.ts';
import type { ManagerArchive } from './shape.ts';

export interface Rejected {
  /** As `devices[3]`. */
  readonly where: string;
  readonly why: string;
}

export interface ManagerRecords {
  readonly templates: readonly Insert<typeof configTemplates>[];
  readonly devices: readonly Insert<typeof devices>[];
  readonly deviceConfigs: readonly Insert<typeof deviceConfigs>[];
  /** Records that no table takes as they are. */
  readonly rejected: readonly Rejected[];
  readonly homeless: readonly Homeless[];
}

/** What the other program writes instead of a secret. */
const redacted = '[REDACTED]';

/**
 * Templates first, then devices, then their configurations: parents before children.
 * @param source name of the source that the devices belong to from now on
 */
export function managerRecords(archive: ManagerArchive, source: string): ManagerRecords {
  const homeless = new HomelessFields();
  const rejected: Rejected[] = [];
  const templates: Insert<typeof configTemplates>[] = [];
  const templateIds = new Map<unknown, string>();
  const accept = accepts(rejected);
  archive.templates.forEach((raw, index) => {
    const row = templateRow(raw, homeless);
    if (!accept(configTemplates, row, row.name, `templates[${index}]`)) return;
    templates.push(row);
    templateIds.set(raw['id'], row.id);
  });
  const rows: Insert<typeof devices>[] = [];
  const configs: Insert<typeof deviceConfigs>[] = [];
  archive.devices.forEach((raw, index) => {
    const where = `devices[${index}]`;
    const mac = normaliseMac(raw['mac']);
    if (mac === undefined) {
      rejected.push({ where, why: `${JSON.stringify(raw['mac'])} is no MAC address` });
      return;
    }
    const row = deviceRow(raw, source, mac, homeless);
    if (!accept(devices, row, mac, where)) return;
    rows.push(row);
    const configuration = raw['configuration'];
    if (!isRaw(configuration)) return;
    if (configuration['device_id'] !== raw['id']) {
      rejected.push({ where: `${where}.configuration`, why: 'it names another device' });
      return;
    }
    const config = configRow(configuration, { source, mac }, templateIds, homeless);
    // The check is one of JSON, in which instants are text.
    const plain = { ...config, lastSynced: configuration['last_synced'] ?? null };
    if (accept(deviceConfigs, plain, mac, `${where}.configuration`)) configs.push(config);
  });
  addOthers(archive, homeless);
  return { templates, devices: rows, deviceConfigs: configs, rejected, homeless: homeless.list() };
}

/** Whether the table takes the row; each key once. */
function accepts(rejected: Rejected[]) {
  const seen = new Map<AnyTable, Set<string>>();
  return (table: AnyTable, row: object, key: string, where: string): boolean => {
    const keys = seen.get(table) ?? new Set();
    seen.set(table, keys);
    const checked = insertSchema(table).safeParse(row);
    const why = keys.has(key)
      ? `${key} is there twice`
      : checked.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    if (why === undefined) keys.add(key);
    else rejected.push({ where, why });
    return why === undefined;
  };
}

function templateRow(raw: Raw, homeless: HomelessFields): Insert<typeof configTemplates> {
  const name = str(raw['name']) ?? '';
  const deviceType = str(raw['device_type']) ?? null;
  const forType = deviceType !== null && deviceType !== 'all';
  const { config, secrets } = deviceConfig(
    withoutRedacted(raw['config'] as Raw, 'templates[].config', homeless),
  );
  const variables = Object.entries(raw['variables'] as Raw).map(([variable, value]) =>
    isRaw(value) ? { name: variable, ...value } : { name: variable, default_value: value },
  );
  homeless.add('templates[].id', raw['id'], 'templates have ids of our own here');
  for (const field of ['created_at', 'updated_at'])
    homeless.add(`templates[].${field}`, raw[field], ownTimes);
  return {
    id: templateId(name),
    name,
    description: str(raw['description']) ?? null,
    // The other program forgets the scope: with a device type it can only have been that.
    scope: forType ? 'device_type' : 'global',
    deviceType: forType ? deviceType : null,
    generation: int(raw['generation']) ?? 0,
    config,
    secrets,
    variables: variables.length === 0 ? null : variables,
    isDefault: raw['is_default'] === true,
  };
}

/** The same name has the same id in every archive, so that a second restore meets the records of the first. */
function templateId(name: string): string {
  const hex = createHash('sha256').update(`shelly-manager template ${name}`).digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function deviceRow(raw: Raw, source: string, mac: string, homeless: HomelessFields): Insert<typeof devices> {
  const { model, gen, auth_enabled: authEnabled, ...settings } = raw['settings'] as Raw;
  for (const [name, value] of Object.entries(settings))
    homeless.add(`devices[].settings.${name}`, value, value === redacted ? left : 'no column is for it');
  homeless.add('devices[].id', raw['id'], 'a device is known by its MAC here');
  homeless.add('devices[].type', raw['type'], 'a name for people; the model says it');
  homeless.add('devices[].status', raw['status'], 'whether a device answers is what the newest sweep says');
  homeless.add(
    'devices[].last_seen',
    raw['last_seen'],
    'when a device answered is what the newest sweep says',
  );
  for (const field of ['created_at', 'updated_at']) homeless.add(`devices[].${field}`, raw[field], ownTimes);
  const ip = str(raw['ip']) ?? null;
  return {
    source,
    mac,
    name: str(raw['name']) ?? null,
    model: str(raw['model']) ?? str(model) ?? null,
    generation: int(gen) ?? null,
    firmware: str(raw['firmware']) ?? null,
    address: ip,
    ip,
    authEnabled: authEnabled === redacted ? null : (bool(authEnabled) ?? null),
  };
}

function configRow(
  raw: Raw,
  key: { readonly source: string; readonly mac: string },
  templateIds: ReadonlyMap<unknown, string>,
  homeless: HomelessFields,
): Insert<typeof deviceConfigs> {
  const place = 'devices[].configuration';
  const read = deviceConfig(withoutRedacted(raw['config'] as Raw, `${place}.config`, homeless));
  const template = raw['template_id'];
  const templateIdHere = templateIds.get(template);
  if (templateIdHere === undefined)
    homeless.add(`${place}.template_id`, template, 'the archive does not have the template');
  homeless.add(`${place}.updated_at`, raw['updated_at'], ownTimes);
  return {
    ...key,
    templateId: templateIdHere ?? null,
    config: read.config,
    configDigest: read.digest,
    secrets: read.secrets,
    syncStatus: raw['sync_status'] as 'synced',
    lastSynced: typeof raw['last_synced'] === 'string' ? parseInstant(raw['last_synced']) : null,
  };
}

const ownTimes = 'a record tells when it was stored here';
const left = 'the other program had left it out as a secret';

/** A word that stands for a secret is none: written to a device it would become its password. */
function withoutRedacted(object: Raw, place: string, homeless: HomelessFields): Raw {
  const kept = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((each) => kept(each, path));
    if (!isRaw(value)) return value;
    const entries = Object.entries(value).filter(([name, each]) => {
      if (each === redacted) homeless.add(`${path}.${name}`, each, left);
      return each !== redacted;
    });
    return Object.fromEntries(entries.map(([name, each]) => [name, kept(each, `${path}.${name}`)]));
  };
  return kept(object, place) as Raw;
}

/** Sections that have no table at all. */
function addOthers(archive: ManagerArchive, homeless: HomelessFields): void {
  for (const found of archive.discovered_devices)
    homeless.add('discovered_devices[]', found, 'a sweep finds devices anew');
  for (const [name, value] of Object.entries(archive.network_settings))
    homeless.add(`network_settings.${name}`, value, 'settings of the other program');
  for (const plugin of archive.plugin_configurations)
    homeless.add('plugin_configurations[]', plugin, 'settings of the other program');
  for (const [name, value] of Object.entries(archive.system_settings))
    homeless.add(`system_settings.${name}`, value, 'settings of the other program');
}
