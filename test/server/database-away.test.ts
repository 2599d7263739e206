// The database goes away while it is served, and comes back: said by name, nothing is written meanwhile, followers go on.

import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { tcpProxy } from '../archive-targets/tcp-proxy.ts';
import { engines } from '../engines.ts';
import { openServer } from './open-server.ts';

const api = '/api/v1';

test.for(engines.filter(({ name }) => name !== 'sqlite'))(
  '$name: reads and writes are refused while it is away, and done again once it is back',
  async (engine) => {
    const own = new URL(await engine.url());
    const proxy = await tcpProxy(Number(own.port));
    onTestFinished(() => proxy.close());
    own.host = `127.0.0.1:${proxy.port}`;
    const server = await openServer({ url: own.href });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${api}/events`, {
      headers: { authorization: `Bearer ${server.tokens.viewer}` },
    });
    const told: { type: string; job?: { id: string } }[] = [];
    socket.on('message', (text) => told.push(JSON.parse(String(text))));
    const until = async (look: () => Promise<boolean> | boolean): Promise<void> => {
      while (!(await look())) await wait(50);
    };
    await until(() => told.some(({ type }) => type === 'hello'));
    const add = (username: string) =>
      server.post(`${api}/users`, { username, password: 'correct horse battery staple' });
    expect((await add('before')).status).toBe(201);

    proxy.goAway();
    const read = await server.get(`${api}/resources/proxmox.vm`);
    const written = await add('meanwhile');
    for (const refused of [read, written])
      expect([refused.status, refused.json.error.code], refused.text).toEqual([503, 'DATABASE_UNREACHABLE']);
    expect(await server.get('/ready', { as: null })).toMatchObject({
      ...{ status: 503, json: { ready: false, checks: { database: 'failing' } } },
    });
    expect((await server.get('/health', { as: null })).status).toBe(200);

    proxy.comeBack();
    await until(async () => (await server.get('/ready', { as: null })).status === 200);
    expect((await server.get(`${api}/resources/proxmox.vm`)).status).toBe(200);
    const names = (await server.get(`${api}/users`)).json.items.map(
      ({ username }: { username: string }) => username,
    );
    expect(names).toContain('before');
    // What was refused was not done.
    expect(names).not.toContain('meanwhile');
    const { job } = (await server.post(`${api}/drift/runs`)).json;
    await until(() => told.some((event) => event.job?.id === job.id));
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
  },
);
