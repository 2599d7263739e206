// GET /api/v1/events: a WebSocket, or server-sent events for those who only listen.

import { HoldfastError, now } from '@holdfast/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { authenticate, refuseForeign } from '../authenticate.ts';
import { parsePart } from '../error-answer.ts';
import { type Principal, requireRole } from '../principal.ts';
import type { ServerContext } from '../server-context.ts';
import { Connection, type Outlet, type Wants } from './connections.ts';
import { parseEventId, type Topic, topics } from './event.ts';

const listOf = (words: readonly string[]) =>
  z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .refine((names) => names.every((name) => words.includes(name)), `it takes ${words.join(', ')}`);

export const eventsQuery = z.strictObject({
  topics: listOf(topics).optional(),
  resource: z.string().max(2_000).optional(),
  last: z.string().max(4_000).optional(),
  as: z.enum(['viewer', 'controller']).default('viewer'),
});

interface Asked {
  readonly principal: Principal;
  readonly wants: Wants;
  readonly last: string | undefined;
}

/** Everything that can be refused, before the connection is changed. */
async function ask(server: ServerContext, request: FastifyRequest): Promise<Asked> {
  if (server.stopping.aborted) throw new HoldfastError('SHUTTING_DOWN', 'the server is ending');
  refuseForeign(request);
  const principal = await authenticate(server, request);
  const query = parsePart(eventsQuery, request.query, 'query');
  requireRole(principal, query.as === 'controller' ? 'operator' : 'viewer');
  const header = request.headers['last-event-id'];
  const last = query.last ?? (typeof header === 'string' && header !== '' ? header : undefined);
  if (last !== undefined) parseEventId(last);
  const resources = query.resource?.split(',').map((each) => each.trim());
  return { principal, last, wants: { as: query.as, topics: (query.topics ?? topics) as Topic[], resources } };
}

const closeCodes = { slow: 1013, 'signed-out': 4401, stopping: 1001 } as const;

const socketOutlet = (socket: WebSocket): Outlet => ({
  send(event) {
    if (socket.readyState !== socket.OPEN) return false;
    socket.send(event.text);
    return true;
  },
  get waiting() {
    return socket.bufferedAmount;
  },
  ping: () => {
    if (socket.readyState === socket.OPEN) socket.ping();
  },
  end(reason) {
    socket.close(closeCodes[reason], reason);
    // One that does not read does not hear that either.
    setTimeout(() => socket.terminate(), reason === 'slow' ? 100 : 2_000).unref();
  },
});

const streamOutlet = ({ raw }: FastifyReply): Outlet => ({
  send(event) {
    if (raw.destroyed) return false;
    raw.write(`id: ${event.id}\nevent: ${event.type}\ndata: ${event.text}\n\n`);
    return true;
  },
  get waiting() {
    return raw.writableLength;
  },
  ping: () => {
    if (!raw.destroyed) raw.write(': here\n\n');
  },
  end(reason) {
    if (reason === 'slow') raw.destroy();
    else raw.end();
  },
});

const asked = new WeakMap<FastifyRequest, Asked>();

export function registerEvents(app: FastifyInstance, server: ServerContext): void {
  const begin = async (
    request: FastifyRequest,
    outlet: Outlet,
    transport: Connection['transport'],
    onGone: (gone: () => void) => void,
  ): Promise<void> => {
    const { principal, wants, last } = asked.get(request)!;
    // Somebody is there who is likely to search.
    server.longReads?.warm();
    const connection = new Connection(principal, wants, outlet, { transport, address: request.ip });
    let gone = false;
    onGone(() => {
      gone = true;
      server.connections.remove(connection);
    });
    await server.hub.join(connection, last);
    if (gone) server.connections.remove(connection);
  };
  app.route({
    method: 'GET',
    url: '/api/v1/events',
    onRequest: async (request) => {
      asked.set(request, await ask(server, request));
    },
    handler: async (request, reply) => {
      reply.hijack();
      const headers = {
        ...reply.getHeaders(),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
      };
      // Proxies that collect answers would hold events back.
      reply.raw.writeHead(200, { ...headers, 'x-accel-buffering': 'no' } as Record<string, string>);
      reply.raw.write(': holdfast\n\n');
      await begin(request, streamOutlet(reply), 'sse', (gone) => reply.raw.once('close', gone)).catch(
        (error) => {
          request.log.warn({ err: error, at: now() }, 'events');
          reply.raw.destroy();
        },
      );
    },
    wsHandler: (socket, request) => {
      socket.on('error', () => socket.terminate());
      begin(request, socketOutlet(socket), 'websocket', (gone) => socket.once('close', gone)).catch(
        (error) => {
          request.log.warn({ err: error }, 'events');
          socket.close(1011, 'failed');
        },
      );
    },
  });
}
