// A private MariaDB from the installed binaries. It is as durable as any, so that doctor finds nothing, and its own
// order of text is neither that of bytes nor mindful of spaces, so that the tests notice where an order is left to it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, serverFolder, type TestServer, unprivileged } from './server.ts';

const folders = ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
const find = (name: string): string | undefined =>
  folders.map((folder) => join(folder, name)).find((path) => existsSync(path));

export const mysqlServer: TestServer = {
  name: 'mysql',
  variable: 'HOLDFAST_TEST_MYSQL',
  async start(...more) {
    const [server, install] = [find('mariadbd'), find('mariadb-install-db')];
    if (server === undefined || install === undefined) return { missing: 'no MariaDB server is installed' };
    const account = unprivileged('mysql');
    const folder = serverFolder('mysql', account);
    const options = ['--no-defaults', `--datadir=${join(folder.path, 'data')}`];
    const made = spawnSync(
      install,
      [
        ...options,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        '--innodb-log-file-size=64M',
      ],
      { ...account, cwd: folder.path, encoding: 'utf8' },
    );
    if (made.status !== 0) {
      folder.remove();
      return { missing: `mariadb-install-db failed: ${made.stderr.trim()}` };
    }
    const port = await freePort();
    const running = spawn(
      server,
      [
        ...options,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--socket=${join(folder.path, 'socket')}`,
        `--pid-file=${join(folder.path, 'pid')}`,
        // Each server clears it when it starts.
        `--tmpdir=${folder.path}`,
        '--max-connections=300',
        '--character-set-server=utf8mb4',
        '--collation-server=utf8mb4_general_ci',
        '--innodb-buffer-pool-size=128M',
        '--innodb-log-file-size=64M',
        // Tests make and drop thousands of tables.
        '--table-definition-cache=4000',
        '--max-prepared-stmt-count=200000',
        '--skip-name-resolve',
        ...more,
      ],
      { ...account, cwd: folder.path, stdio: 'ignore' },
    );
    await ready(port, running);
    return {
      url: `mysql://root@127.0.0.1:${port}/mysql`,
      async stop() {
        const ended = new Promise((resolve) => running.once('exit', resolve));
        running.kill('SIGTERM');
        await ended;
        folder.remove();
      },
    };
  },
};

async function ready(port: number, server: ChildProcess): Promise<void> {
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error(`MariaDB ended with ${server.exitCode} while it started`);
    await wait(50);
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    // The server speaks first.
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
