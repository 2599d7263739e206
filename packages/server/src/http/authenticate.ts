// Who sends a request: by the cookie of a browser, which also has to show where it comes from, or by a bearer token.

import { timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '@holdfast/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from './principal.ts';
import type { ServerContext } from './server-context.ts';
import { csrfOf, principalOf } from './sign-in.ts';

export const cookieName = 'holdfast_session';

/** The value of a cookie. */
export function cookieOf({ headers }: FastifyRequest, name: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

export function setCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  // A cookie marked secure would be lost on plain loopback.
  const secure = request.protocol === 'https' ? '; Secure' : '';
  const lasting = token === '' ? '; Max-Age=0' : '; Max-Age=1209600';
  reply.header('set-cookie', `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Strict${secure}${lasting}`);
}

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** Whether a browser says that the request was made by another site. */
function isForeign({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin } = headers;
  if (origin === undefined) return false;
  try {
    return new URL(origin).host !== host;
  } catch {
    return true;
  }
}

/** @throws CSRF_REFUSED for what changes something, or opens a socket, and comes from another site */
export function refuseForeign(request: FastifyRequest): void {
  const opensSocket = request.headers.upgrade !== undefined;
  if ((!isSafe(request.method) || opensSocket) && isForeign(request))
    throw new HoldfastError('CSRF_REFUSED', 'the request comes from another site');
}

/** @throws AUTH_REQUIRED, CSRF_REFUSED */
export async function authenticate(server: ServerContext, request: FastifyRequest): Promise<Principal> {
  const { authorization } = request.headers;
  const bearer = authorization === undefined ? undefined : /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  const cookie = authorization === undefined ? cookieOf(request, cookieName) : undefined;
  const token = bearer ?? cookie;
  const principal = token === undefined ? undefined : await principalOf(server.store, token);
  if (principal === undefined) {
    const setup = await server.setup.needed();
    throw new HoldfastError(
      'AUTH_REQUIRED',
      token === undefined ? 'nobody is signed in' : 'the session or token is wrong, over or revoked',
      { details: { setup } },
    );
  }
  if (cookie !== undefined && !isSafe(request.method)) {
    const given = Buffer.from(String(request.headers['x-holdfast-csrf'] ?? ''));
    const wanted = Buffer.from(csrfOf(cookie));
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw new HoldfastError('CSRF_REFUSED', 'the header X-Holdfast-Csrf is missing or wrong');
  }
  return principal;
}
