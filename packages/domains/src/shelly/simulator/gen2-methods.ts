// RPC of the second generation and later: by POST in a frame, by GET bare.

import { type Answer, type Asked, ok } from './answer.ts';
import type { Device, Settings } from './model.ts';
import { infoOf, sentGen2, statusGen2 } from './status.ts';

class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Components of one page. */
const pageSize = 5;

export function answerGen2(device: Device, asked: Asked): Answer {
  if (asked.path === '/rpc') return framed(device, asked.body);
  const parameters = Object.fromEntries([...asked.query].map(([name, value]) => [name, jsonOr(value)]));
  try {
    return ok(call(device, methodOf(asked), parameters));
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return { status: error.code === 404 ? 404 : 500, body: { code: error.code, message: error.message } };
  }
}

/** The method that a request names, also inside a frame; for faults and logs. */
export function methodOf({ path, body }: Pick<Asked, 'path' | 'body'>): string {
  if (path !== '/rpc') return path.replace(/^\/rpc\//, '');
  const frame = jsonOr(body) as Settings | string;
  return typeof frame === 'object' && frame !== null ? String(frame['method']) : '';
}

const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

function framed(device: Device, body: string): Answer {
  const frame = jsonOr(body);
  if (typeof frame !== 'object' || frame === null) return { status: 400, body: 'Bad Request' };
  const { id, src, method, params = {} } = frame as Settings;
  const head = { id, src: infoOf(device)['id'], dst: src };
  try {
    return ok({ ...head, result: call(device, String(method), params) });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return ok({ ...head, error: { code: error.code, message: error.message } });
  }
}

function call(device: Device, method: string, parameters: Settings): Settings {
  const [component = '', action = ''] = method.split('.');
  if (component === 'Shelly') {
    const found = ofDevice[action];
    if (found !== undefined) return found(device, parameters);
  } else if (action === 'SetConfig') return setConfig(device, component, parameters);
  else if (method === 'Switch.Set') return switchSet(device, parameters);
  throw new RpcError(404, `No handler for ${method}`);
}

const ofDevice: Readonly<Record<string, (device: Device, parameters: Settings) => Settings>> = {
  GetDeviceInfo: infoOf,
  GetConfig: sentGen2,
  GetStatus: statusGen2,
  GetComponents: components,
  SetAuth: (device, { ha1 }) => {
    // Without the password itself there is nothing to check later ones against; only switching it off is played.
    if (ha1 === null) device.password = null;
    return { restart_required: false };
  },
  Reboot: (device) => {
    device.uptime = 0;
    return {};
  },
};

function components(device: Device, { offset = 0, include = [] }: Settings): Settings {
  // Firmware before 1.4 does not have it.
  if (device.firmware.version.startsWith('1.0.'))
    throw new RpcError(404, 'No handler for Shelly.GetComponents');
  const all = Object.entries(device.added);
  const page = all.slice(offset, offset + pageSize).map(([key, { config, status }]) => ({
    key,
    ...(include.includes('config') ? { config } : {}),
    ...(include.includes('status') ? { status } : {}),
  }));
  return { components: page, cfg_rev: device.revision, offset, total: all.length };
}

/** Merges what is known; anything else is refused, and nothing of it stays. */
function setConfig(device: Device, component: string, { id, config }: Settings): Settings {
  const key = id === undefined ? component.toLowerCase() : `${component.toLowerCase()}:${id}`;
  const target = device.settings[key];
  if (target === undefined) throw new RpcError(404, `No handler for ${component}.SetConfig`);
  const merged = structuredClone(target);
  merge(merged, config ?? {});
  device.settings[key] = merged;
  device.revision++;
  return { restart_required: key === 'wifi' };
}

/** Passwords are taken and never shown again. */
const writeOnly = new Set(['pass']);

function merge(into: Settings, from: Settings): void {
  for (const [name, value] of Object.entries(from)) {
    if (writeOnly.has(name)) continue;
    if (!Object.hasOwn(into, name)) throw new RpcError(-103, `Invalid argument '${name}': unknown`);
    const nested =
      typeof value === 'object' && value !== null && typeof into[name] === 'object' && into[name] !== null;
    if (nested) merge(into[name], value);
    else into[name] = value;
  }
}

function switchSet(device: Device, { id = 0, on }: Settings): Settings {
  const channel = device.channels[id];
  if (channel === undefined) throw new RpcError(-105, `Argument 'id', value ${id} not found!`);
  const was = channel.output;
  channel.output = Boolean(on);
  return { was_on: was };
}
