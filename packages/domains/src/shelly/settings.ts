// How a Shelly source is configured: where its devices are, and their password.

import { HoldfastError } from '@holdfast/core';
import { parseAddressList, readAddressFile } from './addresses.ts';

/** As given on the command line or to the API. */
export interface ShellyOptions {
  /** Comma-separated hosts, `host:port`, CIDR and other ranges, or `@FILE` with one a line. */
  readonly addresses?: string | undefined;
  /** Also ask the local network who is there. */
  readonly mdns?: boolean | undefined;
  /** Of the user `admin`, the only one that devices know. */
  readonly password?: string | undefined;
  /** Longest time for one request, in seconds. @default 10 */
  readonly timeout?: string | undefined;
}

/** As stored with the source, the password apart. */
export interface ShellySettings {
  readonly addresses: readonly string[];
  /** Read again for each sweep; while it is there, `fileAddresses` only remembers it. */
  readonly addressFile?: string;
  readonly fileAddresses?: readonly string[];
  readonly mdns?: true;
  readonly timeoutMs?: number;
}

export interface ShellyCredentials {
  readonly password?: string;
}

/** @throws SETTING_INVALID naming the setting; the password is never repeated */
export function shellySource({ addresses, mdns, password, timeout }: ShellyOptions): {
  settings: ShellySettings;
  credentials: Record<string, string>;
} {
  const { entries, file } = parseAddressList(addresses ?? '');
  const fileEntries = file === undefined ? undefined : readAddressFile(file);
  if (entries.length === 0 && (fileEntries ?? []).length === 0 && mdns !== true)
    throw new HoldfastError(
      'SETTING_INVALID',
      file === undefined ? '--addresses is missing' : `--addresses: ${file} holds no address`,
      { hint: 'Give --addresses 192.168.1.0/24, or --mdns to ask the local network' },
    );
  if (password === '')
    throw new HoldfastError('SETTING_INVALID', '--password-file holds no password on its first line');
  const timeoutMs = parseTimeout(timeout);
  return {
    settings: {
      addresses: entries,
      ...(file === undefined ? {} : { addressFile: file, fileAddresses: fileEntries ?? [] }),
      ...(mdns === true ? { mdns } : {}),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
    credentials: password === undefined ? {} : { password },
  };
}

function parseTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 600) return Math.round(seconds * 1000);
  throw new HoldfastError('SETTING_INVALID', `--timeout is ${JSON.stringify(text)}`, {
    hint: 'Give seconds, up to 600',
  });
}
