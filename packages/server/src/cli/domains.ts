// The domains this program serves, and what reads their sources.

import { type Domain, HoldfastError, type Resource } from '@holdfast/core';
import type { Collector } from '@holdfast/core/sync';
import { appsDomain } from '@holdfast/domains/apps';
import { coach } from '@holdfast/domains/coach';
import { dns } from '@holdfast/domains/dns';
import { proxmox, proxmoxCollector } from '@holdfast/domains/proxmox';
import { shelly, shellyCollector } from '@holdfast/domains/shelly';

export const domains: readonly Domain[] = [proxmox, shelly, dns, appsDomain, coach];
export const collectors: readonly Collector[] = [proxmoxCollector, shellyCollector];

export const resources: readonly Resource[] = domains.flatMap((domain) => domain.resources);

/** @throws RESOURCE_UNKNOWN */
export function requireResource(name: string): Resource {
  const resource = resources.find((candidate) => candidate.name === name);
  if (resource !== undefined) return resource;
  throw new HoldfastError('RESOURCE_UNKNOWN', `there is no resource ${name}`, {
    hint: `There are ${resources.map((candidate) => candidate.name).join(', ')}`,
  });
}
