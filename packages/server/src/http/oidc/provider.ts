// Signing in elsewhere: OpenID Connect, authorization code with PKCE, the identity token checked with the provider's keys.

import { HoldfastError, isHoldfastError } from '@holdfast/core';
import type { Role } from '@holdfast/core/system';
import type * as OpenId from 'openid-client';

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** Where browsers find this server; else what they ask for. As `https://holdfast.lan`. */
  readonly publicUrl?: string | undefined;
  readonly scopes: string;
  /** Claim with a group or a list of them. */
  readonly roleClaim: string;
  /** The highest role that any value of the claim has; `*` is every value, also none. */
  readonly roles: ReadonlyMap<string, Role>;
}

/** What a browser brings back from the provider, sealed in its cookie meanwhile. */
export interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirect: string;
}

export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
  readonly displayName: string | undefined;
  readonly role: Role;
}

const rank: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

export class OidcProvider {
  readonly settings: OidcSettings;
  #found: Promise<readonly [typeof OpenId, OpenId.Configuration]> | undefined;

  constructor(settings: OidcSettings) {
    this.settings = settings;
  }

  /** Asked when first needed: a provider that is down keeps nobody from starting. */
  async #configuration(): Promise<readonly [typeof OpenId, OpenId.Configuration]> {
    this.#found ??= this.#discover();
    try {
      return await this.#found;
    } catch (error) {
      this.#found = undefined;
      throw failed('the provider does not answer as one', error);
    }
  }

  async #discover(): Promise<readonly [typeof OpenId, OpenId.Configuration]> {
    const oidc = await import('openid-client');
    const { issuer, clientId, clientSecret } = this.settings;
    const url = new URL(issuer);
    const plain = url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
    const configuration = await oidc.discovery(url, clientId, clientSecret, undefined, {
      execute: [...plain, oidc.enableNonRepudiationChecks],
      timeout: 10,
    });
    return [oidc, configuration];
  }

  /** @returns where the browser goes, and what it has to bring back. @throws OIDC_FAILED */
  async begin(redirect: string): Promise<{ readonly url: string; readonly begun: Begun }> {
    const [oidc, configuration] = await this.#configuration();
    const begun = {
      ...{ state: oidc.randomState(), nonce: oidc.randomNonce(), redirect },
      verifier: oidc.randomPKCECodeVerifier(),
    };
    const url = oidc.buildAuthorizationUrl(configuration, {
      ...{ redirect_uri: redirect, scope: this.settings.scopes, state: begun.state, nonce: begun.nonce },
      code_challenge: await oidc.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, begun };
  }

  /** @param search of the request that came back. @throws OIDC_FAILED, OIDC_REFUSED where no role is meant for it */
  async finish(search: string, { state, nonce, verifier, redirect }: Begun): Promise<Identity> {
    const [oidc, configuration] = await this.#configuration();
    try {
      const tokens = await oidc.authorizationCodeGrant(configuration, new URL(`${redirect}${search}`), {
        ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
      });
      const identity = tokens.claims()!;
      const { roleClaim, issuer } = this.settings;
      const asks = identity[roleClaim] === undefined && configuration.serverMetadata().userinfo_endpoint;
      const more = asks ? await oidc.fetchUserInfo(configuration, tokens.access_token, identity.sub) : {};
      const claims: Readonly<Record<string, unknown>> = { ...more, ...identity };
      const name = [claims['preferred_username'], claims['email'], identity.sub].find(isText)!;
      const role = this.#roleOf(claims[roleClaim]);
      if (role === undefined)
        throw new HoldfastError('OIDC_REFUSED', `no role here is meant for ${name} by its ${roleClaim}`);
      return {
        ...{ issuer, subject: identity.sub, username: name, role },
        displayName: isText(claims['name']) ? claims['name'].slice(0, 128) : undefined,
      };
    } catch (error) {
      if (isHoldfastError(error)) throw error;
      throw failed('the provider and this server do not agree', error);
    }
  }

  #roleOf(claim: unknown): Role | undefined {
    const values = ['*', ...(Array.isArray(claim) ? claim : [claim]).filter(isText)];
    const roles = values.map((value) => this.settings.roles.get(value)).filter((role) => role !== undefined);
    return roles.toSorted((one, other) => rank[other] - rank[one])[0];
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The provider's own words, without what it was sent. */
function failed(what: string, error: unknown): HoldfastError {
  const { message, error: code } = error as { readonly message?: string; readonly error?: string };
  return new HoldfastError('OIDC_FAILED', `${what}: ${(code ?? message ?? 'unknown').slice(0, 200)}`, {
    cause: error,
  });
}
