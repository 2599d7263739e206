// A real OpenID provider, with its own pages for signing in and consenting; whatever password it is given is right.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Knows a server of Holdfast from here on. @param url of the server */
  serve(url: string): void;
}

const secret = 'between the two of them';

/** The secret of the client is in the environment until it is closed. @param groups of accounts there */
export async function openProvider(
  groups: Readonly<Record<string, readonly string[]>>,
): Promise<TestProvider> {
  process.env['HOLDFAST_OIDC_CLIENT_SECRET'] = secret;
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    issuer,
    serve(url) {
      const provider = new Provider(issuer, {
        clients: [
          {
            ...{ client_id: 'holdfast', client_secret: secret },
            redirect_uris: [`${url}/api/v1/session/oidc/callback`],
          },
        ],
        claims: { openid: ['sub'], profile: ['preferred_username', 'name', 'groups'] },
        pkce: { required: () => true },
        cookies: { keys: ['of this test'] },
        findAccount: (_: unknown, id: string) => ({
          accountId: id,
          claims: () => ({ sub: id, preferred_username: id, name: `${id} of there`, groups: groups[id] }),
        }),
      });
      http.on('request', provider.callback());
    },
    async [Symbol.asyncDispose]() {
      delete process.env['HOLDFAST_OIDC_CLIENT_SECRET'];
      await new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      });
    },
  };
}
