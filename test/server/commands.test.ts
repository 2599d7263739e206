// The command line beside a running server: what writes is done by the server, with the output and the exit code of always.

import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { makeDemoCluster, type Simulator, startSimulator } from '@holdfast/domains/proxmox/simulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cli, openCli, type Ran } from '../cli/run-cli.ts';
import { openServer, password, type TestServer } from './open-server.ts';

let server: TestServer;
let cli: Cli;
let simulator: Simulator;

beforeAll(async () => {
  server = await openServer();
  cli = openCli({}, { oneProcess: true });
  simulator = await startSimulator({ cluster: makeDemoCluster() });
  writeFileSync(join(cli.folder, 'password'), `${password}\n`);
});
afterAll(async () => {
  cli[Symbol.dispose]();
  await simulator.close();
  await server[Symbol.asyncDispose]();
});

const run = (...args: string[]): Promise<Ran> => cli.run('--data', server.data, '--json', ...args);
const taken = (): number => server.running.context.commandsTaken();
/** Of a store that nobody serves: the same commands, done by themselves. */
const alone = (...args: string[]): Promise<Ran> => cli.run('--data', 'alone', '--json', ...args);
const served = (): string => join(server.data, 'server.json');

test('it is found by a file that only its owner reads', () => {
  expect(statSync(served()).mode & 0o777).toBe(0o600);
});

test('writing commands answer as they do without a server, and are credited to whoever typed them', async () => {
  const source = ['source', 'add', 'proxmox', 'lab', '--endpoint', simulator.url, '--token', simulator.token];
  const commands: readonly (readonly string[])[] = [
    [...source, '--fingerprint', simulator.fingerprint],
    [...source, '--fingerprint', simulator.fingerprint],
    ['source', 'test', 'lab'],
    ['source', 'test', 'other'],
    ['sync'],
    ['sync', '--accept', '01a1fff3-a515-7a6e-ba95-88cfc8bd9f62'],
    ['job', 'run', 'sync', 'lab'],
    ['job', 'cancel', '01a1fff3-a515-7a6e-ba95-88cfc8bd9f62'],
    ['user', 'add', 'ann', '--role', 'operator', '--password-file', 'password'],
    ['user', 'add', 'bob', '--password-file', 'missing'],
    ['user', 'remove', 'ann'],
    ['token', 'create', 'x', '--user', 'ann'],
    ['--yes', 'user', 'remove', 'ann'],
    ['drift', 'ack', 'proxmox.vm', 'lab/100', 'name'],
    ['drift', 'ignore', 'name'],
    ['backup', 'create', '--out', 'one.sma'],
    ['backup', 'schedule', 'set'],
    ['--yes', 'restore', 'one.sma', '--only', 'proxmox.vm', '--conflict', 'skip'],
    ['move', '--to', 'sqlite:there.db', '--dry-run'],
    ['move', '--to', 'sqlite:there.db'],
    ['undo'],
  ];
  const exits = new Set<number>();
  for (const args of commands) {
    const here = await alone(...args);
    if (args.includes('create')) rmSync(join(cli.folder, 'one.sma'), { force: true });
    const there = await run(...args);
    exits.add(here.exit);
    const told = `${args.join(' ')}: ${here.stdout.slice(0, 500)} ${there.stdout.slice(0, 500)} ${there.stderr}`;
    expect(there.exit, told).toBe(here.exit);
    expect(Object.keys(there.json).sort(), told).toEqual(Object.keys(here.json).sort());
    expect(there.json.error?.code, told).toBe(here.json.error?.code);
    // A relative path is meant from where it was typed.
    if (args.includes('--out')) expect(there.json.path).toBe(join(cli.folder, 'one.sma'));
  }
  expect([...exits].sort()).toEqual([0, 2, 3, 4, 7]);
  expect(taken()).toBe(commands.length);
  expect((await server.get('/metrics')).text).toContain(`\nholdfast_commands_total ${commands.length}\n`);
  const { items } = (await server.get('/api/v1/audit?entity=user&action=delete')).json;
  expect(items).toMatchObject([{ actor: userInfo().username, via: 'cli', entity: 'user' }]);
});

test('what only reads, what is about another database, and what comes from a pipe is done where it is typed', async () => {
  const before = taken();
  expect((await run('list', 'proxmox.vm')).json.items.length).toBeGreaterThan(3);
  expect((await run('job', 'list')).exit).toBe(0);
  expect((await run('--database', 'sqlite:alone/holdfast.db', 'source', 'test', 'other')).exit).toBe(4);
  expect((await run('drift', 'set', 'proxmox.vm', 'lab/100', '--file', '-')).exit).toBe(2);
  expect(taken()).toBe(before);
});

test('the database itself is taken for nothing else, whatever names it', async () => {
  const database = join(server.data, 'holdfast.db');
  const asked: readonly (readonly [string, readonly string[]])[] = [
    ['ARCHIVE_FOREIGN', ['--yes', 'restore', database]],
    ['ARCHIVE_FOREIGN', ['--yes', 'restore', `${database}-shm`, '--replace']],
    ['ARCHIVE_FOREIGN', ['backup', 'verify', database]],
    ['ARCHIVE_KEY_WRONG', ['backup', 'create', '--out', 'x.sma', '--key-file', database]],
    ['ARCHIVE_KEY_MISSING', ['backup', 'create', '--out', 'x.sma', '--passphrase-file', `${database}-wal`]],
    ['SETTING_INVALID', ['user', 'add', 'eve', '--password-file', database]],
    ['SETTING_INVALID', ['drift', 'set', 'proxmox.vm', 'lab/100', '--file', database]],
    ['SETTING_INVALID', ['source', 'add', 'shelly', 'x', '--addresses', `@${database}`]],
  ];
  for (const [code, args] of asked) {
    const { exit, json } = await run(...args);
    expect([json.error?.code, exit > 0], args.join(' ')).toEqual([code, true]);
    expect(json.error.message).toMatch(/database that is in use|EBUSY/);
  }
});

test('somebody without the token of the file is not heard', async () => {
  const { port, ...rest } = JSON.parse(readFileSync(served(), 'utf8'));
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  socket.write(`${JSON.stringify({ ...rest, token: 'x'.repeat(43), argv: ['status'] })}\n`);
  await once(socket, 'close');
  expect(heard).toBe('');
  const noise = connect(port, '127.0.0.1');
  noise.write('GET / HTTP/1.1\r\n\r\n');
  await once(noise, 'close');
});

test('the file of a server that was killed is known as such; one that ends takes its file along', async () => {
  const own = await openServer();
  const file = join(own.data, 'server.json');
  const add = (name: string) =>
    cli.run('--data', own.data, '--json', 'user', 'add', name, '--password-file', 'password');
  expect((await add('ann')).exit).toBe(0);
  expect(own.running.context.commandsTaken()).toBe(1);
  const told = JSON.parse(readFileSync(file, 'utf8'));
  const [host, , ...rest] = told.owner.split('/');
  // As killed: its process is gone, and somebody else has its port, or nobody.
  for (const dead of [
    { ...told, owner: [host, 4_194_000, ...rest].join('/') },
    { ...told, port: 9 },
  ]) {
    writeFileSync(file, JSON.stringify(dead));
    expect((await add(`user${dead.port}`)).exit).toBe(0);
  }
  expect(own.running.context.commandsTaken()).toBe(1);
  writeFileSync(file, JSON.stringify(told));
  await own.running.close();
  expect(existsSync(file)).toBe(false);
  await own[Symbol.asyncDispose]();
});
