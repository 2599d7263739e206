// The three kinds of target, each on the real thing.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTarget, setUpTarget, type Target } from '@holdfast/core/targets';
import { s3Server } from './s3-server.ts';
import type { RunningServer, TargetServer } from './server.ts';
import { sftpServer } from './sftp-server.ts';

/** Fails soon: what is waited for here never comes by itself. */
export const impatient = { timeout: 10_000, attempts: 4, pause: 20 };

export const folderServer: TargetServer = {
  name: 'folder',
  missing: () => undefined,
  async start() {
    const root = mkdtempSync(join(tmpdir(), 'holdfast-targets-'));
    return {
      port: 0,
      async place() {
        return { settings: { kind: 'folder', path: mkdtempSync(join(root, 'target-')) }, credentials: {} };
      },
      stop: async () => rmSync(root, { recursive: true, force: true }),
    };
  },
};

export const targetServers: readonly TargetServer[] = [folderServer, s3Server, sftpServer];

/** Set up and opened. @param port of a proxy in front of the server */
export async function newTarget(server: RunningServer, port?: number): Promise<Target> {
  const { settings, credentials } = await server.place(port);
  return openTarget(await setUpTarget(settings, credentials, impatient), credentials, impatient);
}
