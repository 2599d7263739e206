// A private sshd of OpenSSH. It runs as an ordinary account, and that is whom it lets in: by key, for files only.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, serverFolder, unprivileged } from '../engines/server.ts';
import { startServer, stopServer, type TargetServer } from './server.ts';

const sshd = '/usr/sbin/sshd';

function makeKey(path: string, type: string): string {
  const made = spawnSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', path], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`ssh-keygen failed: ${made.stderr}`);
  return spawnSync('ssh-keygen', ['-lf', `${path}.pub`], { encoding: 'utf8' }).stdout.split(' ')[1]!;
}

export const sftpServer: TargetServer = {
  name: 'sftp',
  missing: () => (existsSync(sshd) ? undefined : 'no OpenSSH server is installed'),
  async start() {
    const account = unprivileged('nobody');
    const folder = serverFolder('sshd', account);
    const user = account === undefined ? userInfo().username : 'nobody';
    const [hostKey, userKey] = [join(folder.path, 'host'), join(folder.path, 'user')];
    const fingerprint = makeKey(hostKey, 'ed25519');
    makeKey(userKey, 'ed25519');
    const [port, config] = [await freePort(), join(folder.path, 'sshd_config')];
    writeFileSync(
      config,
      [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        `HostKey ${hostKey}`,
        `AuthorizedKeysFile ${userKey}.pub`,
        'PidFile none',
        // Without it an account that has no password counts as locked.
        'UsePAM yes',
        'StrictModes no',
        'MaxStartups 100',
        'Subsystem sftp internal-sftp',
        'ForceCommand internal-sftp\n',
      ].join('\n'),
    );
    if (account !== undefined)
      for (const file of [hostKey, userKey, `${userKey}.pub`, config])
        chownSync(file, account.uid, account.gid);
    const server = await startServer(sshd, ['-D', '-e', '-f', config], { account, cwd: folder.path, port });
    return {
      port,
      async place(through = port) {
        const path = join(folder.path, randomUUID());
        mkdirSync(path);
        if (account !== undefined) chownSync(path, account.uid, account.gid);
        return {
          settings: { kind: 'sftp', host: '127.0.0.1', port: through, user, path, fingerprint },
          credentials: { privateKey: readFileSync(userKey, 'utf8') },
        };
      },
      async stop() {
        await stopServer(server);
        folder.remove();
      },
    };
  },
};
