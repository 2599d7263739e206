// The simulator as a web server: TLS, envelopes, errors and limits.
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ApiVersion, setStatus } from './simulator.ts';
import { ask, dataOf, simulators } from './test-client.ts';

const start = simulators();

type Row = Record<string, unknown>;
const byId = (rows: Row[], key: string, value: unknown): Row => rows.find((row) => row[key] === value) as Row;

describe('TLS', () => {
  it('shows the certificate whose fingerprint it tells, also in the node list', async () => {
    const simulator = await start({ tls: true });
    const reply = await ask(simulator, '/nodes');
    expect(simulator.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(reply.fingerprint).toBe(simulator.fingerprint);
    expect(byId(JSON.parse(reply.text).data, 'node', 'pve1').ssl_fingerprint).toBe(simulator.fingerprint);
  });

  it('redirects plain HTTP on the same port', async () => {
    const simulator = await start({ tls: true });
    const plain = { ...simulator, url: simulator.url.replace('https:', 'http:') };
    expect(await ask(plain, '/version')).toMatchObject({
      status: 301,
      headers: { location: `${simulator.url}/api2/json/version` },
    });
    expect((await ask(plain, '/access/ticket', { method: 'POST', body: 'a=b' })).status).toBe(308);
  });
});

describe('envelope, headers and limits', () => {
  it('answers like the product', async () => {
    const simulator = await start();
    const reply = await ask(simulator, '/version');
    expect(reply.headers).toMatchObject({
      server: 'pve-api-daemon/3.0',
      'content-type': 'application/json;charset=UTF-8',
      'cache-control': 'max-age=0',
    });
    expect(simulator.requests).toEqual([{ method: 'GET', path: '/version', status: 200 }]);
  });

  it('has the extjs format, which is always 200', async () => {
    const simulator = await start();
    const good = JSON.parse((await ask(simulator, '/version', { prefix: '/api2/extjs' })).text);
    expect(good).toMatchObject({ success: 1, data: { release: '9.2' } });
    const bad = await ask(simulator, '/nodes/pve1/qemu/999/config', { prefix: '/api2/extjs' });
    expect(bad.status).toBe(200);
    expect(JSON.parse(bad.text)).toMatchObject({ success: 0, status: 500, data: null });
  });

  it.each<[ApiVersion, string[]]>([
    [7, ['data']],
    [8, ['data', 'message']],
  ])('puts the message into the body only in new versions: %i', async (version, keys) => {
    const simulator = await start({ version });
    const reply = await ask(simulator, '/nodes/pve1/lxc/999/config');
    expect(reply.status).toBe(500);
    expect(reply.reason).toBe("Configuration file 'nodes/pve1/lxc/999.conf' does not exist");
    expect(Object.keys(JSON.parse(reply.text)).sort()).toEqual(keys);
  });

  it.each([
    ['/nothing', {}, "Method 'GET /nothing' not implemented"],
    ['/version', { method: 'HEAD' }, "method 'HEAD' not available"],
    ['/version', { method: 'POST' }, "Method 'POST /version' not implemented"],
    ['/version', { prefix: '/api2/nope' }, 'no formatter for uri /version, nope'],
    ['/version', { prefix: '/elsewhere' }, "no such file '/elsewhere/version'"],
  ])('says 501 for %s %o', async (path, options, reason) => {
    expect(await ask(await start(), path, options)).toMatchObject({ status: 501, reason });
  });

  it('refuses bodies on GET, chunked bodies, big bodies and odd types', async () => {
    const simulator = await start();
    const authorization = `PVEAPIToken=${simulator.token}`;
    const withBody = { authorization, 'content-length': '3' };
    expect(await ask(simulator, '/version', { headers: withBody, body: 'a=b' })).toMatchObject({
      status: 501,
      reason: "Unexpected content for method 'GET'",
    });
    const chunked = { authorization, 'transfer-encoding': 'chunked' };
    expect(
      (await ask(simulator, '/access/ticket', { method: 'POST', headers: chunked, body: 'a=b' })).reason,
    ).toBe('chunked transfer encoding not supported');
    const big = { 'content-length': String(512 * 1024 + 1) };
    expect((await ask(simulator, '/access/ticket', { method: 'POST', headers: big })).reason).toBe(
      'for data too large',
    );
    const odd = { 'content-type': 'text/plain', 'content-length': '3' };
    expect(
      (await ask(simulator, '/access/ticket', { method: 'POST', headers: odd, body: 'a=b' })).status,
    ).toBe(506);
  });

  it('verifies parameters', async () => {
    const simulator = await start();
    const errors = async (path: string) => {
      const reply = await ask(simulator, path);
      expect(reply).toMatchObject({ status: 400, reason: 'Parameter verification failed.' });
      return JSON.parse(reply.text).errors;
    };
    expect(Object.keys(await errors('/version?colour=red'))).toEqual(['colour']);
    expect(Object.keys(await errors('/cluster/resources?type=guest'))).toEqual(['type']);
    expect(Object.keys(await errors('/nodes/pve1/tasks?limit=-1&errors=maybe')).sort()).toEqual([
      'errors',
      'limit',
    ]);
    expect(Object.keys(await errors('/nodes/pve1/qemu/12/config'))).toEqual(['vmid']);
    expect(await errors('/nodes/pve1/tasks/UPID:nonsense/status')).toEqual({
      upid: 'unable to parse worker upid',
    });
  });

  it('keeps a connection for 100 requests and closes it after errors', async () => {
    const simulator = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const connection = async (path: string) => (await ask(simulator, path, { agent })).headers.connection;
    for (let count = 1; count < 100; count += 1) expect(await connection('/version')).toBe('Keep-Alive');
    expect(await connection('/version')).toBe('close');
    expect(await connection('/nowhere')).toBe('close');
    agent.destroy();
  });

  it('compresses for clients that take it', async () => {
    const simulator = await start();
    const port = Number(new URL(simulator.url).port);
    const raw = await new Promise<Buffer>((resolve) => {
      const chunks: Buffer[] = [];
      const socket = connect(port, '127.0.0.1', () => {
        const lines = [
          'GET /api2/json/cluster/resources HTTP/1.1',
          'Host: x',
          'Connection: close',
          'Accept-Encoding: gzip',
        ];
        socket.write(`${lines.join('\r\n')}\r\nAuthorization: PVEAPIToken=${simulator.token}\r\n\r\n`);
      });
      socket.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
    });
    const split = raw.indexOf('\r\n\r\n');
    expect(raw.subarray(0, split).toString()).toContain('Content-Encoding: gzip');
    expect(JSON.parse(gunzipSync(raw.subarray(split + 4)).toString()).data.length).toBeGreaterThan(40);
  });

  it('survives garbage and ends open connections on close', async () => {
    const simulator = await start();
    const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined));
    socket.write('\u0000\u0001 this is no HTTP\r\n\r\n');
    await closed;
    const idle = connect(Number(new URL(simulator.url).port), '127.0.0.1');
    const ended = new Promise((resolve) => idle.on('close', resolve).on('error', () => undefined));
    await new Promise((resolve) => idle.once('connect', resolve));
    await ask(simulator, '/version');
    await simulator.close();
    await ended;
  });
});

describe('time goes on while it runs', () => {
  it('shows changes in the next answer', async () => {
    const simulator = await start();
    const row = async (): Promise<Row> => byId(await dataOf(simulator, '/nodes/pve3/qemu'), 'vmid', 107);
    expect((await row()).status).toBe('stopped');
    setStatus(simulator.cluster, 107, 'running');
    expect(await row()).toMatchObject({ status: 'running', pid: expect.any(Number), uptime: 1 });
    const [task]: Row[] = await dataOf(simulator, '/nodes/pve3/tasks?vmid=107&limit=1');
    expect(task).toMatchObject({ type: 'qmstart', status: 'OK' });
  });
});
