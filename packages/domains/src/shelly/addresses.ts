// Where devices are looked for: hosts, host:port, ranges and files of them, as a person writes them.

import { isIPv4, isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { HoldfastError, readGiven } from '@holdfast/core';

/** One address to ask. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Only tried, since it is part of a range: nothing there is no failure. */
  readonly tried: boolean;
}

/** Addresses of all ranges together that one source takes: a /16. */
const mostAddresses = 65_536;

const invalid = (message: string): HoldfastError =>
  new HoldfastError('SETTING_INVALID', message, {
    hint: 'Give hosts, host:port, 192.168.1.0/24, 192.168.1.10-192.168.1.50, or @FILE with one a line',
  });

/** `host`, or `host:port` where the port is not 80. */
export const addressText = ({ host, port }: Pick<Target, 'host' | 'port'>): string => {
  const shown = isIPv6(host) ? `[${host}]` : host;
  return port === 80 ? shown : `${shown}:${port}`;
};

/** The list as it was given, and the file it names, if any. */
export interface AddressList {
  readonly entries: readonly string[];
  /** Absolute path. */
  readonly file?: string;
}

/** Splits `A,B,@FILE`. @throws SETTING_INVALID naming the entry */
export function parseAddressList(list: string): AddressList {
  const parts = list.split(',').map((part) => part.trim());
  const files = parts.filter((part) => part.startsWith('@')).map((part) => resolve(part.slice(1)));
  if (files.length > 1) throw invalid('--addresses names more than one file');
  const entries = parts.filter((part) => part !== '' && !part.startsWith('@'));
  expandAddresses(entries);
  return { entries, ...(files[0] === undefined ? {} : { file: files[0] }) };
}

/** The entries of a file: one or more a line, comments after #. @throws SETTING_INVALID naming file and line */
export function readAddressFile(path: string): string[] {
  let text: string;
  try {
    text = readGiven(path);
  } catch (cause) {
    throw new HoldfastError(
      'SETTING_INVALID',
      `--addresses: ${path} cannot be read: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
  const entries: string[] = [];
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n?|\n/)
    .entries()) {
    const here = line
      .replace(/#.*/, '')
      .split(/[\s,]+/)
      .filter((entry) => entry !== '');
    for (const entry of here) parseEntry(entry, `line ${index + 1} of ${path}`);
    entries.push(...here);
  }
  return entries;
}

/** Every address of the entries, each once; one that is named itself is not just tried. @throws SETTING_INVALID */
export function expandAddresses(entries: readonly string[]): Target[] {
  const found = new Map<string, Target>();
  let inRanges = 0;
  for (const entry of entries) {
    const { targets, size } = parseEntry(entry, '--addresses');
    if (size > 1) inRanges += size;
    if (inRanges > mostAddresses)
      throw invalid(`--addresses: the ranges hold more than ${mostAddresses} addresses`);
    for (const target of targets()) {
      const key = addressText(target);
      if (!target.tried || !found.has(key)) found.set(key, target);
    }
  }
  return [...found.values()];
}

interface Entry {
  readonly size: number;
  readonly targets: () => Iterable<Target>;
}

function parseEntry(given: string, where: string): Entry {
  const refuse = (why: string): never => {
    throw invalid(`${where}: ${JSON.stringify(given.slice(0, 80))} ${why}`);
  };
  const entry = given.replace(/^http:\/\//i, '').replace(/\/$/, '');
  const [, rest = '', portText] = /^(\[[^\]]*\])(?::(.*))?$/.exec(entry) ??
    /^([^:]*)(?::([^:]*))?$/.exec(entry) ?? [undefined, entry];
  const port = portText === undefined ? 80 : Number(portText);
  if (portText !== undefined && !(/^\d+$/.test(portText) && port >= 1 && port <= 65_535))
    refuse('has a port that is none');
  const range = parseRange(rest, refuse);
  if (range !== undefined) return rangeEntry(range, port, refuse);
  const host = rest.replace(/^\[|\]$/g, '');
  if (rest.startsWith('[') || rest.includes(':')) {
    if (rest.startsWith('[') !== rest.endsWith(']') || !isIPv6(host)) refuse('is no IPv6 address');
  } else if (/^[\d.]+$/.test(host)) {
    if (!isIPv4(host)) refuse('is no IPv4 address');
  } else if (host.length > 200 || !/^[a-z0-9]([a-z0-9._-]*[a-z0-9])?\.?$/i.test(host)) refuse('is no host');
  return { size: 1, targets: () => [{ host, port, tried: false }] };
}

function parseRange(
  text: string,
  refuse: (why: string) => never,
): { first: number; last: number } | undefined {
  const [, network, bits] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  if (network !== undefined) {
    const prefix = Number(bits);
    if (!isIPv4(network) || prefix > 32) refuse('is no IPv4 network');
    const size = 2 ** (32 - prefix);
    const start = toNumber(network) - (toNumber(network) % size);
    // The first address names the network, the last one reaches all of it.
    return prefix >= 31
      ? { first: start, last: start + size - 1 }
      : { first: start + 1, last: start + size - 2 };
  }
  if (text.includes('/')) refuse('is no IPv4 network');
  const [, from, to] = /^(\d+\.\d+\.\d+\.\d+)-([\d.]+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return undefined;
  const end = to.includes('.') ? to : from.replace(/\d+$/, to);
  if (!isIPv4(from) || !isIPv4(end) || toNumber(end) < toNumber(from))
    refuse('is no range of IPv4 addresses');
  return { first: toNumber(from), last: toNumber(end) };
}

function rangeEntry(
  { first, last }: { first: number; last: number },
  port: number,
  refuse: (why: string) => never,
): Entry {
  const size = last - first + 1;
  if (size > mostAddresses) refuse(`holds more than ${mostAddresses} addresses`);
  return {
    size,
    *targets() {
      for (let each = first; each <= last; each++) yield { host: toText(each), port, tried: true };
    },
  };
}

const toNumber = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const toText = (ip: number): string => [24, 16, 8, 0].map((shift) => (ip / 2 ** shift) & 255).join('.');
