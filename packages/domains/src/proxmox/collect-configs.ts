// Configurations, one request for each guest: Proxmox has no list of them.

import type { HoldfastError } from '@holdfast/core';
import type { Questions } from '../ask.ts';
import { str } from '../decode.ts';
import type { ProxmoxClient } from './client.ts';
import { type GuestConfig, guestConfig } from './guest-config.ts';
import type { GuestKind } from './guest-rows.ts';
import type { KnownGuest } from './known-guests.ts';
import type { MergedGuests } from './merge-guests.ts';

export interface GuestConfigs {
  /** By vmid; a guest whose configuration is the stored one is not in it. */
  readonly changed: Map<number, GuestConfig>;
  /** By node: why some guests' configurations are missing. */
  readonly errors: Map<string, HoldfastError[]>;
}

/** An unchanged digest means an unchanged file, so its configuration is not looked at again. */
export async function readConfigs(
  client: ProxmoxClient,
  questions: Questions,
  kind: GuestKind,
  { byNode }: MergedGuests,
  known: ReadonlyMap<number, KnownGuest>,
): Promise<GuestConfigs> {
  const changed = new Map<number, GuestConfig>();
  const errors = new Map<string, HoldfastError[]>();
  const one = async (node: string, vmid: number): Promise<void> => {
    const path = `/nodes/${encodeURIComponent(node)}/${kind}/${vmid}/config`;
    const { error, value } = await questions.ask(() => client.object(path));
    if (error !== undefined) errors.set(node, [...(errors.get(node) ?? []), error]);
    if (value === undefined) return;
    const digest = str(value['digest']);
    if (digest && digest === known.get(vmid)?.configDigest) return;
    changed.set(vmid, guestConfig(value));
  };
  await Promise.all(
    [...byNode].flatMap(([node, { guests }]) => [...guests.keys()].map((vmid) => one(node, vmid))),
  );
  return { changed, errors };
}
