// The first generation: /settings and /status, with state among the settings.

import { isIP } from 'node:net';
import { bool, int, isRaw, num, type Raw, str } from '../decode.ts';
import { deviceConfig } from './config.ts';
import { type Generation, part, parts, versionOf } from './device-row.ts';
import { componentOrder, firstOf, type Readings, readingOf, sumOf } from './readings.ts';

export const gen1: Generation = {
  row({ info, config, status }) {
    const firmware = str(info['fw']);
    const update = part(status, 'update');
    return {
      deviceId: config && (str(part(config, 'device')['hostname']) ?? null),
      name: config && (str(config['name']) ?? null),
      model: str(info['type']),
      generation: 1,
      profile: config && (str(config['mode']) ?? null),
      firmware,
      firmwareVersion: versionOf(firmware),
      firmwareAvailable: status && available(status, update, versionOf(firmware)),
      ip: status && address(part(status, 'wifi_sta')['ip']),
      ssid: status && (str(part(status, 'wifi_sta')['ssid']) ?? null),
      authEnabled: bool(info['auth']),
      discoverable: bool(info['discoverable']),
      sleeps: config && isRaw(config['sleep_mode']),
      components: config && components(config),
      ...(status && gauges(status)),
    };
  },
  config: (raw) => deviceConfig(withoutState(raw)),
  addresses: (status) => [part(status, 'wifi_sta')['ip']],
  macs: ({ config, status }) => [part(config, 'device')['mac'], status?.['mac']],
};

const address = (value: unknown): string | null => {
  const ip = str(value);
  return ip && isIP(ip) > 0 ? ip : null;
};

/** `new_version` also names the version that is installed. */
function available(status: Raw, update: Raw, installed: string | null | undefined): string | null {
  if (bool(status['has_update'] ?? update['has_update']) !== true) return null;
  const offered = versionOf(str(update['new_version'])) ?? null;
  return offered === installed ? null : offered;
}

/** Lists of /settings whose members are components. */
const kinds = new Map([
  ['relays', 'relay'],
  ['rollers', 'roller'],
  ['lights', 'light'],
  ['inputs', 'input'],
  ['emeters', 'emeter'],
  ['meters', 'meter'],
  ['thermostats', 'thermostat'],
]);

const components = (config: Raw): string[] =>
  componentOrder(
    [...kinds].flatMap(([list, kind]) => parts(config, list).map((_, index) => `${kind}:${index}`)),
  );

/** What a list of /settings shows of the present moment. */
const state: Readonly<Record<string, readonly string[]>> = {
  relays:
    'ison has_timer timer_started timer_duration timer_remaining overpower is_valid source safety_switch'.split(
      ' ',
    ),
  rollers:
    'state power is_valid safety_switch source stop_reason last_direction current_pos calibrating'.split(' '),
  lights:
    'ison has_timer timer_started timer_duration timer_remaining overpower is_valid source mode red green blue white gain temp brightness effect power'.split(
      ' ',
    ),
  inputs: ['input', 'event', 'event_cnt', 'last_sequence'],
  thermostats: ['pos', 'tmp', 'schedule_profile', 'boost_minutes', 'window_open'],
  meters: ['power', 'overpower', 'is_valid', 'timestamp', 'counters', 'total'],
  emeters: ['power', 'pf', 'current', 'voltage', 'is_valid', 'total', 'total_returned', 'reactive'],
};

/** What some firmware shows among the settings, and what is none. */
const clocks = 'time unixtime uptime serial cfg_changed_cnt ram_free ram_total fs_free fs_size'.split(' ');

/** The firmware stands with the device; the clock moves by itself, and so does summer time where it is automatic. */
function withoutState(raw: Raw): Raw {
  const automatic = bool(raw['tz_dst_auto']) === true ? ['tz_dst', 'tz_utc_offset'] : [];
  const dropped = new Set([...clocks, 'fw', 'build_info', ...automatic]);
  const kept = Object.entries(raw).flatMap(([name, value]): [string, unknown][] => {
    if (dropped.has(name)) return [];
    if (name === 'cloud' && isRaw(value)) return [[name, without(value, ['connected'])]];
    const fields = state[name];
    if (fields === undefined || !Array.isArray(value)) return [[name, value]];
    return [[name, value.map((each: unknown) => (isRaw(each) ? without(each, fields) : each))]];
  });
  return Object.fromEntries(kept);
}

const without = (object: Raw, names: readonly string[]): Raw =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

function gauges(status: Raw): Record<string, unknown> {
  const readings = channels(status);
  const sensor = part(status, 'tmp');
  return {
    uptime: int(status['uptime']) ?? null,
    rssi: int(part(status, 'wifi_sta')['rssi']) ?? null,
    power: sumOf(readings, 'power'),
    voltage: firstOf(readings, 'voltage') ?? num(status['voltage']) ?? null,
    energy: sumOf(readings, 'energy'),
    temperature:
      (sensor['is_valid'] === false ? undefined : num(sensor['tC'])) ?? num(status['temperature']) ?? null,
    humidity: num(part(status, 'hum')['value']) ?? null,
    battery: num(part(status, 'bat')['value']) ?? null,
    ramFree: int(status['ram_free']) ?? null,
    fsFree: int(status['fs_free']) ?? null,
    configRevision: int(status['cfg_changed_cnt']) ?? null,
    cloudConnected: bool(part(status, 'cloud')['connected']) ?? null,
    mqttConnected: bool(part(status, 'mqtt')['connected']) ?? null,
    channels: Object.keys(readings).length === 0 ? null : readings,
  };
}

/** Watt-minutes of a meter to watt-hours; energy meters count watt-hours. */
const perMinute = 1 / 60;

function channels(status: Raw): Readings {
  const out: Readings = {};
  const read = (list: string, kind: string, reader: (raw: Raw) => Record<string, unknown>): void => {
    for (const [index, raw] of parts(status, list).entries()) {
      const known = Object.entries(reader(raw)).filter(([, value]) => value !== undefined && value !== null);
      if (known.length > 0) out[`${kind}:${index}`] = readingOf(known);
    }
  };
  read('relays', 'relay', (raw) => ({ output: bool(raw['ison']) }));
  read('lights', 'light', (raw) => ({ output: bool(raw['ison']), brightness: num(raw['brightness']) }));
  read('rollers', 'roller', (raw) => ({ state: str(raw['state']), position: num(raw['current_pos']) }));
  read('inputs', 'input', (raw) => ({ state: bool(raw['input']), events: int(raw['event_cnt']) }));
  read('thermostats', 'thermostat', (raw) => ({
    position: num(raw['pos']),
    target: num(part(raw, 'target_t')['value']),
    temperature: num(part(raw, 'tmp')['value']),
  }));
  read('meters', 'meter', (raw) => {
    const total = num(raw['total']);
    return { power: num(raw['power']), energy: total === undefined ? undefined : round(total * perMinute) };
  });
  read('emeters', 'emeter', (raw) => ({
    power: num(raw['power']),
    voltage: num(raw['voltage']),
    current: num(raw['current']),
    energy: num(raw['total']),
    returned: num(raw['total_returned']),
  }));
  return Object.fromEntries(componentOrder(Object.keys(out)).map((key) => [key, out[key]!]));
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;
