// Answers of many a server: what speaks only one way of RPC, old and odd firmware, and connections that break.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isHoldfastError } from '@holdfast/core';
import { afterEach, expect, test } from 'vitest';
import { ShellyClient } from './client.ts';
import { type DeviceRead, readDevice } from './read-device.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const info = {
  id: 'shellyplus1-441793000001',
  mac: '441793000001',
  model: 'SNSW-001X16EU',
  gen: 2,
  auth_en: false,
};
const answers: Record<string, unknown> = {
  'Shelly.GetDeviceInfo': info,
  'Shelly.GetConfig': { sys: { device: { name: 'Lamp', mac: '441793000001' } }, 'switch:0': { id: 0 } },
  'Shelly.GetStatus': { sys: { uptime: 5 }, 'switch:0': { output: true, apower: 12.5 } },
};

async function read(listener: RequestListener): Promise<DeviceRead> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const target = { host: '127.0.0.1', port, tried: false };
  const client = new ShellyClient({
    target,
    password: undefined,
    timeoutMs: 2_000,
    connectTimeoutMs: 2_000,
    signal: undefined,
  });
  try {
    return await readDevice(client, target);
  } finally {
    client.close();
  }
}

const json = (response: Parameters<RequestListener>[1], status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** A server of files: it knows paths, and nothing else. */
const byPath =
  (missing: number): RequestListener =>
  (request, response) => {
    const path = request.url!.split('?')[0]!;
    if (request.method === 'GET' && path === '/shelly') return json(response, 200, info);
    const answer = request.method === 'GET' ? answers[path.replace('/rpc/', '')] : undefined;
    if (answer !== undefined) json(response, 200, answer);
    else response.writeHead(missing).end('no such thing');
  };

test.each([404, 405, 501, 400])('what answers RPC only by GET, and %i else, is read', async (missing) => {
  const device = await read(byPath(missing));
  expect(device.error).toBeUndefined();
  expect(device.row).toMatchObject({ name: 'Lamp', power: 12.5, uptime: 5, components: ['switch:0'] });
  expect(device.config!.config).toHaveProperty('switch:0');
});

test('what answers RPC only by POST is read', async () => {
  const device = await read((request, response) => {
    if (request.url === '/shelly') return json(response, 200, info);
    if (request.method !== 'POST' || request.url !== '/rpc') return response.writeHead(404).end();
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const { id, src, method } = JSON.parse(body);
      const result = answers[method];
      const outcome =
        result === undefined ? { error: { code: 404, message: `No handler for ${method}` } } : { result };
      json(response, 200, { id, src: info.id, dst: src, ...outcome });
    });
  });
  expect(device.error).toBeUndefined();
  expect(device.row).toMatchObject({ name: 'Lamp', uptime: 5 });
});

test('what has no /shelly is asked who it is by RPC', async () => {
  const device = await read((request, response) => {
    if (request.url === '/shelly') response.writeHead(404).end();
    else byPath(404)(request, response);
  });
  expect(device).toMatchObject({ mac: '441793000001', row: { model: info.model } });
});

test('errors of RPC come with their code, whichever way they come', async () => {
  for (const [status, body] of [
    [200, { id: 1, error: { code: -114, message: 'Method Shelly.GetConfig failed' } }],
    [500, { code: -114, message: 'Method Shelly.GetConfig failed' }],
  ] as const) {
    const { error } = await read((request, response) =>
      request.url === '/shelly' ? json(response, 200, info) : json(response, status, body),
    );
    expect(isHoldfastError(error) && error.code).toBe('SOURCE_FAILED');
    expect(error!.message).toContain('Method Shelly.GetConfig failed');
  }
});

test('numbers as text and fields of any kind are read as far as they make sense', async () => {
  const { error, row } = await read((request, response) => {
    const odd = { type: 'SHSW-1', mac: '34:94:54:00:00:01', auth: 'false', fw: 7 };
    if (request.url === '/shelly') json(response, 200, odd);
    else if (request.url === '/settings')
      json(response, 200, { relays: {}, name: 5, cloud: [], device: null });
    else
      json(response, 200, {
        uptime: '12',
        wifi_sta: { rssi: '-60', ip: 'none' },
        meters: [null, { power: '1.5' }],
      });
  });
  expect(error).toBeUndefined();
  expect(row).toMatchObject({
    model: 'SHSW-1',
    authEnabled: false,
    uptime: 12,
    rssi: -60,
    ip: null,
    power: 1.5,
    name: '5',
  });
});

test('a password is asked for where RPC says so in its own words', async () => {
  const { error, row } = await read((request, response) => {
    if (request.url === '/shelly') json(response, 200, { ...info, auth_en: true });
    else json(response, 200, { id: 1, error: { code: 401, message: '{"auth_type":"digest"}' } });
  });
  expect(isHoldfastError(error) && error.code).toBe('SOURCE_AUTH');
  expect(row).toMatchObject({ authEnabled: true, model: info.model });
});
