// holdfast serve: the API and the pages over one database, until it is told to stop.

import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { HoldfastError } from '@holdfast/core';
import { type Command, Option } from 'commander';
import { endBrokenOff, putInPlace, type Replacement, type Tell } from '../backups/replace-served.ts';
import { redisUrl } from '../http/events/redis-url.ts';
import type { OidcSettings } from '../http/oidc/provider.ts';
import type { RunningServer } from '../http/server.ts';
import type { Invocation } from './invocation.ts';
import { paint } from './output.ts';
import { type OidcFlags, oidcSettings, withOidc } from './serve-oidc.ts';

const levels = ['silent', 'error', 'warn', 'info', 'debug'] as const;

interface Flags extends OidcFlags {
  readonly host: string;
  readonly port: string;
  readonly log: string;
  readonly redis?: string;
}

/** What every server of this command is started with. */
interface Surroundings {
  readonly host: string;
  readonly log: string;
  readonly oidc: OidcSettings | undefined;
  readonly redis: string | undefined;
}

export function register(command: Command, invocation: Invocation): void {
  withOidc(command)
    .option(
      '--host <host>',
      'address to listen on; until there is an admin, only loopback is answered',
      '127.0.0.1',
    )
    .option('--port <number>', '0 takes a free one', '8099')
    .addOption(
      new Option('--redis <url>', 'tell other servers of the database at once, by this Redis').env(
        'HOLDFAST_REDIS',
      ),
    )
    .option('--log <level>', `${levels.join(', ')}: lines of JSON on stderr`, 'info')
    .addHelpText(
      'after',
      '\nMakes the database where there is none. SIGTERM and Ctrl-C end it once what was begun is answered.',
    )
    .action(async ({ host, port, log, redis, ...flags }: Flags) => {
      const wanted = portOf(port);
      if (!levels.some((level) => level === log))
        throw new HoldfastError('USAGE', `--log is ${JSON.stringify(log)}: it takes ${levels.join(', ')}`);
      const surroundings = { host, log, redis: redis && redisUrl(redis), oidc: oidcSettings(flags) };
      let next: Next | undefined = { port: wanted };
      while (next !== undefined)
        next = await serveOnce(invocation, { ...surroundings, ...next }, async (server, location) => {
          await tell(invocation, server, location);
          if (invocation.signal.aborted) return undefined;
          return Promise.race([
            once(invocation.signal, 'abort').then(() => undefined),
            server.moved.then((moved) => ({ moved })),
            server.replaced.then((replaced) => ({ replaced })),
          ]);
        });
    });
}

/** Where and how it goes on, under the address that it had. */
interface Next {
  readonly port: number;
  /** What is to be told in the database that it goes on with. */
  readonly tell?: Tell | undefined;
}

interface Serving extends Next, Surroundings {}

/** Why a server ends that goes on. */
type Cause = { readonly moved: string } | { readonly replaced: Replacement };

/**
 * Serves until `until` ends. @returns how it goes on; where the data folder tells the new place, there
 * @throws DATABASE_MOVED where the old place was named
 */
async function serveOnce(
  invocation: Invocation,
  { tell: tellFirst, log, ...how }: Serving,
  until: (server: RunningServer, location: string) => Promise<Cause | undefined>,
): Promise<Next | undefined> {
  // Loaded here: no other command needs it.
  const { startServer } = await import('../http/server.ts');
  const open = { create: true };
  return invocation.withStore(open, async (store) => {
    const place = invocation.place(open);
    const data = invocation.dataFolder(open);
    await tellFirst?.(store);
    await endBrokenOff(store);
    const server = await startServer({ ...{ store, place, data, logLevel: log }, ...how });
    // Its launcher has held it back; V8's own factor is 2.
    setFlagsFromString('--semi-space-growth-factor=2');
    const next = { port: Number(new URL(server.url).port) };
    let cause: Cause | undefined;
    try {
      cause = await until(server, store.engine.location);
    } finally {
      await server.close();
    }
    if (cause === undefined) return undefined;
    if ('replaced' in cause) return { ...next, tell: await putInPlace(store, cause.replaced, data) };
    if (invocation.database !== undefined)
      throw new HoldfastError('DATABASE_MOVED', `${store.engine.location} has moved to ${cause.moved}`);
    return next;
  });
}

async function tell(
  invocation: Invocation,
  { url, context }: RunningServer,
  database: string,
): Promise<void> {
  const { setup } = context;
  const needed = await setup.needed();
  const token = needed ? { token: setup.token(), tokenFile: setup.file } : {};
  invocation.print({ url, database, setup: { needed, ...token } }, () =>
    [
      `${paint('green', 'listening')} on ${paint('bold', url)}`,
      ...(needed
        ? [
            `There is no admin yet: open it on this machine and give the one-time token ${paint('bold', setup.token())}`,
            `  (it stands in ${setup.file}; or here: holdfast user add NAME --role admin)`,
          ]
        : []),
      paint('dim', 'Ctrl-C ends it'),
    ].join('\n'),
  );
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new HoldfastError('USAGE', `--port is ${JSON.stringify(text)}: it takes 0 to 65535`);
}
