// A TCP line between a store and its server that tests can cut.

import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Nothing has come for so long: it was all. */
const quietMs = 15;

export interface Line {
  readonly url: string;
  /** Cuts what is connected, and lets nobody connect any more. */
  cut(): Promise<void>;
  /** Lets connections through again. */
  restore(): Promise<void>;
  /** Cuts as soon as the client sends this text; the server does not get it. */
  cutAt(text: string): void;
  /** Cuts at the client's n-th message, from 1 and since the line was made or restored: before the server gets it, or when it has answered. */
  cutAtMessage(position: number, when: 'before' | 'answered'): void;
  /** Keeps back the client's n-th message and all that follow. @returns when it has come */
  holdMessage(position: number): Promise<void>;
}

/** @param target URL of the server; the line's is the same but for host and port */
export async function lineTo(target: URL): Promise<Line> {
  const open = new Set<Socket>();
  let sent = 0;
  let text: string | undefined;
  let cutting: { readonly position: number; readonly when: 'before' | 'answered' } | undefined;
  let holding: { readonly position: number; readonly reached: () => void } | undefined;
  const proxy = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let isCut = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes: Buffer) => {
      sent++;
      if (holding !== undefined && sent >= holding.position) return holding.reached();
      isCut = cutting !== undefined && sent >= cutting.position;
      if ((isCut && cutting?.when === 'before') || (text !== undefined && bytes.includes(text)))
        client.destroy();
      else upstream.write(bytes);
    });
    // An answer comes in parts, and a server that cannot send one may not do what the next would have been about.
    let quiet: NodeJS.Timeout | undefined;
    upstream.on('data', (bytes: Buffer) => {
      if (!isCut) return void client.write(bytes);
      clearTimeout(quiet);
      quiet = setTimeout(() => client.destroy(), quietMs);
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => proxy.listen(port, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port } = proxy.address() as { port: number };
  const cut = async (): Promise<void> => {
    const closed = new Promise((resolve) => proxy.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  onTestFinished(async () => {
    if (proxy.listening) await cut();
  });
  const url = new URL(target);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    cut,
    restore: async () => {
      [sent, text, cutting, holding] = [0, undefined, undefined, undefined];
      if (!proxy.listening) await listen(port);
    },
    cutAt: (what) => {
      text = what;
    },
    cutAtMessage: (position, when) => {
      cutting = { position, when };
    },
    holdMessage: (position) =>
      new Promise((reached) => {
        holding = { position, reached };
      }),
  };
}
