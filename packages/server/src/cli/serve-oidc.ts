// How signing in elsewhere is set up: options of serve, and their variables.

import { readFileSync } from 'node:fs';
import { HoldfastError } from '@holdfast/core';
import type { Role } from '@holdfast/core/system';
import { type Command, Option } from 'commander';
import type { OidcSettings } from '../http/oidc/provider.ts';

export interface OidcFlags {
  readonly oidcIssuer?: string;
  readonly oidcClientId?: string;
  readonly oidcClientSecretFile?: string;
  readonly oidcScopes: string;
  readonly oidcRoleClaim: string;
  readonly oidcRoles?: string;
  readonly publicUrl?: string;
}

const roles = ['viewer', 'operator', 'admin'] as const;
const option = (flags: string, what: string, name: string): Option =>
  new Option(flags, what).env(`HOLDFAST_${name}`);

export const withOidc = (command: Command): Command =>
  command
    .addOption(option('--oidc-issuer <url>', 'let people sign in at this OpenID provider', 'OIDC_ISSUER'))
    .addOption(option('--oidc-client-id <id>', 'of this server there', 'OIDC_CLIENT_ID'))
    .addOption(
      option(
        '--oidc-client-secret-file <file>',
        'its first line is the secret (or HOLDFAST_OIDC_CLIENT_SECRET)',
        'OIDC_CLIENT_SECRET_FILE',
      ),
    )
    .addOption(
      option('--oidc-scopes <list>', 'what is asked for', 'OIDC_SCOPES').default('openid profile email'),
    )
    .addOption(
      option('--oidc-role-claim <name>', 'claim with the groups', 'OIDC_ROLE_CLAIM').default('groups'),
    )
    .addOption(
      option(
        '--oidc-roles <list>',
        'ROLE=GROUP by comma, as admin=ops,viewer=*; * is everybody',
        'OIDC_ROLES',
      ),
    )
    .addOption(option('--public-url <url>', 'where browsers find this server', 'PUBLIC_URL'));

/** @returns undefined where nobody signs in elsewhere. @throws USAGE, SETTING_INVALID */
export function oidcSettings(flags: OidcFlags): OidcSettings | undefined {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcRoles, publicUrl } = flags;
  if (issuer === undefined && clientId === undefined) return undefined;
  if (issuer === undefined || clientId === undefined || oidcRoles === undefined)
    throw new HoldfastError('USAGE', '--oidc-issuer, --oidc-client-id and --oidc-roles go together');
  if (!isGood(issuer))
    throw new HoldfastError(
      'SETTING_INVALID',
      `--oidc-issuer is ${JSON.stringify(issuer)}: it takes https://HOST, or http:// on this machine`,
    );
  if (publicUrl !== undefined && !/^https?:\/\/[^/]+\/*$/.test(publicUrl))
    throw new HoldfastError(
      'SETTING_INVALID',
      `--public-url is ${JSON.stringify(publicUrl)}: it takes https://HOST`,
    );
  return {
    ...{ issuer, clientId, scopes: flags.oidcScopes, roleClaim: flags.oidcRoleClaim },
    clientSecret: secretOf(flags.oidcClientSecretFile),
    publicUrl: publicUrl?.replace(/\/+$/, ''),
    roles: rolesOf(oidcRoles),
  };
}

/** Tokens are not sent in plain text to other machines. */
function isGood(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\..*|\[::1\])$/.test(hostname));
}

function secretOf(path: string | undefined): string | undefined {
  if (path === undefined) return process.env['HOLDFAST_OIDC_CLIENT_SECRET'] || undefined;
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/)[0];
  } catch (cause) {
    const why = (cause as Error).message;
    throw new HoldfastError('SETTING_INVALID', `--oidc-client-secret-file cannot be read: ${why}`, { cause });
  }
}

/** By group; where one has two roles, the higher. */
function rolesOf(text: string): ReadonlyMap<string, Role> {
  const found = new Map<string, Role>();
  for (const part of text.split(',')) {
    const [name, group = ''] = [
      part.slice(0, part.indexOf('=')).trim(),
      part.slice(part.indexOf('=') + 1).trim(),
    ];
    const role = roles.find((each) => each === name);
    if (role === undefined || group === '')
      throw new HoldfastError(
        'USAGE',
        `--oidc-roles has ${JSON.stringify(part)}: it takes ROLE=GROUP, roles are ${roles.join(', ')}`,
      );
    const before = found.get(group);
    if (before === undefined || roles.indexOf(before) < roles.indexOf(role)) found.set(group, role);
  }
  return found;
}
