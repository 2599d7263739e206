// What the simulator's tests share: starting simulators, and a bare client that shows everything that came back.
import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { afterEach } from 'vitest';
import { makeDemoCluster, type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';

/** A function that starts simulators, of the demo lab over plain HTTP unless said otherwise; they end with the test. */
export const simulators = (): ((options?: Partial<SimulatorOptions>) => Promise<Simulator>) => {
  const running: Simulator[] = [];
  afterEach(async () => {
    for (const simulator of running.splice(0)) await simulator.close();
  });
  return async (options = {}) => {
    const cluster = options.cluster ?? makeDemoCluster({ now: 1_767_225_600 });
    const simulator = await startSimulator({ tls: false, ...options, cluster });
    running.push(simulator);
    return simulator;
  };
};

/** What came back. */
export interface Reply {
  status: number;
  reason: string;
  headers: IncomingHttpHeaders;
  text: string;
  /** Fingerprint of the server's certificate; undefined over plain HTTP. */
  fingerprint: string | undefined;
}

/** What to send; by default a GET with the simulator's token. */
export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Put before the path; default `/api2/json`. */
  prefix?: string;
  agent?: Agent;
}

/** Sends one request. Rejects with the connection's error, or when the answer ends early. */
export const ask = (simulator: Simulator, path: string, options: Ask = {}): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const url = `${simulator.url}${options.prefix ?? '/api2/json'}${path}`;
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const headers = options.headers ?? { authorization: `PVEAPIToken=${simulator.token}` };
    const settings = { method: options.method ?? 'GET', headers, agent: options.agent ?? false };
    const req = send(url, { ...settings, rejectUnauthorized: false }, (res) => {
      const socket = res.socket as TLSSocket;
      const peer: Partial<PeerCertificate> = url.startsWith('https:') ? socket.getPeerCertificate() : {};
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          reason: res.statusMessage ?? '',
          headers: res.headers,
          text: Buffer.concat(chunks).toString('utf8'),
          fingerprint: peer.fingerprint256,
        }),
      );
    });
    req.on('error', reject);
    req.end(options.body);
  });

/** The `data` of a successful answer. Throws with status and reason otherwise. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
export const dataOf = async (simulator: Simulator, path: string, options: Ask = {}): Promise<any> => {
  const reply = await ask(simulator, path, options);
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.reason}`);
  return JSON.parse(reply.text).data;
};
