// The web server of one simulated device, on a port of its own.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Asked } from './answer.ts';
import { Authentication } from './authentication.ts';
import { type Fault, faultOf, sendFault } from './faults.ts';
import { answerGen1, infoGen1 } from './gen1-paths.ts';
import { answerGen2, methodOf } from './gen2-methods.ts';
import type { Device } from './model.ts';
import { infoOf } from './status.ts';

/** One answered request; RPC in a frame is logged under its method. */
export interface RequestEntry {
  readonly mac: string;
  readonly path: string;
  readonly status: number;
}

export interface ServerOptions {
  readonly host: string;
  readonly faults: readonly Fault[];
  readonly log: (entry: RequestEntry) => void;
}

export class DeviceServer {
  readonly device: Device;
  readonly #options: ServerOptions;
  readonly #authentication = new Authentication();
  #server: Server | undefined;
  port = 0;

  constructor(device: Device, options: ServerOptions) {
    this.device = device;
    this.#options = options;
  }

  /** @param port 0 for a free one; the same as before when it wakes */
  async start(port: number): Promise<void> {
    this.#server = createServer({ keepAliveTimeout: 5_000 }, (request, response) => {
      // The client may go away at any time.
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.listen(port, this.#options.host);
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await read(request);
    const { faults, log } = this.#options;
    const path = asked.path.startsWith('/rpc') ? `/rpc/${methodOf(asked)}` : asked.path;
    const answer = this.#answer(asked);
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    log({ mac: this.device.mac, path, status: answer.status });
    const fault = faultOf(faults, this.device.mac, path);
    if (fault !== undefined && (await sendFault(fault, response, body))) return;
    const type = typeof answer.body === 'string' ? 'text/plain' : 'application/json';
    response.writeHead(answer.status, {
      'content-type': type,
      server: 'ShellyHTTP/1.0.0',
      ...answer.headers,
    });
    response.end(body);
  }

  #answer(asked: Asked): Answer {
    const { device } = this;
    const first = device.generation === 1;
    // Who it is, anybody may know.
    if (asked.path === '/shelly') return first ? infoGen1(device) : { status: 200, body: infoOf(device) };
    if (!first && asked.path === '/rpc/Shelly.GetDeviceInfo') return { status: 200, body: infoOf(device) };
    if (!first && !asked.path.startsWith('/rpc')) return { status: 404, body: 'Not Found' };
    const refused = this.#authentication.check(device, asked);
    if (refused !== undefined) return refused;
    return first ? answerGen1(device, asked) : answerGen2(device, asked);
  }
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const uri = request.url ?? '/';
  const [path = '/', query = ''] = uri.split('?');
  return {
    method: request.method ?? 'GET',
    uri,
    path,
    query: new URLSearchParams(query),
    body: Buffer.concat(chunks).toString('utf8'),
    authorization: request.headers.authorization,
  };
}
