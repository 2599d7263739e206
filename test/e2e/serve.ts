// The server as it is started by hand: one process, that prints its address and the one-time token.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin } from '../cli/run-cli.ts';

export interface Served {
  readonly url: string;
  /** Undefined where there is an admin. */
  readonly token: string | undefined;
  /** Its data folder. */
  readonly data: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param given a data folder that is there, and stays */
export async function serve(given?: string): Promise<Served> {
  const data = given ?? mkdtempSync(join(tmpdir(), 'holdfast-pages-'));
  const args = [bin, '--data', data, '--json', 'serve', '--port', '0', '--log', 'error'];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = child.stdout!.setEncoding('utf8').iterator()[Symbol.asyncIterator]();
  const { url, setup } = JSON.parse((await lines.next()).value);
  return {
    ...{ url, data, token: setup.token },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
      if (given === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
}
