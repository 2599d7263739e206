// The paths of Gen1: everything is a GET with parameters, and what is not known is ignored.

import { type Answer, type Asked, ok } from './answer.ts';
import type { Device, Settings } from './model.ts';
import { infoOf, sentGen1, statusGen1 } from './status.ts';

/** Setters of single objects, and those that begin with a prefix. */
const objects: Readonly<Record<string, string>> = {
  sta: 'wifi_sta',
  sta1: 'wifi_sta1',
  ap: 'wifi_ap',
  cloud: 'cloud',
};
const prefixes: Readonly<Record<string, string>> = {
  mqtt_: 'mqtt',
  coiot_: 'coiot',
  sntp_: 'sntp',
  ap_roaming_: 'ap_roaming',
};
const lists: Readonly<Record<string, string>> = {
  relay: 'relays',
  roller: 'rollers',
  light: 'lights',
  input: 'inputs',
};
/** What is written under another name than it is read. */
const renamed: Readonly<Record<string, string>> = { gateway: 'gw', netmask: 'mask', btn_type: 'button_type' };

export function answerGen1(device: Device, asked: Asked): Answer {
  const [, first, second, third] = asked.path.split('/');
  const parameters = new URLSearchParams([...asked.query, ...new URLSearchParams(asked.body)]);
  if (asked.path === '/status') return ok(statusGen1(device));
  if (first === 'settings') return set(device, second, third, parameters);
  if (first === 'relay' || first === 'light') return turn(device, Number(second), parameters.get('turn'));
  return { status: 404, body: 'Not Found' };
}

export const infoGen1 = (device: Device): Answer => ok(infoOf(device));

function set(
  device: Device,
  what: string | undefined,
  index: string | undefined,
  parameters: URLSearchParams,
): Answer {
  const { settings } = device;
  if (what === undefined) {
    for (const [name, value] of parameters) {
      const prefix = Object.keys(prefixes).find((each) => name.startsWith(each));
      if (prefix === undefined) put(device, settings, name, value);
      else put(device, settings[prefixes[prefix]!], name.slice(prefix.length), value);
    }
    return ok(sentGen1(device));
  }
  if (what === 'login') return setLogin(device, parameters);
  const list = lists[what];
  const object = list === undefined ? settings[objects[what] ?? ''] : settings[list]?.[Number(index)];
  if (object === undefined) return { status: 404, body: 'Not Found' };
  for (const [name, value] of parameters) put(device, object, name, value);
  return ok(object);
}

function setLogin(device: Device, parameters: URLSearchParams): Answer {
  const enabled = parameters.get('enabled');
  if (enabled !== null)
    device.password = isOn(enabled) ? (parameters.get('password') ?? device.password) : null;
  return ok(sentGen1(device)['login']);
}

/** Only what is there already, as a value of the same kind. */
function put(device: Device, object: Settings, given: string, text: string): void {
  const name = given in object ? given : (renamed[given] ?? given);
  if (!Object.hasOwn(object, name) || (typeof object[name] === 'object' && object[name] !== null)) return;
  const before = object[name];
  object[name] = typeof before === 'boolean' ? isOn(text) : typeof before === 'number' ? Number(text) : text;
  if (object[name] !== before) device.revision++;
}

const isOn = (text: string): boolean => ['1', 'true', 'on', 'yes'].includes(text.toLowerCase());

function turn(device: Device, index: number, to: string | null): Answer {
  const channel = device.channels[index];
  if (channel === undefined) return { status: 404, body: 'Not Found' };
  if (to !== null) channel.output = to === 'toggle' ? !channel.output : to === 'on';
  return ok({ ison: channel.output, has_timer: false, source: 'http' });
}
