// The second generation and later: objects by component, as `switch:0`, from Shelly.GetConfig and Shelly.GetStatus.

import { isIP } from 'node:net';
import { bool, int, isRaw, num, type Raw, str } from '../decode.ts';
import { deviceConfig } from './config.ts';
import { type Generation, generationOf, part, versionOf } from './device-row.ts';
import { componentOrder, firstOf, type Readings, readingOf, sumOf } from './readings.ts';

export const gen2: Generation = {
  row({ info, config, status }) {
    const device = part(part(config, 'sys'), 'device');
    const firmware = str(info['fw_id']);
    const system = part(status, 'sys');
    return {
      deviceId: str(info['id']),
      name: str(info['name'] ?? device['name'] ?? null),
      model: str(info['model']),
      app: str(info['app']),
      generation: generationOf(info),
      profile: str(info['profile'] ?? device['profile'] ?? null),
      firmware,
      firmwareVersion: str(info['ver']) ?? versionOf(firmware),
      firmwareAvailable:
        status && (str(part(part(system, 'available_updates'), 'stable')['version']) ?? null),
      ip: status && (address(part(status, 'eth')['ip']) ?? address(part(status, 'wifi')['sta_ip'])),
      ssid: status && (str(part(status, 'wifi')['ssid']) ?? null),
      authEnabled: bool(info['auth_en']),
      discoverable: config && bool(info['discoverable'] ?? device['discoverable']),
      sleeps: status && (num(system['wakeup_period']) ?? 0) > 0,
      restartRequired: status && (bool(system['restart_required']) ?? null),
      components: config && componentOrder(Object.keys(config).filter((key) => /:\d+$/.test(key))),
      ...(status && gauges(status)),
    };
  },
  config: (raw) => deviceConfig(withoutState(raw)),
  addresses: (status) => [part(status, 'eth')['ip'], part(status, 'wifi')['sta_ip']],
  macs: ({ config, status }) => [part(part(config, 'sys'), 'device')['mac'], part(status, 'sys')['mac']],
};

const address = (value: unknown): string | null => {
  const ip = str(value);
  return ip && isIP(ip) > 0 ? ip : null;
};

/** The revision counts also what is no change, and the firmware stands with the device. */
function withoutState(raw: Raw): Raw {
  const { sys } = raw;
  if (!isRaw(sys)) return raw;
  const { cfg_rev: _revision, device, ...system } = sys;
  if (!isRaw(device)) return { ...raw, sys: system };
  const { fw_id: _firmware, ...kept } = device;
  return { ...raw, sys: { ...system, device: kept } };
}

function gauges(status: Raw): Record<string, unknown> {
  const readings = channels(status);
  const system = part(status, 'sys');
  return {
    uptime: int(system['uptime']) ?? null,
    rssi: int(part(status, 'wifi')['rssi']) ?? null,
    power: sumOf(readings, 'power'),
    voltage: firstOf(readings, 'voltage', /^(?!devicepower)/),
    energy: sumOf(readings, 'energy'),
    temperature: firstOf(readings, 'temperature', /^temperature:/) ?? firstOf(readings, 'temperature'),
    humidity: firstOf(readings, 'humidity'),
    battery: firstOf(readings, 'battery'),
    ramFree: int(system['ram_free']) ?? null,
    fsFree: int(system['fs_free']) ?? null,
    configRevision: int(system['cfg_rev']) ?? null,
    cloudConnected: bool(part(status, 'cloud')['connected']) ?? null,
    mqttConnected: bool(part(status, 'mqtt')['connected']) ?? null,
    channels: Object.keys(readings).length === 0 ? null : readings,
  };
}

function channels(status: Raw): Readings {
  const out: Readings = {};
  for (const key of componentOrder(Object.keys(status).filter((each) => /:\d+$/.test(each)))) {
    const raw = status[key];
    if (!isRaw(raw)) continue;
    const known = Object.entries(reading(raw)).filter(([, value]) => value !== undefined && value !== null);
    if (known.length > 0) out[key] = readingOf(known);
  }
  return out;
}

const flag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);

function reading(raw: Raw): Record<string, unknown> {
  const { state } = raw;
  const battery = part(raw, 'battery');
  return {
    output: flag(raw['output']),
    state: flag(state) ?? (typeof state === 'string' ? str(state) : num(state)),
    value: flag(raw['value']) ?? num(raw['value']),
    position: num(raw['current_pos'] ?? raw['pos']),
    brightness: num(raw['brightness']),
    target: num(raw['target_C']),
    power: num(raw['apower'] ?? raw['total_act_power'] ?? raw['act_power']),
    voltage: num(raw['voltage'] ?? raw['a_voltage']) ?? num(battery['V']),
    current: num(raw['current'] ?? raw['total_current']),
    frequency: num(raw['freq']),
    energy: num(part(raw, 'aenergy')['total'] ?? raw['total_act'] ?? raw['total_act_energy']),
    returned: num(part(raw, 'ret_aenergy')['total'] ?? raw['total_act_ret'] ?? raw['total_act_ret_energy']),
    temperature: num(raw['tC'] ?? part(raw, 'temperature')['tC']),
    humidity: num(raw['rh']),
    illuminance: num(raw['lux']),
    battery: num(battery['percent'] ?? raw['battery']),
    percent: num(raw['percent']),
  };
}
