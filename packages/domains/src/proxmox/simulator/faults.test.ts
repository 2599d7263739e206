// Every kind of fault, as a client sees it.
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { hostileNames } from './fault-data.ts';
import { ask, dataOf, simulators } from './test-client.ts';

const start = simulators();

type Row = Record<string, unknown>;
const path = '/nodes/pve1/qemu';

describe('rules', () => {
  it('match whole paths or patterns, as often as they say', async () => {
    const simulator = await start();
    simulator.faults.add({ path, kind: 'status', status: 596, reason: 'Broken pipe', times: 2 });
    const remove = simulator.faults.add({ path: /\/lxc$/, kind: 'status', status: 501 });
    expect((await ask(simulator, `${path}/100/config`)).status).toBe(200);
    expect(await ask(simulator, `${path}?full=1`)).toMatchObject({
      status: 596,
      reason: 'Broken pipe',
      text: '',
    });
    expect((await ask(simulator, path)).status).toBe(596);
    expect((await ask(simulator, path)).status).toBe(200);
    expect((await ask(simulator, '/nodes/pve2/lxc')).status).toBe(501);
    expect(simulator.faults.active).toHaveLength(1);
    remove();
    expect((await ask(simulator, '/nodes/pve2/lxc')).status).toBe(200);
  });

  it('act together, and can be cleared', async () => {
    const simulator = await start();
    simulator.faults.add({ path, kind: 'slow', delayMs: 5 });
    simulator.faults.add({
      path,
      kind: 'status',
      status: 403,
      reason: 'Permission check failed (/vms/100, VM.Audit)',
    });
    expect(await ask(simulator, path)).toMatchObject({ status: 403, text: '{"data":null}' });
    simulator.faults.clear();
    expect((await ask(simulator, path)).status).toBe(200);
  });
});

describe.each([false, true])('transport faults, TLS %s', (tls) => {
  it('resets before and after the headers', async () => {
    const simulator = await start({ tls });
    const remove = simulator.faults.add({ path, kind: 'reset' });
    await expect(ask(simulator, path)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(simulator.requests.at(-1)).toEqual({ method: 'GET', path, status: 0 });
    remove();
    simulator.faults.add({ path, kind: 'reset', afterBytes: 10 });
    await expect(ask(simulator, path)).rejects.toThrow();
    simulator.faults.clear();
    expect((await ask(simulator, path)).status).toBe(200);
  });

  it('truncates what it promised', async () => {
    const simulator = await start({ tls });
    simulator.faults.add({ path, kind: 'truncate' });
    await expect(ask(simulator, path)).rejects.toThrow(/aborted|ECONNRESET/);
  });

  it('trickles the whole answer', async () => {
    const simulator = await start({ tls });
    simulator.faults.add({ path: '/version', kind: 'trickle', delayMs: 0, afterBytes: 20 });
    expect(await dataOf(simulator, '/version')).toMatchObject({ release: '9.2' });
  });
});

describe('answers that are not what they should be', () => {
  it('sends HTML', async () => {
    const simulator = await start();
    simulator.faults.add({ path, kind: 'not-json' });
    const reply = await ask(simulator, path);
    expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'text/html;charset=UTF-8' } });
    expect(() => JSON.parse(reply.text)).toThrow();
  });

  it('sends another shape', async () => {
    const simulator = await start();
    simulator.faults.add({ path, kind: 'wrong-shape', times: 1 });
    simulator.faults.add({ path: '/nodes', kind: 'wrong-shape', body: '{"success":1}' });
    expect((await ask(simulator, path)).text).toBe('{"data":null}');
    expect((await ask(simulator, '/nodes')).text).toBe('{"success":1}');
  });

  it('streams a huge list that is valid to its end', async () => {
    const simulator = await start();
    simulator.faults.add({ path, kind: 'huge', bytes: 3_000_000, times: 1 });
    const { text } = await ask(simulator, path);
    expect(text.length).toBeGreaterThan(3_000_000);
    expect(JSON.parse(text).data[0]).toMatchObject({ vmid: 100 });
  });

  it('goes on after a client has had enough of a huge list', async () => {
    const simulator = await start();
    simulator.faults.add({ path, kind: 'huge' });
    await new Promise<void>((resolve, reject) => {
      let seen = 0;
      const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1', () => {
        socket.write(
          `GET /api2/json${path} HTTP/1.1\r\nHost: x\r\nAuthorization: PVEAPIToken=${simulator.token}\r\n\r\n`,
        );
      });
      socket.on('error', reject).on('close', () => resolve());
      socket.on('data', (chunk) => {
        seen += chunk.length;
        if (seen > 1_000_000) socket.destroy();
      });
    });
    expect((await ask(simulator, '/version')).status).toBe(200);
  });

  it('repeats rows', async () => {
    const simulator = await start();
    const before: Row[] = await dataOf(simulator, path);
    simulator.faults.add({ path, kind: 'duplicate' });
    const rows: Row[] = await dataOf(simulator, path);
    expect(rows.length).toBeGreaterThan(before.length);
    expect(new Set(rows.map((row) => row.vmid))).toEqual(new Set(before.map((row) => row.vmid)));
  });

  it('adds and drops fields', async () => {
    const simulator = await start();
    simulator.faults.add({ path, kind: 'unknown-fields', times: 1 });
    const rows: Row[] = await dataOf(simulator, path);
    expect(rows[0]).toMatchObject({ 'x-future-null': null, 'x-future-list': [], vmid: expect.any(Number) });
    simulator.faults.add({ path, kind: 'missing-fields' });
    const thin: Row[] = await dataOf(simulator, path);
    for (const row of thin)
      expect(row).toMatchObject({ vmid: expect.any(Number), status: expect.any(String) });
    expect(new Set(thin.map((row) => Object.keys(row).sort().join())).size).toBeGreaterThan(1);
  });

  it('gives hostile names and leaves the cluster alone', async () => {
    const simulator = await start();
    simulator.faults.add({ path: '/cluster/resources', kind: 'hostile-names' });
    const reply = await ask(simulator, '/cluster/resources?type=vm');
    expect(reply.text).toContain('\\u0000');
    expect(reply.text).toContain('\\ud800');
    const names = new Set(JSON.parse(reply.text).data.map((row: Row) => row.name));
    for (const name of hostileNames) expect(names).toContain(name);
    expect(simulator.cluster.guests.get(100)?.config.name).toBe('opnsense');
  });
});
