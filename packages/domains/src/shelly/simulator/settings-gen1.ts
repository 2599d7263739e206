// /settings of a new Gen1 device, without what moves.

import type { Random } from '../../random.ts';
import type { Settings } from './model.ts';
import type { Model } from './models.ts';

const noSchedule = { schedule: false, schedule_rules: [] };

export function settingsGen1(model: Model, name: string | null, mac: string, random: Random): Settings {
  const id = `shelly${model.app}-${mac}`;
  const station = {
    enabled: true,
    ssid: 'iot',
    ipv4_method: 'dhcp',
    ip: null,
    gw: null,
    mask: null,
    dns: null,
  };
  return {
    device: { type: model.model, mac, hostname: id, num_outputs: model.channels },
    wifi_ap: { enabled: false, ssid: id, key: random.hex(10) },
    wifi_sta: station,
    wifi_sta1: { ...station, enabled: false, ssid: null },
    ap_roaming: { enabled: false, threshold: -70 },
    mqtt: {
      enable: false,
      server: '192.168.33.3:1883',
      user: '',
      id,
      reconnect_timeout_max: 60,
      reconnect_timeout_min: 2,
      clean_session: true,
      keep_alive: 60,
      max_qos: 0,
      retain: false,
      update_period: 30,
    },
    coiot: { enabled: true, update_period: 15, peer: '' },
    sntp: { server: 'time.google.com', enabled: true },
    login: { enabled: false, unprotected: false, username: 'admin' },
    pin_code: '',
    name,
    discoverable: true,
    cloud: { enabled: random.next() < 0.3 },
    timezone: 'Europe/Berlin',
    lat: 52.52,
    lng: 13.4,
    tzautodetect: true,
    tz_utc_offset: 3600,
    tz_dst: false,
    tz_dst_auto: true,
    hwinfo: { hw_revision: 'prod-202208', batch_id: 1 },
    mode: model.kind === 'roller' ? 'roller' : 'relay',
    actions: { active: false, names: ['out_on_url', 'out_off_url'] },
    ...(model.battery ? { sleep_mode: { period: 12, unit: 'h' }, sensors: { temperature_unit: 'C' } } : {}),
    ...components(model),
  };
}

function components({ kind, channels }: Model): Settings {
  const each = (make: (index: number) => Settings): Settings[] =>
    Array.from({ length: channels }, (_, index) => make(index));
  const timers = { default_state: 'off', auto_on: 0, auto_off: 0 };
  if (kind === 'relay')
    return {
      max_power: 2300,
      relays: each(() => ({
        name: null,
        appliance_type: 'General',
        ...timers,
        btn_type: 'toggle',
        btn_reverse: 0,
        ...noSchedule,
      })),
    };
  if (kind === 'roller')
    return {
      rollers: each(() => ({
        maxtime: 20,
        default_state: 'stop',
        swap: false,
        input_mode: 'openclose',
        button_type: 'toggle',
        positioning: true,
        ...noSchedule,
      })),
    };
  if (kind === 'light')
    return { lights: each(() => ({ name: null, ...timers, btn_type: 'one_button', ...noSchedule })) };
  if (kind !== 'input') return {};
  return { inputs: [0, 1, 2].map(() => ({ name: null, btn_type: 'momentary', btn_reverse: 0 })) };
}
