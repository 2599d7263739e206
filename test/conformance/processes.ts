// Processes that a test starts: a fixture script under this Node, ended with the test at the latest.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Ended {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said on stderr. */
  readonly errors: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Its next message. Fails when it ends without one. */
  message(): Promise<unknown>;
}

export function start(fixture: string, ...args: readonly string[]): Running {
  const script = fileURLToPath(new URL(`fixtures/${fixture}.ts`, import.meta.url));
  const child = fork(script, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  let errors = '';
  child.stderr!.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const ended = once(child, 'close').then(
    ([exit, signal]): Ended => ({
      exit: exit as number | null,
      signal: signal as NodeJS.Signals | null,
      errors,
    }),
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const message = (): Promise<unknown> =>
    Promise.race([
      once(child, 'message').then(([said]) => said as unknown),
      ended.then(({ errors: said }) => Promise.reject(new Error(`it ended without a message: ${said}`))),
    ]);
  return { child, ended, message };
}
