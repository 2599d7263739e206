// holdfast user add|list|role|password|disable|enable|remove: who may sign in.

import type { Store } from '@holdfast/core';
import { HoldfastError } from '@holdfast/core';
import type { Actor, Role, UserRecord } from '@holdfast/core/system';
import type { Command } from 'commander';
import {
  addUser,
  changeUser,
  listUsers,
  removeUser,
  requireUser,
  setPassword,
  userJson,
} from '../accounts/manage-users.ts';
import type { Invocation } from './invocation.ts';
import { printable, renderTable } from './output.ts';
import { readPassword } from './source-add.ts';

const roles = ['viewer', 'operator', 'admin'] as const;

interface PasswordFlags {
  readonly passwordFile?: string;
}

export function register(command: Command, invocation: Invocation): void {
  const actor: Actor = { name: invocation.user, via: 'cli' };
  const withStore = <T>(work: (store: Store) => Promise<T>): Promise<T> =>
    invocation.withStore({ create: false }, work);
  const tell = (user: UserRecord, text: string): void => invocation.print(userJson(user), () => text);

  command
    .command('add')
    .description('a new user; the password is asked for, or read from a file')
    .argument('<name>')
    .option('--role <role>', roles.join(', '), 'viewer')
    .option('--display-name <text>')
    .option('--password-file <file>', 'its first line is the password')
    .action(async (username: string, flags: PasswordFlags & { role: string; displayName?: string }) => {
      const role = roleOf(flags.role);
      const password = readPassword(flags.passwordFile) ?? (await invocation.password());
      const { displayName } = flags;
      await invocation.withStore({ create: true }, async (store) => {
        const named = displayName === undefined ? {} : { displayName };
        const user = await addUser(store, actor, { username, password, role, ...named });
        tell(user, `Added ${printable(user.username)} as ${user.role}`);
      });
    });

  command
    .command('list')
    .description('users with their roles')
    .action(() =>
      withStore(async (store) => {
        const items = (await listUsers(store)).map(userJson);
        invocation.print({ items, next: null }, () =>
          items.length === 0
            ? 'No users yet: holdfast user add NAME --role admin'
            : renderTable(
                ['name', 'role', 'enabled', 'last sign-in', 'shown as'],
                items.map((user) => [
                  ...[user.username, user.role, user.enabled ? 'yes' : 'no'],
                  ...[user.lastLoginAt ?? 'never', user.displayName ?? ''],
                ]),
              ),
        );
      }),
    );

  command
    .command('role')
    .description('what a user may do; ends their sessions and tokens')
    .argument('<name>')
    .argument('<role>', roles.join(', '))
    .action((name: string, role: string) =>
      withStore(async (store) => {
        const user = await changeUser(store, actor, name, { role: roleOf(role) });
        tell(user, `${printable(user.username)} is ${user.role} now`);
      }),
    );

  command
    .command('password')
    .description('a new password; ends their sessions and tokens')
    .argument('<name>')
    .option('--password-file <file>', 'its first line is the password')
    .action(async (name: string, flags: PasswordFlags) => {
      const password = readPassword(flags.passwordFile) ?? (await invocation.password());
      await withStore(async (store) => {
        const user = await setPassword(store, actor, name, password);
        tell(user, `${printable(user.username)} has a new password`);
      });
    });

  for (const [verb, enabled] of [
    ['disable', false],
    ['enable', true],
  ] as const)
    command
      .command(verb)
      .description(enabled ? 'let a user sign in again' : 'refuse a user; ends their sessions and tokens')
      .argument('<name>')
      .action((name: string) =>
        withStore(async (store) => {
          const user = await changeUser(store, actor, name, { enabled });
          tell(user, `${printable(user.username)} is ${enabled ? 'enabled' : 'disabled'}`);
        }),
      );

  command
    .command('remove')
    .description('a user with all sessions and tokens; the audit keeps the name')
    .argument('<name>')
    .action((name: string) =>
      withStore(async (store) => {
        const { username } = await requireUser(store, name);
        await invocation.consent(`This removes the user ${printable(username)}.`);
        const user = await removeUser(store, actor, name);
        invocation.print({ removed: user.id, username }, () => `Removed ${printable(username)}`);
      }),
    );
}

function roleOf(text: string): Role {
  const found = roles.find((role) => role === text);
  if (found !== undefined) return found;
  throw new HoldfastError('USAGE', `${JSON.stringify(text)} is no role: there are ${roles.join(', ')}`);
}
