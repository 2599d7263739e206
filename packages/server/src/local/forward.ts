// A command goes to the server that runs on its database, where there is one.

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { exits, HoldfastError } from '@holdfast/core';
import type { Invocation } from '../cli/invocation.ts';
import { askHere } from '../cli/questions.ts';
import { type FromServer, hearLines, sendLine } from './messages.ts';
import { readServed, sqliteFile } from './served-file.ts';

/** A server that does not even say that it has heard is none. */
const answerMs = 5_000;

/** @returns the exit code; undefined where there is no such server: the command is to be done here */
export async function forward(invocation: Invocation, argv: readonly string[]): Promise<number | undefined> {
  const { folder, url } = invocation.place({ create: false });
  const served = readServed(folder);
  if (served === undefined || sqliteFile(url) !== served.database) return undefined;
  const socket = connect(served.port, '127.0.0.1');
  const { signal } = invocation;
  const ready = Promise.withResolvers<boolean>();
  let exit: number | undefined;
  let handedOver: string | undefined;
  socket.on('error', () => ready.resolve(false));
  socket.on('close', () => ready.resolve(false));
  hearLines(socket, (message) => {
    const said = message as FromServer;
    if ('ready' in said) ready.resolve(true);
    else if ('out' in said) process.stdout.write(said.out);
    else if ('err' in said) process.stderr.write(said.err);
    else if ('exit' in said) exit = said.exit;
    else if ('handOver' in said) handedOver = said.handOver;
    else void askHere(said.ask).then((answer) => sendLine(socket, { answer }));
  });
  const env = Object.entries(process.env).filter(([name]) => /^(HOLDFAST_|DATABASE_)/.test(name));
  sendLine(socket, {
    ...{ token: served.token, argv, cwd: process.cwd(), user: invocation.user },
    env: Object.fromEntries(env) as Record<string, string>,
    tty: {
      stdin: process.stdin.isTTY === true,
      ...{ stdout: process.stdout.isTTY === true, stderr: process.stderr.isTTY === true },
    },
  });
  const late = new AbortController();
  const heard = await Promise.race([
    ready.promise,
    wait(answerMs, false, { signal: late.signal }).catch(() => false),
  ]);
  late.abort();
  if (!heard) {
    socket.destroy();
    return undefined;
  }
  const stop = (): void => void sendLine(socket, { stop: true });
  signal.addEventListener('abort', stop);
  if (!socket.destroyed) await once(socket, 'close');
  signal.removeEventListener('abort', stop);
  if (handedOver !== undefined) {
    await (await import('../cli/hand-to-server.ts')).tellHandedOver(invocation, served, handedOver);
    return exits.done;
  }
  if (exit !== undefined) return exit;
  throw new HoldfastError('JOB_INTERRUPTED', 'the server ended before this command did', {
    hint: 'Start it again, look what there is, then repeat the command',
  });
}
