// Signing in, the pinned certificate, and systems that cannot be reached.

import { createServer } from 'node:net';
import { isHoldfastError } from '@holdfast/core';
import { credentialsOf, requireSource } from '@holdfast/core/system';
import { expect, test } from 'vitest';
import { proxmoxCollector, vms } from './domain.ts';
import { incomplete, type Lab, openLab, unexpected } from './test-lab.ts';

const codes = async (lab: Lab): Promise<string[]> => [
  ...new Set(Object.values(incomplete(await lab.sync()))),
];

const testCode = async (lab: Lab): Promise<string> => {
  const source = await requireSource(lab.store, 'lab');
  try {
    await proxmoxCollector.test({ source, credentials: credentialsOf(source), signal: undefined });
    return 'fine';
  } catch (error) {
    return isHoldfastError(error) ? error.code : String(error);
  }
};

test('a user signs in with a ticket', async () => {
  await using lab = await openLab({ user: { username: 'root@pam', password: 'pa ss&wörd' } });
  await lab.connect({ user: 'root@pam', password: 'pa ss&wörd' });
  expect(unexpected(await lab.sync())).toEqual({});
  expect(lab.simulator.requests.filter(({ path }) => path === '/access/ticket')).toHaveLength(1);
  expect(await lab.store.repository(vms).count()).toBe(24);
});

test('a second factor is named, and so is the way around it', async () => {
  await using lab = await openLab({ user: { username: 'root@pam', password: 'secret', code: '123456' } });
  await lab.connect({ user: 'root@pam', password: 'secret' });
  expect(await codes(lab)).toEqual(['SOURCE_AUTH']);
});

test('a wrong token or password is refused by name', async () => {
  await using lab = await openLab();
  await lab.connect({ token: 'root@pam!holdfast=00000000-0000-0000-0000-000000000000' });
  expect(await codes(lab)).toEqual(['SOURCE_AUTH']);
  expect(await testCode(lab)).toBe('SOURCE_AUTH');
  await lab.connect({ user: 'root@pam', password: 'wrong' });
  expect(await codes(lab)).toEqual(['SOURCE_AUTH']);
});

test('a changed certificate is noticed before any credential is sent', async () => {
  await using lab = await openLab();
  const { fingerprint } = lab.simulator;
  await lab.connect({
    fingerprint: fingerprint.replaceAll(':', '').replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
  });
  expect(await codes(lab)).toEqual(['SOURCE_FINGERPRINT']);
  expect(lab.simulator.requests).toEqual([]);
});

test('a self-signed certificate is refused unless it is pinned or waved through', async () => {
  await using lab = await openLab();
  await lab.connect({ fingerprint: undefined });
  expect(await codes(lab)).toEqual(['SOURCE_TLS']);
  expect(lab.simulator.requests).toEqual([]);
  await lab.connect({ fingerprint: undefined, insecure: true });
  expect(unexpected(await lab.sync())).toEqual({});
});

test('plain HTTP works where the system speaks it', async () => {
  await using lab = await openLab({ tls: false });
  expect(unexpected(await lab.sync())).toEqual({});
});

test('a closed port is named', async () => {
  await using lab = await openLab();
  await lab.connect({ endpoint: 'https://127.0.0.1:1' });
  expect(await codes(lab)).toEqual(['SOURCE_UNREACHABLE']);
  expect(await testCode(lab)).toBe('SOURCE_UNREACHABLE');
});

test('something that speaks no HTTP is named', async () => {
  const server = createServer((socket) => socket.end('220 mail.example ESMTP\r\n')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await using lab = await openLab();
  await lab.connect({ endpoint: `http://127.0.0.1:${port}`, fingerprint: undefined });
  expect(await codes(lab)).toEqual(['RESPONSE_UNEXPECTED']);
  await lab.connect({ endpoint: `https://127.0.0.1:${port}` });
  expect(await codes(lab)).toEqual(['SOURCE_TLS']);
  server.close();
});
