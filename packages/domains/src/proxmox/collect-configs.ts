// Configurations, one request for each guest: Proxmox has no list of them.

import type { HoldfastError } from '@holdfast/core';
import type { Questions } from '../ask.ts';
import { str } from '../decode.ts';
import type { ProxmoxClient } from './client.ts';
import { type GuestConfig, guestConfig } from './guest-config.ts';
import type { GuestKind } from './guest-rows.ts';
import type { KnownGuest } from './known-guests.ts';
import { hasMoved, type MergedGuests } from './merge-guests.ts';

export interface GuestConfigs {
  /** By vmid; a guest whose configuration is the stored one is not in it. */
  readonly changed: Map<number, GuestConfig>;
  /** By node: why some guests' configurations are missing. */
  readonly errors: Map<string, HoldfastError[]>;
  /** By node: when the configurations of its guests are in. */
  readonly ready: Map<string, Promise<void>>;
  /** When those of guests that are on another node than stored are in; they are asked for first. */
  readonly moved: Promise<void>;
}

/** Starts the requests. An unchanged digest means an unchanged file, so its configuration is not looked at again. */
export function readConfigs(
  client: ProxmoxClient,
  questions: Questions,
  kind: GuestKind,
  { byNode }: MergedGuests,
  known: ReadonlyMap<number, KnownGuest>,
): GuestConfigs {
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
  const asked = new Map<number, Promise<void>>();
  for (const [node, { guests }] of byNode)
    for (const vmid of guests.keys()) if (hasMoved({ known }, vmid, node)) asked.set(vmid, one(node, vmid));
  const moved = allOf([...asked.values()]);
  const ready = new Map(
    [...byNode].map(([node, { guests }]) => [
      node,
      allOf([...guests.keys()].map((vmid) => asked.get(vmid) ?? one(node, vmid))),
    ]),
  );
  return { changed, errors, ready, moved };
}

/** A failure is raised where it is waited for; when the sweep has ended before, nobody waits. */
function allOf(promises: readonly Promise<void>[]): Promise<void> {
  const all = Promise.all(promises).then(() => undefined);
  all.catch(() => undefined);
  return all;
}
