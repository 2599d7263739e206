// Requests that take long to arrive: most are ended, uploads only when nothing comes any more.

import { existsSync, readdirSync } from 'node:fs';
import { request as ask, type ClientRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openServer, type TestServer } from './open-server.ts';

const arrivalMs = 1_000;
const upload = '/api/v1/uploads/slow.sma';

interface Sent {
  readonly request: ClientRequest;
  /** The status, or `gone` where the connection ended without an answer. */
  readonly answer: Promise<number | 'gone'>;
}

function begin(server: TestServer, method: string, path: string, as: 'admin' | 'viewer' = 'admin'): Sent {
  const type = path === upload ? 'application/octet-stream' : 'application/json';
  const headers = { authorization: `Bearer ${server.tokens[as]}`, 'content-type': type };
  const request = ask(server.url + path, { method, headers });
  const answer = new Promise<number | 'gone'>((resolve) => {
    request.once('response', (response: IncomingMessage) => resolve(response.resume().statusCode!));
    request.once('error', () => resolve('gone'));
  });
  request.flushHeaders();
  return { request, answer };
}

const files = (server: TestServer): string[] => {
  const folder = join(server.data, 'uploads');
  return existsSync(folder) ? readdirSync(folder) : [];
};

test('an upload may take longer than any other request, and is whole', async () => {
  const arrivalMs = 2_000;
  await using server = await openServer({ arrivalMs });
  const { request, answer } = begin(server, 'PUT', upload);
  for (let piece = 0; piece < 8; piece++) {
    request.write(`piece ${piece} `);
    // Longer in all, and far less between two: a machine that stands still for a second is no silence.
    await wait(arrivalMs / 6);
  }
  request.end('end');
  expect(await answer).toBe(201);
  expect((await server.get('/api/v1/uploads')).json.items).toMatchObject([{ name: 'slow.sma', bytes: 67 }]);
});

test('an upload of which nothing comes any more is ended, and leaves nothing', async () => {
  await using server = await openServer({ arrivalMs });
  const { request, answer } = begin(server, 'PUT', upload);
  request.write('the beginning');
  expect(await answer).toBe(408);
  while (files(server).length > 0) await wait(20);
});

test('whoever may send nothing, and whatever else is sent, has to arrive in time', async () => {
  await using server = await openServer({ arrivalMs });
  const denied = begin(server, 'PUT', upload, 'viewer');
  const ended = new Promise((resolve) => denied.request.once('close', resolve));
  const slow = begin(server, 'POST', '/api/v1/jobs');
  const drip = setInterval(() => {
    for (const { request } of [denied, slow]) request.write(' ');
  }, arrivalMs / 8);
  expect(await denied.answer).toBe(403);
  expect(await slow.answer).toBe(408);
  await ended;
  clearInterval(drip);
  expect((await server.get('/api/v1/server')).status).toBe(200);
});

test('what is answered for long is not taken for a request that comes slowly', async () => {
  await using server = await openServer({ arrivalMs });
  const stop = new AbortController();
  const headers = { authorization: `Bearer ${server.tokens.viewer}` };
  const events = await fetch(`${server.url}/api/v1/events`, { headers, signal: stop.signal });
  const reader = events.body!.getReader();
  expect((await reader.read()).done).toBe(false);
  await wait(arrivalMs * 2);
  await server.post('/api/v1/backups', {});
  expect((await reader.read()).done).toBe(false);
  stop.abort();
});
