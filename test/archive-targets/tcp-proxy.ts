// A wire with faults: passes bytes on, until it is told to cut, to stall or to take no new connection.

import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Cuts every connection after so many more bytes from the client, once. */
  cutAfter(bytes: number): void;
  /** Passes nothing on any more, and closes nothing. */
  stall(): void;
  /** Cuts everything, and refuses whatever comes. */
  goAway(): void;
  /** As at first. */
  comeBack(): void;
  /** Bytes from the client so far. */
  readonly sent: number;
  close(): Promise<void>;
}

export async function tcpProxy(to: number): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>();
  const state = { sent: 0, left: Number.POSITIVE_INFINITY, stalled: false, away: false };
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
  };
  const server = createServer((client) => {
    if (state.away) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(to, '127.0.0.1');
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pairs.delete(pair);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (state.stalled) return;
      state.sent += bytes.length;
      state.left -= bytes.length;
      if (state.left < 0) {
        state.left = Number.POSITIVE_INFINITY;
        cut();
      } else if (!upstream.write(bytes)) client.pause();
    });
    upstream.on('drain', () => client.resume());
    upstream.on('data', (bytes) => {
      if (!state.stalled) client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    cutAfter(bytes) {
      state.left = bytes;
    },
    stall() {
      state.stalled = true;
    },
    goAway() {
      state.away = true;
      cut();
    },
    comeBack() {
      Object.assign(state, { away: false, stalled: false, left: Number.POSITIVE_INFINITY });
    },
    get sent() {
      return state.sent;
    },
    async close() {
      state.away = true;
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
