// Runs the real command line in a process of its own, in a folder of its own.

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as the one JSON document it must be. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of every shape.
  readonly json: any;
}

export interface Cli {
  readonly folder: string;
  run(...args: string[]): Promise<Ran>;
  /** Ends the command by a signal once `when` is seen on stdout or stderr. */
  interrupt(signal: NodeJS.Signals, when: RegExp, ...args: string[]): Promise<Ran>;
  [Symbol.dispose](): void;
}

export const bin = fileURLToPath(new URL('../../packages/server/bin/holdfast.js', import.meta.url));

const commands = fileURLToPath(new URL('fixtures/commands.ts', import.meta.url));

const ran = ({ exit, stdout, stderr }: Omit<Ran, 'json'>): Ran => ({
  exit,
  stdout,
  stderr,
  get json() {
    return JSON.parse(stdout) as unknown;
  },
});

export interface CliOptions {
  /** Runs the commands one after the other in one process: of a short one, most is the start of its process. */
  readonly oneProcess?: boolean;
}

/** A new temporary folder as working directory; nothing of the caller's settings gets in. */
export function openCli(env: Record<string, string> = {}, { oneProcess = false }: CliOptions = {}): Cli {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  const inherited = Object.entries(process.env).filter(([name]) => !/^(HOLDFAST_|DATABASE_)/.test(name));
  const surroundings = { ...Object.fromEntries(inherited), ...env };
  const start = (args: readonly string[], watch?: { signal: NodeJS.Signals; when: RegExp }): Promise<Ran> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [bin, ...args], {
        cwd: folder,
        env: surroundings,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      let sent = false;
      const look = (): void => {
        if (sent || watch === undefined || !watch.when.test(stdout + stderr)) return;
        sent = true;
        child.kill(watch.signal);
      };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        look();
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
        look();
      });
      child.on('error', reject);
      child.on('close', (code) => resolve(ran({ exit: code ?? -1, stdout, stderr })));
    });
  let child: ChildProcess | undefined;
  const send = async (args: readonly string[]): Promise<Ran> => {
    child ??= fork(commands, [], { cwd: folder, env: surroundings, execArgv: [] });
    child.send(args);
    const [said] = await once(child, 'message');
    return ran(said as Omit<Ran, 'json'>);
  };
  return {
    folder,
    run: (...args) => (oneProcess ? send(args) : start(args)),
    interrupt: (signal, when, ...args) => start(args, { signal, when }),
    [Symbol.dispose]() {
      child?.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
