// A private PostgreSQL from the installed binaries. It is as durable as any, so that doctor finds nothing, and
// its own order of text is not that of bytes, so that the tests notice where an order is left to it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, serverFolder, type TestServer, unprivileged } from './server.ts';

/** The newest installed version. */
function binaries(): string | undefined {
  const root = '/usr/lib/postgresql';
  const installed = existsSync(root) ? readdirSync(root) : [];
  const [newest] = installed.sort((a, b) => Number(b) - Number(a));
  if (newest !== undefined) return join(root, newest, 'bin');
  const found = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

export const postgresServer: TestServer = {
  name: 'postgres',
  variable: 'HOLDFAST_TEST_POSTGRES',
  async start() {
    const bin = binaries();
    if (bin === undefined || !existsSync(join(bin, 'initdb')))
      return { missing: 'no PostgreSQL server is installed' };
    const account = unprivileged('postgres');
    const folder = serverFolder('postgres', account);
    const data = join(folder.path, 'data');
    const made = spawnSync(
      join(bin, 'initdb'),
      [
        ...['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '--encoding=UTF8', '--locale=C.UTF-8'],
        ...['--locale-provider=icu', '--icu-locale=und'],
      ],
      { ...account, cwd: folder.path, encoding: 'utf8' },
    );
    if (made.status !== 0) {
      folder.remove();
      return { missing: `initdb failed: ${made.stderr.trim()}` };
    }
    const port = await freePort();
    appendFileSync(
      join(data, 'postgresql.conf'),
      [
        `port = ${port}`,
        `listen_addresses = '127.0.0.1'`,
        `unix_socket_directories = '${folder.path}'`,
        'max_connections = 300',
        'shared_buffers = 128MB',
        // Tests make and drop thousands of tables.
        'max_locks_per_transaction = 512',
        'autovacuum_naptime = 10s',
        `log_min_messages = fatal\n`,
      ].join('\n'),
    );
    const server = spawn(join(bin, 'postgres'), ['-D', data], {
      ...account,
      cwd: folder.path,
      stdio: 'ignore',
    });
    await ready(join(bin, 'pg_isready'), port, server);
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      async stop() {
        const ended = new Promise((resolve) => server.once('exit', resolve));
        // Fast shutdown: it throws out whoever is still there.
        server.kill('SIGINT');
        await ended;
        folder.remove();
      },
    };
  },
};

async function ready(isReady: string, port: number, server: ChildProcess): Promise<void> {
  while (spawnSync(isReady, ['-q', '-h', '127.0.0.1', '-p', String(port)]).status !== 0) {
    if (server.exitCode !== null)
      throw new Error(`PostgreSQL ended with ${server.exitCode} while it started`);
    await wait(50);
  }
}
