// Database servers for a test run: one from the environment, or a private one that goes when the run ends.

import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One kind of server, as its file in this folder describes it. */
export interface TestServer {
  /** Name of the engine. */
  readonly name: string;
  /** Environment variable that holds the URL of a server to use. */
  readonly variable: string;
  /** Starts a private one, or says what is missing. @param options more of the server's own */
  start(...options: readonly string[]): Promise<Started | Missing>;
}

export interface Started {
  /** With the right to make databases. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface Missing {
  readonly missing: string;
}

/** Uid and gid to run a server as: servers refuse to run as root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** An unprivileged account where we are root, else undefined: then it is our own. */
export function unprivileged(...names: readonly string[]): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string, name: string): number => {
    const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : Number.NaN;
  };
  for (const name of [...names, 'nobody']) {
    const account = { uid: id('-u', name), gid: id('-g', name) };
    if (!Number.isNaN(account.uid)) return account;
  }
  throw new Error('this runs as root, and there is no account nobody');
}

export interface ServerFolder {
  readonly path: string;
  remove(): void;
}

/** A temporary folder that belongs to the account. */
export function serverFolder(name: string, account: Account | undefined): ServerFolder {
  const path = mkdtempSync(join(tmpdir(), `holdfast-${name}-`));
  if (account !== undefined) chownSync(path, account.uid, account.gid);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A port of the loopback interface that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
