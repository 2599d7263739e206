// Shelly.GetConfig of a new device of the second generation or later.

import type { Random } from '../../random.ts';
import type { Settings } from './model.ts';
import type { Model } from './models.ts';

export function settingsGen2(model: Model, name: string | null, mac: string, random: Random): Settings {
  const address = { ipv4mode: 'dhcp', ip: null, netmask: null, gw: null, nameserver: null };
  const id = `shelly${model.app.toLowerCase()}-${mac.toLowerCase()}`;
  return {
    ble: { enable: false, rpc: { enable: true } },
    cloud: { enable: random.next() < 0.3, server: 'shelly-103-eu.shelly.cloud:6022/jrpc' },
    ...(model.ethernet ? { eth: { enable: true, ...address } } : {}),
    mqtt: {
      enable: random.next() < 0.5,
      server: '192.168.1.10:1883',
      client_id: id,
      user: null,
      topic_prefix: id,
      rpc_ntf: true,
      status_ntf: false,
      use_client_cert: false,
      enable_control: true,
    },
    sys: {
      device: {
        name,
        mac,
        fw_id: '',
        discoverable: true,
        eco_mode: false,
        ...(model.kind === 'cover' || model.channels === 2 ? { profile: model.kind } : {}),
      },
      location: { tz: 'Europe/Berlin', lat: 52.52, lon: 13.4 },
      debug: {
        level: 2,
        file_level: null,
        mqtt: { enable: false },
        websocket: { enable: false },
        udp: { addr: null },
      },
      ui_data: {},
      rpc_udp: { dst_addr: null, listen_port: null },
      sntp: { server: 'time.cloudflare.com' },
    },
    wifi: {
      ap: { ssid: id, is_open: true, enable: false, range_extender: { enable: false } },
      sta: { ssid: 'iot', is_open: false, enable: true, ...address },
      sta1: { ssid: null, is_open: true, enable: false, ...address },
      roam: { rssi_thr: -80, interval: 60 },
    },
    ws: { enable: false, server: null, ssl_ca: 'ca.pem' },
    ...components(model),
  };
}

function components({ kind, channels }: Model): Settings {
  const found: Settings = {};
  for (let id = 0; id < channels; id++) {
    found[`${kind}:${id}`] = componentConfig(kind, id);
    if (kind === 'switch' || kind === 'cover')
      found[`input:${id}`] = { id, name: null, type: 'switch', enable: true, invert: false };
  }
  if (kind === 'em') found['emdata:0'] = { id: 0 };
  if (kind === 'sensor') {
    found['temperature:0'] = { id: 0, name: null, report_thr_C: 0.5, offset_C: 0 };
    found['humidity:0'] = { id: 0, name: null, report_thr: 5, offset: 0 };
    found['devicepower:0'] = { id: 0 };
  }
  return found;
}

function componentConfig(kind: Model['kind'], id: number): Settings {
  const common = { id, name: null };
  if (kind === 'cover')
    return { ...common, in_mode: 'dual', initial_state: 'stopped', power_limit: 2800, maxtime_open: 60 };
  if (kind === 'em')
    return { ...common, blink_mode_selector: 'active_energy', phase_selector: 'all', ct_type: '120A' };
  if (kind === 'pm1') return common;
  const timers = { auto_on: false, auto_on_delay: 60, auto_off: false, auto_off_delay: 60 };
  if (kind === 'light')
    return { ...common, initial_state: 'restore_last', ...timers, transition_duration: 3 };
  return {
    ...common,
    in_mode: 'follow',
    initial_state: 'match_input',
    ...timers,
    power_limit: 4480,
    voltage_limit: 280,
    current_limit: 16,
  };
}
