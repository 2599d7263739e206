// holdfast source add|list|test|remove: the connections that sweeps read.

import { readFileSync } from 'node:fs';
import { formatInstant, HoldfastError } from '@holdfast/core';
import {
  addSource,
  countRecords,
  credentialsOf,
  listSources,
  removeSource,
  requireSource,
} from '@holdfast/core/system';
import { type ProxmoxOptions, proxmoxSource } from '@holdfast/domains/proxmox';
import type { Command } from 'commander';
import { collectors } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { renderTable } from './output.ts';

export function register(command: Command, invocation: Invocation): void {
  registerAdd(command.command('add').description('connect a system'), invocation);

  command
    .command('list')
    .description('the connections, without their credentials')
    .action(() =>
      invocation.withStore({ create: false }, async (store) => {
        const items = (await listSources(store)).map(({ name, domain, settings, enabled, createdAt }) => ({
          name,
          domain,
          settings,
          enabled,
          createdAt: formatInstant(createdAt),
        }));
        invocation.print({ items, next: null }, () =>
          items.length === 0
            ? 'No sources yet: holdfast source add --help'
            : renderTable(
                ['name', 'domain', 'endpoint', 'enabled'],
                items.map((item) => [
                  item.name,
                  item.domain,
                  String(item.settings['endpoint'] ?? '-'),
                  item.enabled ? 'yes' : 'no',
                ]),
              ),
        );
      }),
    );

  command
    .command('test')
    .description('sign in and ask one question')
    .argument('<name>')
    .action((name: string) =>
      invocation.withStore({ create: false }, async (store) => {
        const source = await requireSource(store, name);
        const collector = collectors.find(({ domain }) => domain === source.domain);
        if (collector === undefined)
          throw new HoldfastError(
            'SETTING_INVALID',
            `nothing here reads sources of the domain ${source.domain}`,
          );
        const credentials = credentialsOf(source);
        const found = await collector.test({ source, credentials, signal: invocation.signal });
        const words = Object.entries(found).map(([key, value]) => `${key} ${String(value)}`);
        invocation.print(
          { ok: true, source: name, domain: source.domain, found },
          () => `${name} answers: ${words.join(', ')}`,
        );
      }),
    );

  command
    .command('remove')
    .description('remove a connection and every record it confirmed')
    .argument('<name>')
    .action((name: string) =>
      invocation.withStore({ create: false }, async (store) => {
        const counts = Object.entries(await countRecords(store, name)).filter(([, count]) => count > 0);
        const what = counts.map(([table, count]) => `${count} of ${table}`).join(', ');
        await invocation.consent(`Removing ${name} deletes its records: ${what === '' ? 'none yet' : what}.`);
        const deleted = await removeSource(store, name);
        invocation.print({ removed: name, records: deleted }, () => `Removed ${name} and ${deleted} records`);
      }),
    );
}

function registerAdd(add: Command, invocation: Invocation): void {
  add
    .command('proxmox')
    .description('a Proxmox cluster or node')
    .argument('<name>', 'a short name; it becomes part of every id')
    .option('--endpoint <url>', 'https://HOST:8006')
    .option('--token <token>', 'USER@REALM!ID=SECRET (role PVEAuditor on / is enough)')
    .option('--user <user>', 'USER@REALM, to sign in with a ticket')
    .option('--password-file <file>', "file with the user's password on its first line")
    .option('--fingerprint <sha256>', 'SHA-256 of the certificate: accept this one and no other')
    .option('--insecure', 'accept any certificate')
    .option('--timeout <seconds>', 'longest time for one request', '60')
    .action((name: string, options: ProxmoxOptions & { passwordFile?: string }) => {
      const password = options.passwordFile === undefined ? undefined : firstLine(options.passwordFile);
      const { settings, credentials } = proxmoxSource({ ...options, password });
      return invocation.withStore({ create: true }, async (store) => {
        await addSource(store, { name, domain: 'proxmox', settings: { ...settings }, credentials });
        invocation.print({ name, domain: 'proxmox', settings }, () =>
          [`Added ${name}.`, `Next: holdfast source test ${name}, then holdfast sync`].join('\n'),
        );
      });
    });
}

function firstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/)[0] ?? '';
  } catch (cause) {
    throw new HoldfastError(
      'SETTING_INVALID',
      `--password-file cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}
