// The server: routes, events and pages over one store, from listening to its drained end.

import { randomUUID } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import fastifyWebsocket from '@fastify/websocket';
import { HoldfastError, isHoldfastError, now, type Store } from '@holdfast/core';
import { type JobRecord, requireJob } from '@holdfast/core/job';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import { type Replacement, replacementOf } from '../backups/replace-served.ts';
import type { Place } from '../cli/invocation.ts';
import { CommandListener, type CommandsOptions } from '../local/command-listener.ts';
import { sqliteFile } from '../local/served-file.ts';
import { Arrivals } from './arrivals.ts';
import { answerError } from './error-answer.ts';
import { Connections } from './events/connections.ts';
import { EventHub } from './events/event-hub.ts';
import { registerEvents } from './events/event-routes.ts';
import { Fanout } from './events/fanout.ts';
import { HttpCounts } from './http-counts.ts';
import { isLocalSocket } from './local-socket.ts';
import { Maintenance } from './maintenance.ts';
import { OidcProvider, type OidcSettings } from './oidc/provider.ts';
import { registerPages } from './pages.ts';
import { LongReads } from './reads/long-reads.ts';
import { oneSegmentIds } from './record-paths.ts';
import { registerRoute } from './register-route.ts';
import { routes } from './routes.ts';
import { setSecurityHeaders } from './security-headers.ts';
import type { ServerContext } from './server-context.ts';
import { Setup } from './setup.ts';
import { SignInThrottle } from './sign-in-throttle.ts';

export interface ServerOptions {
  readonly store: Store;
  readonly place: Place;
  /** Folder of key, intents, archives and the one-time token. */
  readonly data: string;
  readonly host: string;
  readonly port: number;
  /** `debug` logs every request, `silent` nothing. @default 'info' */
  readonly logLevel?: string;
  readonly oidc?: OidcSettings | undefined;
  /** Tells other servers of the database at once what they would find out soon. As `redis://HOST:6379`. */
  readonly redis?: string | undefined;
  /** Longest time of a read without bound, where it needs a thread of its own. @default 10,000 */
  readonly longReadMs?: number | undefined;
  /** For a request to arrive whole; for an upload, without a byte of it. @default 60,000 */
  readonly arrivalMs?: number | undefined;
}

export interface RunningServer {
  /** As `http://127.0.0.1:8099`. */
  readonly url: string;
  readonly context: ServerContext;
  /** Where the database is, once it has moved away: this server can write nothing more. */
  readonly moved: Promise<string>;
  /** What is to take the place of the database, once this server has let go of it. */
  readonly replaced: Promise<Replacement>;
  /** Answers what was begun, cancels jobs, tells followers, and lets the store go on living. */
  close(): Promise<void>;
}

/** How long what was begun may take at the end. */
const drainMs = 10_000;

