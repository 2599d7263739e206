// Events as they are followed: over WebSocket and as a stream, after a break, by those who do not read, until signed out.

import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openServer, password, type TestServer } from './open-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: events of every shape.
type Event = any;

interface Follower {
  readonly events: Event[];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  /** Waits for an event. */
  until(matches: (event: Event) => boolean): Promise<Event>;
}

let server: TestServer;
const resource = '/api/v1/resources/shelly.notification_template';

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server[Symbol.asyncDispose]());

function follow(
  query = '',
  headers: Record<string, string> = { authorization: `Bearer ${server.tokens.viewer}` },
) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/events${query}`, { headers });
  const events: Event[] = [];
  socket.on('message', (data) => events.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
  socket.on('error', () => {});
  const until = async (matches: (event: Event) => boolean): Promise<Event> => {
    for (;;) {
      const found = events.find(matches);
      if (found !== undefined) return found;
      if (socket.readyState === WebSocket.CLOSED) throw new Error(`closed after ${JSON.stringify(events)}`);
      await wait(20);
    }
  };
  return { socket, events, closed, until } satisfies Follower;
}

let next = 1;
async function makeTemplate(): Promise<{ id: string; request: string }> {
  const id = `00000000-0000-7000-8000-${String(next++).padStart(12, '0')}`;
  const kinds = (await server.get('/api/v1/resources')).json.items;
  const { columns } = kinds.find((kind: Event) => kind.resource === 'shelly.notification_template');
  const type = columns.find((column: Event) => column.name === 'type');
  const values = Object.fromEntries(
    columns
      .filter((column: Event) => !column.auto && !column.nullable)
      .map(({ name, kind }: Event) => [
        name,
        kind === 'bool' ? true : kind === 'json' ? [] : kind === 'int' ? next : id,
      ]),
  );
  const made = await server.post(resource, { ...values, ...(type?.values ? { type: type.values[0] } : {}) });
  expect(made.status, made.text).toBe(201);
  return { id: made.json.id, request: made.headers.get('x-request-id')! };
}

test('a change is told with who made it, a job with how it gets on', async () => {
  const one = follow();
  const hello = await one.until(({ type }) => type === 'hello');
  expect(hello).toMatchObject({ as: 'viewer', topics: ['changes', 'jobs', 'drift', 'sources'] });
  const { id, request } = await makeTemplate();
  const change = await one.until(({ type }) => type === 'change');
  expect(change).toMatchObject({
    ...{ resource: 'shelly.notification_template', record: id, change: 'created' },
    ...{ actor: 'admin', via: 'api', request },
  });
  const asked = await server.post('/api/v1/drift/runs');
  const done = await one.until(({ type, job }) => type === 'job' && job.state === 'done');
  expect(done.job.id).toBe(asked.json.job.id);
  expect(await one.until(({ type }) => type === 'drift')).toMatchObject({ run: { state: 'done' } });
  one.socket.close();
  expect(await one.closed).toBe(1005);
});

test('whoever comes back hears what was missed, in its topics and resources alone', async () => {
  const one = follow('?topics=changes');
  await one.until(({ type }) => type === 'hello');
  const before = await makeTemplate();
  const last = await one.until(({ record }) => record === before.id);
  one.socket.close();
  await one.closed;
  const missed = await makeTemplate();
  const again = follow(`?topics=changes&resource=shelly&last=${encodeURIComponent(last.id)}`);
  await again.until(({ record }) => record === missed.id);
  const later = await makeTemplate();
  await again.until(({ record }) => record === later.id);
  const keys = again.events.filter(({ type }) => type === 'change').map(({ key }) => key);
  expect(keys).toContain((await again.until(({ record }) => record === missed.id)).key);
  const other = follow(`?resource=dns,proxmox.vm&topics=changes&last=${encodeURIComponent(last.id)}`);
  await other.until(({ type }) => type === 'hello');

  const unheard = await makeTemplate();
  // Each look tells all of them, one after the other.
  await again.until(({ record }) => record === unheard.id);
  await makeTemplate();
  expect(other.events.map(({ type }) => type)).toEqual(['hello']);
  expect(await follow('?last=nonsense').closed).toBe(1006);
  for (const { socket } of [again, other]) socket.close();
});

test('whoever reads first and follows then, from the event of its session, misses nothing between', async () => {
  const readThenFollow = async (): Promise<void> => {
    const { lastEvent } = (await server.get('/api/v1/session', { as: 'viewer' })).json;
    const between = await makeTemplate();
    const one = follow(`?last=${encodeURIComponent(lastEvent)}`);
    expect(await one.until(({ type }) => type === 'hello')).toMatchObject({ id: lastEvent });
    await one.until(({ record }) => record === between.id);
    one.socket.close();
    await one.closed;
  };
  await expect.poll(() => server.running.context.connections.size).toBe(0);
  await readThenFollow();
  const other = follow();
  await other.until(({ type }) => type === 'hello');
  await readThenFollow();
  other.socket.close();
});

test('as a stream: ids, kinds and data, for those who only listen', async () => {
  const { hostname, port } = new URL(server.url);
  const headers = { authorization: `Bearer ${server.tokens.viewer}`, accept: 'text/event-stream' };
  const asked = get({ hostname, port, path: '/api/v1/events?topics=changes', headers });
  const [response] = await once(asked, 'response');
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'x-content-type-options': 'nosniff',
  });
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  while (!text.includes('event: hello')) await wait(20);
  const { id } = await makeTemplate();
  while (!text.includes(id)) await wait(20);
  expect(text).toMatch(/^id: \S+\nevent: change\ndata: \{"type":"change".*\}$/m);
  const seen = (await server.get('/api/v1/connections')).json;
  expect(seen.items.map(({ transport }: Event) => transport)).toContain('sse');
  asked.destroy();
});

test('only whoever may act is a controller, and both are counted', async () => {
  const operator = { authorization: `Bearer ${server.tokens.operator}` };
  const refused = follow('?as=controller');
  expect(await refused.closed).toBe(1006);
  const one = follow('?as=controller', operator);
  await one.until(({ type }) => type === 'hello');
  const { json } = await server.get('/api/v1/connections', { as: 'operator' });
  expect(json.controllers).toBe(1);
  expect(json.items.find(({ as }: Event) => as === 'controller')).toMatchObject({
    user: 'operator',
    transport: 'websocket',
  });
  one.socket.close();
});

test('a page of another site opens no socket, and signing out closes those that are open', async () => {
  const body = { username: 'viewer', password };
  const signedIn = await server.post('/api/v1/session', body, { as: null });
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  expect(await follow('', { cookie, origin: 'https://evil.example' }).closed).toBe(1006);
  expect(await follow('', {}).closed).toBe(1006);
  const one = follow('', { cookie, origin: server.url });
  await one.until(({ type }) => type === 'hello');
  await server.ask('DELETE', '/api/v1/session', {
    as: null,
    headers: { cookie, 'x-holdfast-csrf': signedIn.json.csrf },
  });
  expect(await one.closed).toBe(4401);
});

test('a client that does not read is disconnected, and the others go on', async () => {
  const [slow, quick] = [follow('?topics=drift'), follow('?topics=changes')];
  await slow.until(({ type }) => type === 'hello');
  await quick.until(({ type }) => type === 'hello');
  (slow.socket as unknown as { _socket: { pause(): void; resume(): void } })._socket.pause();
  const { connections } = server.running.context;
  const text = JSON.stringify({ type: 'drift', filling: 'x'.repeat(100_000) });
  for (let round = 0; connections.dropped === 0; round++) {
    expect(round).toBeLessThan(5_000);
    connections.tell([{ id: 'x', topic: 'drift', type: 'drift', text }]);
    await wait(1);
  }
  expect(connections.all.map(({ wants }) => wants.as)).toContain('viewer');
  expect((await server.get('/metrics')).text).toContain('holdfast_connections_dropped_total 1');
  (slow.socket as unknown as { _socket: { resume(): void } })._socket.resume();
  expect(await slow.closed).toBeOneOf([1006, 1013]);
  const { id } = await makeTemplate();
  await quick.until(({ record }) => record === id);
  quick.socket.close();
});
