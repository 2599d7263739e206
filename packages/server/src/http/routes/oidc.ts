// Signing in elsewhere: to the provider, and back.

import { HoldfastError, isHoldfastError, type Store } from '@holdfast/core';
import { appendAudit } from '@holdfast/core/system';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { cookieOf, setCookie } from '../authenticate.ts';
import { userOf } from '../oidc/identities.ts';
import type { Begun, OidcProvider } from '../oidc/provider.ts';
import { type Route, route } from '../route.ts';
import type { ServerContext } from '../server-context.ts';
import { openSession } from '../sign-in.ts';

const cookie = 'holdfast_oidc';
const path = '/api/v1/session/oidc';
/** Of the cookie, in seconds: whoever signs in there may have to look for a key. */
const lasting = 900;
const sealedAs = 'oidc.begun';

/** It comes along when the provider sends the browser back, from its own site. */
function keep(request: FastifyRequest, reply: FastifyReply, value: string): void {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  const age = value === '' ? 0 : lasting;
  reply.header(
    'set-cookie',
    `${cookie}=${value}; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`,
  );
}

/** @throws OIDC_FAILED where the browser has not begun here, or long ago */
function begunOf(store: Store, request: FastifyRequest): Begun {
  const kept = cookieOf(request, cookie);
  try {
    const { until, ...begun } = JSON.parse(
      store.secrets.open(decodeURIComponent(kept ?? ''), sealedAs),
    ) as Begun & {
      until: number;
    };
    if (Date.now() < until) return begun;
  } catch {
    // Told below.
  }
  throw new HoldfastError('OIDC_FAILED', 'this sign-in was not begun in this browser, or too long ago');
}

function requireProvider({ oidc }: ServerContext): OidcProvider {
  if (oidc !== undefined) return oidc;
  throw new HoldfastError('OIDC_NONE', 'nobody signs in elsewhere here');
}

export const oidcRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/session/oidc', role: null, status: 302 },
    summary: 'Sign in elsewhere: a browser goes to the OpenID provider',
    async handle({ server, store, request, reply }) {
      const provider = requireProvider(server);
      const base = provider.settings.publicUrl ?? `${request.protocol}://${request.host}`;
      const { url, begun } = await provider.begin(`${base}${path}/callback`);
      const kept = { ...begun, until: Date.now() + lasting * 1000 };
      await store.secrets.ready();
      keep(request, reply, encodeURIComponent(store.secrets.seal(JSON.stringify(kept), sealedAs)));
      reply.header('location', url);
    },
  }),
  route({
    ...{ method: 'GET', path: '/session/oidc/callback', role: null, status: 302 },
    summary: 'Where the OpenID provider sends the browser back to: it is signed in, or told why not',
    query: z.looseObject({}),
    async handle({ server, store, request, reply }) {
      const provider = requireProvider(server);
      const client = { address: request.ip, agent: request.headers['user-agent'] };
      try {
        const begun = begunOf(store, request);
        const search = new URL(request.url, 'http://here').search;
        const user = await userOf(store, await provider.finish(search, begun));
        keep(request, reply, '');
        setCookie(request, reply, await openSession(store, user, client));
        await appendAudit(
          store,
          { name: user.username, via: 'oidc' },
          {
            ...{ action: 'sign-in', entity: 'session', entityId: user.id },
            details: { address: client.address, username: user.username, issuer: provider.settings.issuer },
          },
        );
        reply.header('location', '/');
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        const { code, message } = error;
        request.log.warn({ code, reason: message }, 'signing in elsewhere');
        await appendAudit(
          store,
          { name: 'nobody', via: 'oidc' },
          {
            action: 'sign-in-failed',
            entity: 'session',
            details: { address: client.address, code, message },
          },
        );
        // A browser is there, and somebody in front of it.
        reply.header('location', `/?sign_in=${code}`);
      }
    },
  }),
];
