// What devices say of the present moment: /status, Shelly.GetStatus, and state among the settings of Gen1.

import { type Device, idOf, type Settings } from './model.ts';

const round = (value: number): number => Math.round(value * 1000) / 1000;
const watts = ({ output, load }: Device['channels'][number]): number => (output ? load : 0);

/** What `/shelly` answers, and Shelly.GetDeviceInfo. */
export function infoOf(device: Device): Settings {
  const { mac, model, generation, firmware, password, settings } = device;
  if (generation === 1)
    return {
      type: model,
      mac,
      auth: password !== null,
      fw: firmware.build,
      discoverable: settings['discoverable'],
      longid: 1,
      num_outputs: device.channels.length,
    };
  return {
    name: settings['sys'].device.name,
    id: idOf(device),
    mac,
    slot: 0,
    model,
    gen: generation,
    fw_id: firmware.build,
    ver: firmware.version,
    app: device.app,
    auth_en: password !== null,
    auth_domain: password === null ? null : idOf(device),
    ...(device.profile === null ? {} : { profile: device.profile }),
  };
}

/** Seconds since 1970; simulated devices were all switched on at one moment, so that nothing depends on the clock. */
const clock = ({ uptime }: Device): number => 1_790_000_000 + uptime;
const hours = (device: Device): string => {
  const minutes = Math.floor(clock(device) / 60) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
};

/** `/settings` as it is sent: outputs and the clock stand among the settings. */
export function sentGen1(device: Device): Settings {
  const { settings, firmware, channels } = device;
  const live = (list: string): Settings =>
    settings[list] === undefined
      ? {}
      : {
          [list]: (settings[list] as Settings[]).map((each, index) => ({
            ...each,
            ...(list === 'inputs' ? {} : { ison: channels[index]?.output ?? false, has_timer: false }),
          })),
        };
  return {
    ...settings,
    ...live('relays'),
    ...live('lights'),
    fw: firmware.build,
    build_info: { build_id: firmware.build, build_timestamp: '2023-09-13T11:20:03Z', build_version: '1.0' },
    cloud: { ...settings['cloud'], connected: settings['cloud'].enabled },
    login: { ...settings['login'], enabled: device.password !== null },
    time: hours(device),
    unixtime: clock(device),
  };
}

export function statusGen1(device: Device): Settings {
  const { settings, channels, mac, firmware } = device;
  const has = (list: string): boolean => settings[list] !== undefined;
  return {
    wifi_sta: { connected: true, ssid: settings['wifi_sta'].ssid, ip: device.ip, rssi: device.rssi },
    cloud: { enabled: settings['cloud'].enabled, connected: settings['cloud'].enabled },
    mqtt: { connected: settings['mqtt'].enable },
    time: hours(device),
    unixtime: clock(device),
    serial: device.uptime,
    has_update: firmware.version !== '1.14.0',
    mac,
    cfg_changed_cnt: device.revision,
    actions_stats: { skipped: 0 },
    ...(has('relays')
      ? { relays: channels.map(({ output }) => ({ ison: output, has_timer: false, source: 'http' })) }
      : {}),
    ...(has('rollers')
      ? { rollers: channels.map(() => ({ state: 'stop', power: 0, is_valid: true, current_pos: 40 })) }
      : {}),
    ...(has('lights')
      ? { lights: channels.map(({ output }) => ({ ison: output, brightness: 60, source: 'input' })) }
      : {}),
    ...(has('inputs') ? { inputs: [0, 1, 2].map(() => ({ input: 0, event: '', event_cnt: 0 })) } : {}),
    meters: channels.map((channel) => ({
      power: watts(channel),
      overpower: 0,
      is_valid: true,
      timestamp: clock(device),
      counters: [0, 0, 0],
      total: Math.round(channel.energy * 60),
    })),
    ...(device.battery
      ? {
          tmp: { value: device.temperature, units: 'C', tC: device.temperature, is_valid: true },
          hum: { value: 48.5, is_valid: true },
          bat: { value: 91, voltage: 2.9 },
        }
      : { temperature: device.temperature, overtemperature: false }),
    update: {
      status: 'idle',
      has_update: firmware.version !== '1.14.0',
      new_version: '20230913-112003/v1.14.0-gcb84623',
      old_version: firmware.build,
    },
    ram_total: 50_648,
    ram_free: device.ramFree,
    fs_size: 233_681,
    fs_free: 149_847,
    uptime: device.uptime,
  };
}

/** Shelly.GetConfig as it is sent. */
export const sentGen2 = ({ settings, revision, firmware }: Device): Settings => ({
  ...settings,
  sys: {
    ...settings['sys'],
    device: { ...settings['sys'].device, fw_id: firmware.build },
    cfg_rev: revision,
  },
});

export function statusGen2(device: Device): Settings {
  const { settings, mac, uptime } = device;
  const components = Object.keys(settings).filter((key) => key.includes(':'));
  return {
    ble: {},
    cloud: { connected: settings['cloud'].enable },
    ...(settings['eth'] === undefined ? {} : { eth: { ip: null } }),
    mqtt: { connected: settings['mqtt'].enable },
    sys: {
      mac,
      restart_required: false,
      time: hours(device),
      unixtime: clock(device),
      uptime,
      ram_size: 259_264,
      ram_free: device.ramFree,
      fs_size: 458_752,
      fs_free: 126_976,
      cfg_rev: device.revision,
      kvs_rev: 0,
      schedule_rev: 0,
      webhook_rev: 0,
      available_updates: device.firmware.version === '1.7.5' ? {} : { stable: { version: '1.7.5' } },
      reset_reason: 3,
      ...(device.battery
        ? { wakeup_reason: { boot: 'deepsleep_wake', cause: 'periodic' }, wakeup_period: 7200 }
        : {}),
    },
    wifi: { sta_ip: device.ip, status: 'got ip', ssid: settings['wifi'].sta.ssid, rssi: device.rssi },
    ws: { connected: false },
    ...Object.fromEntries(components.map((key) => [key, componentStatus(device, key)])),
  };
}

function componentStatus(device: Device, key: string): Settings {
  const [kind, number] = key.split(':');
  const id = Number(number);
  const channel = device.channels[id] ?? { output: false, load: 0, energy: 0 };
  const temperature = { tC: device.temperature, tF: round(device.temperature * 1.8 + 32) };
  const aenergy = { total: channel.energy, by_minute: [0, 0, 0], minute_ts: clock(device) };
  const meter = { apower: watts(channel), voltage: 230.4, current: round(watts(channel) / 230.4), aenergy };
  switch (kind) {
    case 'switch':
      return { id, source: 'init', output: channel.output, ...meter, temperature };
    case 'light':
      return { id, source: 'init', output: channel.output, brightness: 50, ...meter, temperature };
    case 'cover':
      return {
        id,
        source: 'init',
        state: 'stopped',
        current_pos: 100,
        pos_control: true,
        ...meter,
        temperature,
      };
    case 'pm1':
      return { id, ...meter, freq: 50 };
    case 'em':
      return {
        id,
        a_voltage: 230.4,
        total_current: round(watts(channel) / 230.4),
        total_act_power: watts(channel),
        n_current: null,
      };
    case 'emdata':
      return { id, total_act: channel.energy, total_act_ret: 0 };
    case 'temperature':
      return { id, ...temperature };
    case 'humidity':
      return { id, rh: 48.5 };
    case 'devicepower':
      return { id, battery: { V: 5.6, percent: 88 }, external: { present: false } };
    default:
      return { id, state: false };
  }
}
