// A declared route on the framework: 1. whoever asks, before the body is read; 2. role; 3. every part checked; 4. the
// work, credited to the user and the request; 5. its audit entry; 6. the answer.

import { HoldfastError } from '@holdfast/core';
import { type AuditEntry, appendAudit } from '@holdfast/core/system';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { authenticate, refuseForeign } from './authenticate.ts';
import { parsePart } from './error-answer.ts';
import { type Answer, once } from './idempotency.ts';
import { isLocalSocket } from './local-socket.ts';
import { type Principal, requireRole } from './principal.ts';
import type { Call, Route } from './route.ts';
import type { ServerContext } from './server-context.ts';

const principals = new WeakMap<FastifyRequest, Principal>();

/** Whether it comes from this machine, and not through a proxy of it. */
export function isLocal({ socket, headers }: FastifyRequest): boolean {
  const passed = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined;
  return !passed && isLocalSocket(socket);
}

export const pathOf = ({ path }: Pick<Route, 'path'>): string =>
  path.startsWith('//') ? path.slice(1) : `/api/v1${path}`;

export const keyOf = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method} ${path}`;

export function registerRoute(app: FastifyInstance, server: ServerContext, route: Route): void {
  const { method, role, status = 200 } = route;
  app.route({
    method,
    url: pathOf(route),
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
    onRequest: async (request) => {
      if (server.stopping.aborted) throw new HoldfastError('SHUTTING_DOWN', 'the server is ending');
      refuseForeign(request);
      if (role === null) return;
      if (!isLocal(request) && (await server.setup.needed()))
        throw new HoldfastError(
          'SETUP_NEEDED',
          'there is no admin yet: until then only this machine is answered',
        );
      const principal = await authenticate(server, request);
      requireRole(principal, role);
      principals.set(request, principal);
    },
    handler: async (request, reply) => {
      if (route.bytes) server.arrivals.lift(request.raw, reply.raw);
      const principal = principals.get(request);
      const perform = (): Promise<Answer> => run(server, route, request, reply, principal);
      const { store } = server;
      const actor = principal?.user.username ?? 'nobody';
      const origin = { actor, via: 'api', request: String(request.id) };
      const credited = (): Promise<Answer> => (method === 'GET' ? perform() : store.as(origin, perform));
      const answer =
        route.fresh || method !== 'POST'
          ? { ...(await credited()), replayed: false }
          : await once(store, request, principal?.user.id ?? '', credited);
      if (reply.sent) return reply;
      for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value);
      if (answer.replayed) reply.header('idempotency-replayed', 'true');
      const code = reply.statusCode === 200 ? answer.status : reply.statusCode;
      return reply.code(code === 200 ? status : code).send(answer.body);
    },
  });
}

/** Of a route that needs nobody. */
const none = new Proxy({} as Principal, {
  get() {
    throw new Error('this route is for everybody: there is nobody to look at');
  },
});

async function run(
  server: ServerContext,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  principal: Principal | undefined,
): Promise<Answer> {
  const { store } = server;
  const params = request.params as Record<string, string>;
  const actor = { name: principal?.user.username ?? 'nobody', via: 'api' };
  const { query, body: wanted } = route;
  const checkedQuery = query === undefined ? {} : parsePart(query, request.query, 'query');
  const checkedBody = wanted === undefined ? undefined : parsePart(wanted, request.body ?? {}, 'body');
  let leave = (): void => {};
  let entry: Partial<AuditEntry> | undefined = route.audit === undefined ? undefined : {};
  const call: Call<Record<string, string>> = {
    ...{ server, store, params, actor, request, reply, principal: principal ?? none },
    query: checkedQuery,
    body: checkedBody,
    // Most handlers never ask for it.
    get signal() {
      const gone = new AbortController();
      const hangUp = (): void => gone.abort();
      // Of the socket: that of the request also fires when its body was read.
      request.raw.socket.once('close', hangUp);
      leave = () => void request.raw.socket.off('close', hangUp);
      return AbortSignal.any([gone.signal, server.stopping]);
    },
    audit: (more) => {
      entry = { ...entry, ...more };
    },
  };
  try {
    const body =
      server.longReads !== undefined && route.long?.(checkedQuery) === true
        ? await server.longReads.run({ route: keyOf(route), params, query: checkedQuery }, call.signal)
        : await route.handle(call);
    if (entry !== undefined && route.audit !== undefined) {
      const [action, entity] = route.audit;
      const entityId = params['id'] ?? params['name'];
      await appendAudit(store, actor, {
        action,
        entity,
        ...(entityId === undefined ? {} : { entityId }),
        ...entry,
      });
    }
    const location = reply.getHeader('location');
    const headers: Record<string, string> = location === undefined ? {} : { location: String(location) };
    return { status: reply.statusCode === 200 ? (route.status ?? 200) : reply.statusCode, body, headers };
  } finally {
    leave();
  }
}
