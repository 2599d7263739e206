// A process that may kill itself at one of its moments: a fixture script under this Node, ended with the test at the latest.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

/** @returns what runs it: the moments it had, undefined when it was killed */
export function runner(
  fixture: string,
): (...args: readonly (string | number | boolean)[]) => Promise<number | undefined> {
  const script = fileURLToPath(new URL(`fixtures/${fixture}.ts`, import.meta.url));
  return async (...args) => {
    const child = fork(script, args.map(String), {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let [errors, said] = ['', undefined as unknown];
    child.stderr!.on('data', (text: Buffer) => {
      errors += text.toString();
    });
    child.on('message', (message) => {
      said = message;
    });
    const [exit, signal] = await once(child, 'exit');
    expect(errors).toBe('');
    if (signal === 'SIGKILL') return undefined;
    expect(exit).toBe(0);
    return said as number;
  };
}
