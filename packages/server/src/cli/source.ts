// holdfast source add|list|test|policy|remove: the connections that sweeps read.

import { formatInstant, HoldfastError } from '@holdfast/core';
import {
  countRecords,
  credentialsOf,
  listConnections,
  removeSource,
  requireSource,
} from '@holdfast/core/system';
import type { Command } from 'commander';
import { collectors } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { renderTable } from './output.ts';
import { registerProxmox } from './source-add-proxmox.ts';
import { registerShelly } from './source-add-shelly.ts';
import { registerPolicy } from './source-policy.ts';

export function register(command: Command, invocation: Invocation): void {
  const add = command.command('add').description('connect a system');
  for (const registerDomain of [registerProxmox, registerShelly]) registerDomain(add, invocation);

  command
    .command('list')
    .description('the connections, without their credentials')
    .action(() =>
      invocation.withStore({ create: false }, async (store) => {
        const items = (await listConnections(store)).map(
          ({ name, domain, settings, enabled, createdAt }) => ({
            name,
            domain,
            settings,
            enabled,
            createdAt: formatInstant(createdAt),
          }),
        );
        invocation.print({ items, next: null }, () =>
          items.length === 0
            ? 'No sources yet: holdfast source add --help'
            : renderTable(
                ['name', 'domain', 'where', 'enabled'],
                items.map((item) => [
                  item.name,
                  item.domain,
                  placeOf(item.settings),
                  item.enabled ? 'yes' : 'no',
                ]),
              ),
        );
      }),
    );

  registerPolicy(command, invocation);

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

/** Where a source's system is, in a few words. */
function placeOf({ endpoint, addresses, addressFile, mdns }: Readonly<Record<string, unknown>>): string {
  if (endpoint !== undefined) return String(endpoint);
  const places = [
    ...(Array.isArray(addresses) ? addresses.map(String) : []),
    ...(addressFile === undefined ? [] : [`@${String(addressFile)}`]),
    ...(mdns === true ? ['mDNS'] : []),
  ];
  return places.length > 3
    ? `${places.slice(0, 3).join(', ')} and ${places.length - 3} more`
    : places.join(', ');
}
