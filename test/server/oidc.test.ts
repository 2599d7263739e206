// Signing in at an OpenID provider, over HTTP, as a browser does it: who may, as what, and what is refused.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { oidcSettings } from '../../packages/server/src/cli/serve-oidc.ts';
import { openProvider, type TestProvider } from './open-provider.ts';
import { openServer, type TestServer } from './open-server.ts';

let server: TestServer;
let issuer: string;
let provider: TestProvider;
/** Of accounts there. */
const groups: Record<string, string[]> = {
  ann: ['ops'],
  bob: ['boss', 'ops'],
  eve: ['guests'],
  viewer: ['ops'],
};
const settings = (more: object = {}) =>
  oidcSettings({
    ...{ oidcIssuer: issuer, oidcClientId: 'holdfast', oidcScopes: 'openid profile' },
    ...{ oidcRoleClaim: 'groups', oidcRoles: 'admin=boss,operator=ops', ...more },
  });

beforeAll(async () => {
  provider = await openProvider(groups);
  ({ issuer } = provider);
  server = await openServer({ oidc: settings() });
  provider.serve(server.url);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

/** A browser with its cookies. It goes on where it is sent, until `stop` is there. */
function browser() {
  const jars = new Map<string, Map<string, string>>();
  const visit = async (
    url: URL,
    form?: Record<string, string>,
  ): Promise<{ url: URL; response: Response }> => {
    const jar = jars.get(url.origin) ?? new Map<string, string>();
    jars.set(url.origin, jar);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === '') jar.delete(name!);
      else jar.set(name!, value!);
    }
    return { url, response };
  };
  const follow = async (first: URL, stop: (url: URL) => boolean, form?: Record<string, string>) => {
    let { url, response } = await visit(first, form);
    while (response.status >= 300 && response.status < 400) {
      const next = new URL(response.headers.get('location')!, url);
      if (stop(next)) return next;
      ({ url, response } = await visit(next));
    }
    return url;
  };
  return { visit, follow, cookie: (name: string) => jars.get(server.url)?.get(name) };
}

const never = () => false;
const home = (url: URL) => url.origin === server.url && url.pathname === '/';
const begin = () => new URL(`${server.url}/api/v1/session/oidc`);

/** Signs in there, and consents. @returns where the provider sends the browser back to */
async function atProvider(account: string, { follow }: ReturnType<typeof browser>): Promise<URL> {
  const back = (url: URL) => url.pathname.endsWith('/callback');
  const login = await follow(begin(), never);
  const consent = await follow(login, back, { prompt: 'login', login: account, password: 'any' });
  return back(consent) ? consent : follow(consent, back, { prompt: 'consent' });
}

async function signIn(account: string) {
  const there = browser();
  const end = await there.follow(await atProvider(account, there), home);
  const cookie = there.cookie('holdfast_session');
  const session =
    cookie === undefined
      ? undefined
      : (await server.get('/api/v1/session', { as: null, headers: { cookie: `holdfast_session=${cookie}` } }))
          .json;
  return { end: end.search, session };
}

test('pages can tell that there is another way in', async () => {
  expect((await server.get('/api/v1/setup', { as: null })).json).toEqual({ needed: false, oidc: true });
});

test('the role follows the groups at each sign-in, and the user stays the same', async () => {
  const first = await signIn('ann');
  expect(first).toMatchObject({
    ...{ end: '', session: { role: 'operator', via: 'session' } },
    session: { user: { username: 'ann', displayName: 'ann of there' } },
  });
  expect((await signIn('bob')).session).toMatchObject({ role: 'admin' });
  groups['ann'] = ['boss'];
  const again = await signIn('ann');
  expect(again.session).toMatchObject({ role: 'admin', user: { id: first.session.user.id } });
  const { items } = (await server.get('/api/v1/audit?action=sign-in')).json;
  expect(items[0]).toMatchObject({ actor: 'ann', via: 'oidc', details: { issuer } });
  // There is no password to guess.
  const guess = await server.post('/api/v1/session', { username: 'ann', password: '' }, { as: null });
  expect(guess.json.error.code).toBe('SIGN_IN_FAILED');
});

test('no role, a name that is taken here, and a disabled user: nobody is signed in', async () => {
  expect(await signIn('eve')).toEqual({ end: '?sign_in=OIDC_REFUSED', session: undefined });
  // A user here has this name, and a password.
  expect(await signIn('viewer')).toEqual({ end: '?sign_in=USER_EXISTS', session: undefined });
  const { user } = (await signIn('bob')).session;
  await server.ask('PATCH', `/api/v1/users/${user.id}`, { body: { enabled: false } });
  expect(await signIn('bob')).toEqual({ end: '?sign_in=SIGN_IN_FAILED', session: undefined });
});

test('an answer that was not asked for by this browser, or is used again, is refused', async () => {
  const there = browser();
  const answer = await atProvider('ann', there);
  const stranger = browser();
  const end = async (who: ReturnType<typeof browser>, url: URL) => (await who.follow(url, home)).search;
  expect(await end(stranger, answer)).toBe('?sign_in=OIDC_FAILED');
  const forged = new URL(answer);
  forged.searchParams.set('state', 'forged');
  expect(await end(there, forged)).toBe('?sign_in=OIDC_FAILED');
  expect(await end(there, answer)).toBe('');
  expect(await end(there, answer)).toBe('?sign_in=OIDC_FAILED');
  const denied = new URL(answer);
  denied.search = '?error=access_denied';
  expect(await end(browser(), denied)).toBe('?sign_in=OIDC_FAILED');
});

test('settings that do not go together are refused, and a provider that is none says so', async () => {
  const code = (more: object) => {
    try {
      settings(more);
    } catch (error) {
      return (error as { code: string }).code;
    }
    return undefined;
  };
  expect(code({ oidcRoles: undefined })).toBe('USAGE');
  expect(code({ oidcRoles: 'king=ops' })).toBe('USAGE');
  expect(code({ oidcIssuer: 'http://192.0.2.1' })).toBe('SETTING_INVALID');
  expect(code({ publicUrl: 'holdfast.lan' })).toBe('SETTING_INVALID');
  expect(code({ oidcClientSecretFile: '/nowhere' })).toBe('SETTING_INVALID');
  await using other = await openServer({ oidc: settings({ oidcIssuer: server.url }) });
  expect((await other.get('/api/v1/session/oidc', { as: null })).json.error.code).toBe('OIDC_FAILED');
  await using none = await openServer();
  expect((await none.get('/api/v1/session/oidc', { as: null })).json.error.code).toBe('OIDC_NONE');
  expect((await none.get('/api/v1/setup', { as: null })).json).toEqual({ needed: false, oidc: false });
});
