// Servers that keep archives, for tests that need one: started by the test, and gone with it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { TargetCredentials, TargetSettings } from '@holdfast/core/targets';
import type { Account } from '../engines/server.ts';

/** One kind of server, as its file in this folder describes it. */
export interface TargetServer {
  readonly name: string;
  /** What this machine lacks to start one; undefined where it has everything. */
  missing(): string | undefined;
  start(): Promise<RunningServer>;
}

export interface RunningServer {
  readonly port: number;
  /** A new, empty place. @param port of a proxy in front of the server */
  place(port?: number): Promise<{ settings: TargetSettings; credentials: TargetCredentials }>;
  stop(): Promise<void>;
}

/** Starts a program, and waits until its port answers. */
export async function startServer(
  command: string,
  args: readonly string[],
  options: { readonly account: Account | undefined; readonly cwd: string; readonly port: number },
): Promise<ChildProcess> {
  const { account, cwd, port } = options;
  const server = spawn(command, args, { ...account, cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr!.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-2000);
  });
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error(`${command} ended with ${server.exitCode}: ${said}`);
    await wait(50);
  }
  return server;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}
