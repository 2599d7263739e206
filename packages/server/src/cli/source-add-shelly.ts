// holdfast source add shelly

import { type ShellyOptions, shellySource } from '@holdfast/domains/shelly';
import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { readPassword, storeSource } from './source-add.ts';

export function registerShelly(add: Command, invocation: Invocation): void {
  add
    .command('shelly')
    .description('Shelly devices of all generations')
    .argument('<name>', 'a short name; it becomes part of every id')
    .option(
      '--addresses <list>',
      'comma-separated: HOST, HOST:PORT, 192.168.1.0/24, 192.168.1.10-192.168.1.50, @FILE with one a line',
    )
    .option('--mdns', 'also ask the local network which devices there are')
    .option('--password-file <file>', 'file with the password of the user admin on its first line')
    .option('--timeout <seconds>', 'longest time for one request', '10')
    .action((name: string, options: ShellyOptions & { passwordFile?: string }) => {
      const password = readPassword(options.passwordFile);
      const { settings, credentials } = shellySource({ ...options, password });
      return storeSource(invocation, { name, domain: 'shelly', settings: { ...settings }, credentials });
    });
}
