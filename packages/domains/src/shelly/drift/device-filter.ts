// Which devices a schedule means.

import { BlockList, isIP } from 'node:net';
import { HoldfastError } from '@holdfast/core';
import { normaliseMac } from '../mac.ts';
import type { DeviceFilter } from '../tables/notifications.ts';

type Device = Readonly<Record<string, unknown>>;

/** Everything that is given must hold; of `exclude` (MACs, names or device ids), nothing. @throws SETTING_INVALID */
export function deviceFilter(given: unknown): (device: Device) => boolean {
  const { macs, models, names, generations, ipRanges, exclude } = given as DeviceFilter;
  const within = ipRanges === undefined ? undefined : rangeOf(ipRanges);
  const isOneOf = (list: readonly unknown[] | undefined, value: unknown): boolean =>
    list === undefined || list.some((each) => plain(each) === plain(value));
  const excluded = new Set(
    (exclude ?? []).flatMap((each) => [plain(each), normaliseMac(each) ?? plain(each)]),
  );
  return (device) =>
    isOneOf(
      macs?.map((mac) => normaliseMac(mac) ?? mac),
      device['mac'],
    ) &&
    isOneOf(models, device['model']) &&
    isOneOf(names, device['name']) &&
    isOneOf(generations, device['generation']) &&
    (within === undefined || within(device['ip'])) &&
    !['mac', 'name', 'deviceId'].some((property) => {
      const value = device[property];
      return typeof value === 'string' && (excluded.has(value) || excluded.has(plain(value)));
    });
}

const plain = (value: unknown): string => String(value ?? '').toLowerCase();

/** `192.168.1.0/24`, `192.168.1.10-192.168.1.50`, or one address. */
function rangeOf(texts: readonly string[]): (ip: unknown) => boolean {
  const list = new BlockList();
  for (const text of texts) {
    try {
      const [first = '', ...rest] = text.split(/[-/]/).map((part) => part.trim());
      const family = isIP(first) === 6 ? 'ipv6' : 'ipv4';
      if (rest.length === 0) list.addAddress(first, family);
      else if (text.includes('/')) list.addSubnet(first, Number(rest[0]), family);
      else list.addRange(first, rest[0]!, family);
    } catch (cause) {
      throw new HoldfastError(
        'SETTING_INVALID',
        `ipRanges: ${JSON.stringify(text)} is no range of addresses`,
        {
          hint: 'Write 192.168.1.0/24, 192.168.1.10-192.168.1.50, or one address',
          cause,
        },
      );
    }
  }
  return (ip) => typeof ip === 'string' && isIP(ip) > 0 && list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
}
