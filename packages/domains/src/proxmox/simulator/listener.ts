// The listening socket: HTTPS and plain HTTP on one port, as the product has it, and an end to all connections on close.
import { createServer as createHttp, type RequestListener, type ServerOptions } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net';
import type { Certificate } from './certificate.ts';

/** A port that is being served. */
export interface Listener {
  port: number;
  /** The TCP socket below a connection, found by the client's port: a TLS socket cannot be reset itself. */
  socketOf(remotePort: number | undefined): Socket | undefined;
  /** Stops listening and destroys every open connection. */
  close(): Promise<void>;
}

// The product's limits: 8 KiB of headers, and idle connections end after 5 seconds.
const limits: ServerOptions = { maxHeaderSize: 8192, keepAliveTimeout: 5000, keepAliveTimeoutBuffer: 0 };

const handshake = 0x16;

/**
 * Listens on a port (0 for a free one). With a certificate, connections that begin with a TLS handshake go to `serve`
 * and the others to `redirect`; without one, all go to `serve`.
 */
export const listen = async (
  address: { host: string; port: number },
  certificate: Certificate | undefined,
  serve: RequestListener,
  redirect: RequestListener,
): Promise<Listener> => {
  const plain = createHttp(limits, certificate === undefined ? serve : redirect);
  const secure =
    certificate === undefined
      ? undefined
      : createHttps({ ...limits, cert: certificate.cert, key: certificate.key }, serve);
  for (const server of [plain, secure]) {
    // What is no HTTP, or has too many headers, is dropped without an answer.
    server?.on('clientError', (_error, socket) => socket.destroy());
    server?.on('tlsClientError', (_error, socket) => socket.destroy());
  }
  const sockets = new Map<number, Socket>();
  const tcp = createTcp((socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.on('close', () => sockets.delete(port));
    // Clients vanish; that is their business.
    socket.on('error', () => socket.destroy());
    if (secure === undefined) {
      plain.emit('connection', socket);
      return;
    }
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] === handshake) {
        // The TLS layer takes what is buffered by itself, and loses it when the socket already flows.
        secure.emit('connection', socket);
      } else {
        plain.emit('connection', socket);
        socket.resume();
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(address.port, address.host, resolve);
  });
  return {
    port: (tcp.address() as AddressInfo).port,
    socketOf: (remotePort) => sockets.get(remotePort ?? -1),
    close: () =>
      new Promise((resolve) => {
        tcp.close(() => resolve());
        plain.close();
        secure?.close();
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
};
