// Signing in with tokens, tickets and second factors.
import { describe, expect, it } from 'vitest';
import type { ApiVersion } from './simulator.ts';
import { ask, simulators } from './test-client.ts';

const start = simulators();

describe('sign-in', () => {
  it('takes the token', async () => {
    const simulator = await start({ token: 'audit@pve!read=11111111-2222-3333-4444-555555555555' });
    expect((await ask(simulator, '/version')).status).toBe(200);
  });

  it.each<[ApiVersion, string]>([
    [6, 'invalid token value!'],
    [9, 'Authentication failed!'],
  ])('refuses a wrong token in version %i with an empty 401', async (version, reason) => {
    const simulator = await start({ version });
    const headers = { authorization: 'PVEAPIToken=root@pam!holdfast=00000000-0000-0000-0000-000000000000' };
    expect(await ask(simulator, '/version', { headers })).toMatchObject({ status: 401, reason, text: '' });
    expect(await ask(simulator, '/version', { headers: {} })).toMatchObject({
      status: 401,
      reason: 'No ticket',
    });
  });

  it.each([
    ['application/x-www-form-urlencoded', 'username=root%40pam&password=p+w'],
    ['application/json', '{"username":"root@pam","password":"p w"}'],
  ])('hands out a ticket for %s', async (type, body) => {
    const simulator = await start({ user: { username: 'root@pam', password: 'p w' } });
    const reply = await ask(simulator, '/access/ticket', {
      method: 'POST',
      headers: { 'content-type': type, 'content-length': String(body.length) },
      body,
    });
    const { ticket, CSRFPreventionToken, clustername, username } = JSON.parse(reply.text).data;
    expect({ username, clustername }).toEqual({ username: 'root@pam', clustername: 'homelab' });
    expect(ticket).toMatch(/^PVE:root@pam:[0-9A-F]{8}::/);
    const cookie = `PVEAuthCookie=${encodeURIComponent(ticket)}`;
    expect((await ask(simulator, '/version', { headers: { cookie } })).status).toBe(200);
    const write = { method: 'DELETE', headers: { cookie } };
    expect((await ask(simulator, '/version', write)).status).toBe(401);
    const token = { method: 'DELETE', headers: { cookie, CSRFPreventionToken } };
    expect((await ask(simulator, '/version', token)).status).toBe(501);
    const forged = { cookie: cookie.replace('root', 'toor') };
    expect((await ask(simulator, '/version', { headers: forged })).status).toBe(401);
  });

  it('answers a wrong password with 401 and a body', async () => {
    const simulator = await start({ version: 7 });
    const body = 'username=root@pam&password=wrong';
    const headers = { 'content-length': String(body.length) };
    const reply = await ask(simulator, '/access/ticket', { method: 'POST', headers, body });
    expect(reply).toMatchObject({ status: 401, reason: 'authentication failure', text: '{"data":null}' });
  });

  it('does not let tokens sign in', async () => {
    const simulator = await start();
    const body = 'username=root@pam&password=holdfast';
    const headers = {
      authorization: `PVEAPIToken=${simulator.token}`,
      'content-length': String(body.length),
    };
    expect((await ask(simulator, '/access/ticket', { method: 'POST', headers, body })).status).toBe(403);
  });

  it.each<[ApiVersion]>([[6], [9]])('asks for the second factor in version %i', async (version) => {
    const simulator = await start({
      version,
      user: { username: 'root@pam', password: 'pw', code: '123456' },
    });
    const post = async (path: string, fields: Record<string, string>, cookie?: string) => {
      const body = new URLSearchParams(fields).toString();
      const headers = { 'content-length': String(body.length), ...(cookie === undefined ? {} : { cookie }) };
      return ask(simulator, path, { method: 'POST', headers, body });
    };
    const first = JSON.parse(
      (await post('/access/ticket', { username: 'root@pam', password: 'pw' })).text,
    ).data;
    expect(first.NeedTFA).toBe(1);
    expect(first.ticket).toContain('tfa!');
    const cookie = `PVEAuthCookie=${encodeURIComponent(first.ticket)}`;
    expect(await ask(simulator, '/version', { headers: { cookie } })).toMatchObject({
      status: 401,
      reason: 'No ticket',
    });
    const second = (code: string) =>
      version === 6
        ? post('/access/tfa', { response: code }, cookie)
        : post('/access/ticket', {
            username: 'root@pam',
            password: `totp:${code}`,
            'tfa-challenge': first.ticket,
          });
    expect((await second('000000')).status).toBe(401);
    const { ticket } = JSON.parse((await second('123456')).text).data;
    const full = { headers: { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}` } };
    expect((await ask(simulator, '/version', full)).status).toBe(200);
  });
});