/**
 * 1. Listens; while there is no admin, connections that do not come over loopback are closed unread.
 * 2. Starts to look for jobs.
 * @throws ADDRESS_UNUSABLE, and the errors of the store
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { store, place, data, host, port } = options;
  const app = makeApp(options.logLevel ?? 'info');
  const arrivals = new Arrivals(options.arrivalMs ?? 60_000);
  arrivals.watch(app.server);
  const stopping = new AbortController();
  const connections = new Connections();
  const onError = (error: unknown, doing = 'events'): void => {
    if (isHoldfastError(error)) app.log.warn({ code: error.code, reason: error.message }, doing);
    else app.log.error({ err: error }, doing);
  };
  const fanout = options.redis === undefined ? undefined : new Fanout(options.redis, onError);
  const hub = new EventHub(store, connections, onError, () => fanout?.tell('sessions'));
  const onNews = (): void => {
    hub.look();
    fanout?.tell('news');
  };
  const moved = Promise.withResolvers<string>();
  const replaced = Promise.withResolvers<Replacement>();
  let commands: CommandListener | undefined;
  const told = {
    ...{ onError, onNews, onMoved: moved.resolve },
    isBusy: () => (commands?.running ?? 0) > 0,
    onJob: (job: JobRecord) => {
      const built = replacementOf(job);
      if (built !== undefined) replaced.resolve(built);
    },
  };
  const maintenance = new Maintenance(store, { ...place, redis: options.redis }, told);
  const setup = new Setup(store, data);
  const longReads = store.engine.capabilities.blocksThread
    ? new LongReads(place, options.longReadMs)
    : undefined;
  const context: ServerContext = {
    ...{ longReads, fanout, arrivals },
    oidc: options.oidc === undefined ? undefined : new OidcProvider(options.oidc),
    ...{ store, place, data, startedAt: now(), setup, hub, connections, stopping: stopping.signal },
    ...{ throttle: new SignInThrottle(store), counts: new HttpCounts() },
    wake: () => maintenance.wake(),
    lastTurn: () => maintenance.lastTurn,
    commandsTaken: () => commands?.taken ?? 0,
  };
  await app.register(fastifyWebsocket, { options: { maxPayload: 1_024, clientTracking: false } });
  count(app, context.counts);
  app.addHook('onResponse', async ({ method }) => {
    // Whoever follows hears of what was written as soon as whoever wrote it has his answer.
    if (method !== 'GET' && method !== 'HEAD') onNews();
  });
  await app.register(async (inner) => {
    for (const route of routes) if (route.bytes === undefined) registerRoute(inner, context, route);
    registerEvents(inner, context);
  });
  await app.register(async (inner) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser('application/octet-stream', (_, body, done) => done(null, body));
    for (const route of routes) if (route.bytes) registerRoute(inner, context, route);
  });
  registerPages(app);

  app.server.on('connection', (socket: Socket) => {
    if (setup.done || isLocalSocket(socket)) return;
    socket.destroy();
    // Somebody may have made an admin on the command line meanwhile.
    setup.needed().catch(onError);
  });
  await setup.needed();
  try {
    await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    const { code } = cause as NodeJS.ErrnoException;
    throw new HoldfastError('ADDRESS_UNUSABLE', `${host}:${port} cannot be listened on: ${code}`, { cause });
  }
  const address = app.server.address() as AddressInfo;
  await maintenance.start();
  commands = await listenForCommands(place, {
    onEnd: () => {
      onNews();
      maintenance.wake();
    },
    onHandOver: (id) => {
      void requireJob(store, id).then(told.onJob, onError);
    },
  });
  fanout?.start((what) => {
    if (what === 'sessions') void hub.checkSessions(false).catch(onError);
    else {
      hub.look();
      maintenance.wake();
    }
  });
  return {
    url: urlOf(host, address.port),
    context,
    moved: moved.promise,
    replaced: replaced.promise,
    async close() {
      stopping.abort();
      await commands?.close();
      await hub.close();
      await fanout?.close();
      const late = setTimeout(() => app.server.closeAllConnections(), drainMs);
      await Promise.all([app.close(), maintenance.close()]);
      await longReads?.close();
      clearTimeout(late);
    },
  };
}

/** Databases that are servers themselves keep processes apart. */
async function listenForCommands(
  { url, folder }: Place,
  told: Pick<CommandsOptions, 'onEnd' | 'onHandOver'>,
): Promise<CommandListener | undefined> {
  const database = sqliteFile(url);
  return database === undefined ? undefined : CommandListener.start({ folder, database, ...told });
}

/** Where somebody on this machine finds it. */
function urlOf(host: string, port: number): string {
  const near = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${near.includes(':') ? `[${near}]` : near}:${port}`;
}

const noCompiler = (): never => {
  throw new Error('routes are checked by their own declarations');
};

function makeApp(level: string): FastifyInstance {
  const app = fastify({
    logger: {
      level,
      stream: process.stderr,
      serializers: { req: ({ method, url, ip }) => ({ method, path: url.split('?')[0], ip }) },
    },
    logController: new LogController({ disableRequestLogging: level !== 'debug' && level !== 'trace' }),
    genReqId: () => randomUUID(),
    // What the framework would check with is never used: not loading it saves a tenth of the start.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    trustProxy: 'loopback',
    bodyLimit: 1_048_576,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 2_100, ignoreTrailingSlash: true },
    rewriteUrl: ({ url = '/' }) => oneSegmentIds(url),
    frameworkErrors: answerError as never,
    clientErrorHandler: (_, socket) => {
      if (socket.writable)
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    },
  });
  setSecurityHeaders(app);
  app.setErrorHandler(answerError);
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // A request without anything to say may still name its kind.
    if (body === '') done(null, undefined);
    else parse(request, body as string, done);
  });
  return app;
}

function count(app: FastifyInstance, counts: HttpCounts): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    counts.add(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
  });
}
