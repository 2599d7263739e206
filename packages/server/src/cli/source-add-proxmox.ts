// holdfast source add proxmox

import { type ProxmoxOptions, proxmoxSource } from '@holdfast/domains/proxmox';
import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';
import { readPassword, storeSource } from './source-add.ts';

export function registerProxmox(add: Command, invocation: Invocation): void {
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
      const password = readPassword(options.passwordFile);
      const { settings, credentials } = proxmoxSource({ ...options, password });
      return storeSource(invocation, { name, domain: 'proxmox', settings: { ...settings }, credentials });
    });
}
