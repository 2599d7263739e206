// holdfast token create|list|revoke: what programs show instead of a password.

import { HoldfastError } from '@holdfast/core';
import type { Command } from 'commander';
import {
  listTokens,
  makeToken,
  revokeOne,
  type Scope,
  scopes,
  tokenJson,
} from '../accounts/manage-tokens.ts';
import { requireUser } from '../accounts/manage-users.ts';
import type { Invocation } from './invocation.ts';
import { parseUntil } from './moments.ts';
import { paint, renderTable } from './output.ts';

interface Flags {
  readonly user: string;
  readonly scopes?: string;
  readonly expires?: string;
}

export function register(command: Command, invocation: Invocation): void {
  const actor = { name: invocation.user, via: 'cli' };

  command
    .command('create')
    .description('a token of a user; it is shown once')
    .argument('<label>', 'what it is for')
    .requiredOption('--user <name>', 'whose it is: it never may more than this user')
    .option('--scopes <list>', `comma-separated: ${scopes.join(', ')} (default: all that the user may)`)
    .option('--expires <when>', 'RFC 3339 with its zone, or 30m, 12h, 90d from now (default: never)')
    .action((label: string, flags: Flags) => {
      const limited = flags.scopes?.split(',').map((word) => scopeOf(word.trim()));
      const expiresAt = flags.expires === undefined ? undefined : parseUntil(flags.expires);
      return invocation.withStore({ create: false }, async (store) => {
        const user = await requireUser(store, flags.user);
        const { token, session } = await makeToken(store, actor, user, { label, scopes: limited, expiresAt });
        invocation.print({ ...tokenJson(session, user.username), token }, () =>
          [
            token,
            paint('dim', 'Keep it: it is not shown again. Send it as Authorization: Bearer TOKEN'),
          ].join('\n'),
        );
      });
    });

  command
    .command('list')
    .description('tokens that are good')
    .option('--user <name>')
    .action(({ user: named }: { user?: string }) =>
      invocation.withStore({ create: false }, async (store) => {
        const user = named === undefined ? undefined : await requireUser(store, named);
        const items = await listTokens(store, {
          kind: 'token',
          ...(user === undefined ? {} : { userId: user.id }),
        });
        invocation.print({ items, next: null }, () =>
          items.length === 0
            ? 'No tokens: holdfast token create LABEL --user NAME'
            : renderTable(
                ['id', 'user', 'label', 'scopes', 'expires', 'last used'],
                items.map((each) => [
                  ...[each.id, each.username, each.label ?? '', each.scopes?.join(',') ?? 'all'],
                  ...[each.expiresAt ?? 'never', each.lastUsedAt ?? 'never'],
                ]),
              ),
        );
      }),
    );

  command
    .command('revoke')
    .description('refuse a token from now on')
    .argument('<id>', 'as token list shows it')
    .action((id: string) =>
      invocation.withStore({ create: false }, async (store) => {
        await revokeOne(store, actor, id);
        invocation.print({ revoked: id }, () => `Revoked ${id}`);
      }),
    );
}

function scopeOf(text: string): Scope {
  const found = scopes.find((scope) => scope === text);
  if (found !== undefined) return found;
  throw new HoldfastError('USAGE', `${JSON.stringify(text)} is no scope: there are ${scopes.join(', ')}`);
}
