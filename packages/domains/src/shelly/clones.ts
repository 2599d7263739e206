// Several addresses that answer with one MAC: a device with two interfaces, or devices of which one is cloned.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { DeviceRead } from './read-device.ts';

export interface OneDevice {
  /** The answers that count. */
  readonly chosen: DeviceRead;
  /** Other devices that claim the same MAC. */
  readonly clones: readonly DeviceRead[];
}

/** @param address where the MAC was found last; whoever answers there is believed, else the first one listed */
export async function sortOut(reads: readonly DeviceRead[], address: string | null): Promise<OneDevice> {
  const chosen = reads.find((read) => read.address === address) ?? reads[0]!;
  const clones: DeviceRead[] = [];
  for (const read of reads) if (read !== chosen && !(await isSameDevice(chosen, read))) clones.push(read);
  return { chosen, clones };
}

/** One place under two names, or two interfaces that both answers name as their own. */
async function isSameDevice(one: DeviceRead, other: DeviceRead): Promise<boolean> {
  if (one.target.port !== other.target.port) return false;
  const [first, second] = await Promise.all([addressOf(one.target.host), addressOf(other.target.host)]);
  const owns = ({ own = [] }: DeviceRead): boolean => own.includes(first) && own.includes(second);
  return first === second || (owns(one) && owns(other));
}

async function addressOf(host: string): Promise<string> {
  if (isIP(host) > 0) return host;
  return lookup(host).then(
    ({ address }) => address,
    () => host,
  );
}
