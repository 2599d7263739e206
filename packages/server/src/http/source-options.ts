// How sources of each domain are given through the API: the same options as on the command line.

import { HoldfastError } from '@holdfast/core';
import type { NewSource } from '@holdfast/core/system';
import { proxmoxSource } from '@holdfast/domains/proxmox';
import { shellySource } from '@holdfast/domains/shelly';
import { z } from 'zod';
import { parsePart } from './error-answer.ts';

interface SourceOption {
  readonly name: string;
  readonly kind: 'text' | 'flag' | 'number';
  readonly secret: boolean;
  readonly required: boolean;
  readonly summary: string;
}

interface SourceKind {
  readonly domain: string;
  readonly summary: string;
  readonly options: readonly SourceOption[];
  /** @throws SETTING_INVALID, REQUEST_INVALID */
  readonly parse: (options: unknown) => Pick<NewSource, 'settings' | 'credentials'>;
}

const text = z.string().max(4_000).optional();
const seconds = z
  .union([z.string().max(10), z.number()])
  .transform(String)
  .optional();

const option = (name: string, summary: string, more: Partial<SourceOption> = {}): SourceOption => ({
  ...{ name, kind: 'text', secret: false, required: false, summary },
  ...more,
});
const timeout = option('timeout', 'longest time for one request, in seconds', { kind: 'number' });

const proxmoxOptions = z.strictObject({
  ...{ endpoint: text, token: text, user: text, password: text, fingerprint: text },
  insecure: z.boolean().optional(),
  timeout: seconds,
});
const shellyOptions = z.strictObject({
  addresses: z.union([z.string().max(100_000), z.array(z.string().max(300)).max(5_000)]).optional(),
  mdns: z.boolean().optional(),
  password: text,
  timeout: seconds,
});

export const sourceKinds: readonly SourceKind[] = [
  {
    domain: 'proxmox',
    summary: 'a Proxmox cluster or node',
    options: [
      option('endpoint', 'https://HOST:8006', { required: true }),
      option('token', 'USER@REALM!ID=SECRET (role PVEAuditor on / is enough)', { secret: true }),
      option('user', 'USER@REALM, to sign in with a ticket'),
      option('password', "the user's password", { secret: true }),
      option('fingerprint', 'SHA-256 of the certificate: accept this one and no other'),
      option('insecure', 'accept any certificate', { kind: 'flag' }),
      timeout,
    ],
    parse(options) {
      const { settings, credentials } = proxmoxSource(parsePart(proxmoxOptions, options, 'body.options'));
      return { settings: { ...settings }, credentials };
    },
  },
  {
    domain: 'shelly',
    summary: 'Shelly devices of all generations',
    options: [
      option('addresses', 'comma-separated: HOST, HOST:PORT, 192.168.1.0/24, 192.168.1.10-192.168.1.50'),
      option('mdns', 'also ask the local network which devices there are', { kind: 'flag' }),
      option('password', 'of the user admin', { secret: true }),
      timeout,
    ],
    parse(options) {
      const { addresses, ...rest } = parsePart(shellyOptions, options, 'body.options');
      const list = Array.isArray(addresses) ? addresses.join(',') : addresses;
      // A file of this machine is nothing that a request may name.
      if (list?.includes('@'))
        throw new HoldfastError('SETTING_INVALID', 'addresses: a file is named on the command line only');
      const { settings, credentials } = shellySource({ addresses: list, ...rest });
      return { settings: { ...settings }, credentials };
    },
  },
];

/** @throws SETTING_INVALID */
export function requireSourceKind(domain: string): SourceKind {
  const found = sourceKinds.find((kind) => kind.domain === domain);
  if (found !== undefined) return found;
  throw new HoldfastError('SETTING_INVALID', `no sources of the domain ${domain} can be added`, {
    hint: `There are ${sourceKinds.map((kind) => kind.domain).join(', ')}`,
  });
}
