// Signing in and out, and the first admin.

import { formatInstant, HoldfastError, now } from '@holdfast/core';
import { changePassword, sessions, verifyPassword } from '@holdfast/core/system';
import { z } from 'zod';
import { newPassword } from '../../accounts/passwords.ts';
import { setCookie } from '../authenticate.ts';
import { effectiveRole, type Principal } from '../principal.ts';
import { isLocal } from '../register-route.ts';
import { nothing, wellFormed } from '../request-parts.ts';
import { type Call, type Route, route } from '../route.ts';
import type { ServerContext } from '../server-context.ts';
import { checkPassword, csrfOf, openSession, principalOf } from '../sign-in.ts';

const username = wellFormed(64).min(1);
const password = z.string().max(1_000);

const answer = z.object({
  user: z.object({
    id: z.string(),
    username: z.string(),
    displayName: z.string().nullable(),
    role: z.string(),
  }),
  via: z.enum(['session', 'token']),
  role: z.string().nullable(),
  scopes: z.array(z.string()).nullable(),
  expiresAt: z.string().nullable(),
  csrf: z.string().nullable(),
  lastEvent: z.string(),
});

const sessionJson = async ({ hub }: ServerContext, { user, session, role, token }: Principal) => ({
  user: { id: user.id, username: user.username, displayName: user.displayName, role: user.role },
  via: session.kind,
  role,
  scopes: session.scopes,
  expiresAt: session.expiresAt === null ? null : formatInstant(session.expiresAt),
  csrf: session.kind === 'session' ? csrfOf(token) : null,
  // What is read after this answer and what is followed from here on leave nothing out between them.
  lastEvent: await hub.lastEvent(),
});

/** A new session for a user who has shown who it is; the cookie goes with the answer. */
async function begin({ server, store, request, reply }: Call, user: Principal['user']) {
  const client = { address: request.ip, agent: request.headers['user-agent'] };
  const token = await openSession(store, user, client);
  setCookie(request, reply, token);
  const principal = await principalOf(store, token);
  if (principal !== undefined) return sessionJson(server, principal);
  throw new HoldfastError('SIGN_IN_FAILED', 'the user was disabled meanwhile');
}

export const sessionRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/setup', role: null, query: nothing },
    summary: 'Whether there is no admin yet, and whether one may sign in elsewhere',
    answer: z.object({ needed: z.boolean(), oidc: z.boolean() }),
    handle: async ({ server }) => ({ needed: await server.setup.needed(), oidc: server.oidc !== undefined }),
  }),
  route({
    ...{ method: 'POST', path: '/setup', role: null, status: 201, fresh: true },
    summary: 'Make the first admin, with the one-time token that the server printed',
    body: z.strictObject({
      ...{ token: z.string().max(200), username, password: newPassword },
      displayName: wellFormed(128).optional(),
    }),
    answer,
    async handle(call) {
      const { server, body, request } = call;
      if (!isLocal(request) && (await server.setup.needed()))
        throw new HoldfastError('SETUP_NEEDED', 'the first admin is made on the machine itself');
      let id: string | undefined;
      await server.throttle.attempt([`setup ${request.ip}`], async () => {
        id = await server.setup.claim(body);
        return true;
      });
      const { users } = await import('@holdfast/core/system');
      return begin(call, (await call.store.repository(users).get({ id: id! }))!);
    },
  }),
  route({
    ...{ method: 'POST', path: '/session', role: null, fresh: true },
    summary: 'Sign in: the answer sets the cookie of the session',
    body: z.strictObject({ username, password }),
    answer,
    audit: ['sign-in', 'session'],
    async handle(call) {
      const { server, store, body, request } = call;
      let user: Awaited<ReturnType<typeof checkPassword>>;
      const keys = [`name ${body.username.toLowerCase()}`, `address ${request.ip}`];
      const good = await server.throttle.attempt(keys, async () => {
        user = await checkPassword(store, body.username, body.password);
        return user !== undefined;
      });
      if (!good || user === undefined) {
        await failed(call, body.username);
        throw new HoldfastError('SIGN_IN_FAILED', 'name or password are wrong, or the user is disabled');
      }
      const session = await begin(call, user);
      call.audit({ entityId: user.id, details: { address: request.ip, username: user.username } });
      return session;
    },
  }),
  route({
    ...{ method: 'GET', path: '/session', role: 'viewer', query: nothing },
    summary: 'Who is asking, what that may, and the csrf of the session',
    answer,
    handle: ({ server, principal }) => sessionJson(server, principal),
  }),
  route({
    ...{ method: 'DELETE', path: '/session', role: 'viewer', status: 204 },
    summary: 'Sign out: ends this session, or revokes this token',
    audit: ['sign-out', 'session'],
    async handle({ store, server, principal, request, reply, audit }) {
      await store.repository(sessions).update({ id: principal.session.id }, { revokedAt: now() });
      setCookie(request, reply, '');
      await server.hub.checkSessions();
      audit({ entityId: principal.user.id });
    },
  }),
  route({
    ...{ method: 'PUT', path: '/session/password', role: 'viewer', fresh: true },
    summary: "Change one's own password: all other sessions are over",
    body: z.strictObject({ current: password, password: newPassword }),
    answer,
    audit: ['update', 'user'],
    async handle(call) {
      const { server, store, principal, body, audit } = call;
      const { user, session } = principal;
      if (effectiveRole(user.role, session.scopes) !== user.role)
        throw new HoldfastError('ROLE_TOO_LOW', 'a token with scopes changes no password');
      const good = await server.throttle.attempt([`name ${user.username}`], () =>
        verifyPassword(body.current, user.passwordHash ?? ''),
      );
      if (!good) throw new HoldfastError('SIGN_IN_FAILED', 'the current password is wrong');
      await changePassword(store, user.id, body.password);
      await server.hub.checkSessions();
      audit({ entityId: user.id, details: { password: 'changed' } });
      return begin(call, user);
    },
  }),
];

/** Failures stand in the audit as well: somebody tried. */
async function failed({ store, request }: Call, given: string): Promise<void> {
  const { appendAudit } = await import('@holdfast/core/system');
  const details = { username: given, address: request.ip };
  await appendAudit(
    store,
    { name: 'nobody', via: 'api' },
    { action: 'sign-in-failed', entity: 'session', details },
  );
}
