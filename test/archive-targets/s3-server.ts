// A private OpenStack Swift with its S3 interface: see swift-server.py.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { checkSettings } from '@holdfast/core/targets';
import { freePort, serverFolder, unprivileged } from '../engines/server.ts';
import { createBucket } from './create-bucket.ts';
import { startServer, stopServer, type TargetServer } from './server.ts';

/** Debian's own, whatever else is first on the path: that is where Swift is installed. */
const python = '/usr/bin/python3';
const script = join(import.meta.dirname, 'swift-server.py');
const credentials = { accessKeyId: 'test:holdfast', secretAccessKey: 'a-secret-of-this-test' };

export const s3Server: TargetServer = {
  name: 's3',
  missing() {
    const { status } = spawnSync(python, ['-c', 'import swift.obj.mem_server']);
    return status === 0 ? undefined : 'no OpenStack Swift (python3-swift) is installed';
  },
  async start() {
    const account = unprivileged('nobody');
    const folder = serverFolder('swift', account);
    const port = await freePort();
    const { accessKeyId, secretAccessKey } = credentials;
    const server = await startServer(
      python,
      [script, folder.path, String(port), accessKeyId, secretAccessKey],
      { account, cwd: folder.path, port },
    );
    return {
      port,
      async place(through = port) {
        const bucket = `b-${randomUUID()}`;
        await createBucket(`http://127.0.0.1:${port}`, bucket, credentials);
        const settings = checkSettings({
          ...{ kind: 's3', bucket, prefix: 'archives/home', endpoint: `http://127.0.0.1:${through}` },
          partSize: 8 * 2 ** 20,
        });
        return { settings, credentials: credentials };
      },
      async stop() {
        await stopServer(server);
        folder.remove();
      },
    };
  },
};
