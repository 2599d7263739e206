// Asking after what is stored and no longer listed: gone, or only hidden? A path on which nothing is allowed is in no
// list of rights, so each one that is missing is asked for by its own path.

import type { HoldfastError, Store } from '@holdfast/core';
import type { Asked, Questions } from '../ask.ts';
import { isRaw } from '../decode.ts';
import type { ProxmoxClient } from './client.ts';
import type { GuestKind } from './guest-rows.ts';
import type { KnownGuest } from './known-guests.ts';
import type { MergedGuests } from './merge-guests.ts';
import { type Area, filteredError, type Rights, readRights } from './rights.ts';
import type { ScopeErrors } from './scope-errors.ts';
import type { ProxmoxCredentials } from './settings.ts';
import { nodeStorage, storage } from './tables.ts';

export interface GoneContext {
  readonly client: ProxmoxClient;
  readonly questions: Questions;
  readonly rights: Asked<Rights>;
  readonly errors: ScopeErrors;
  readonly credentials: ProxmoxCredentials;
}

/** Why a thing that no list shows may still be there; undefined when it is gone. */
async function doubt(
  { client, questions, rights, credentials }: GoneContext,
  area: Area,
  path: string,
  probe: string | undefined,
): Promise<HoldfastError | undefined> {
  const hidden = (): HoldfastError => filteredError(`${path} is not shown`, credentials);
  if (rights.value !== undefined) {
    const query = `/access/permissions?path=${encodeURIComponent(path)}`;
    const { value, error } = await questions.ask(async () => {
      const { data } = await client.get(query);
      return readRights(isRaw(data) ? data : {});
    });
    return error ?? (value!.shows(area, path) ? undefined : hidden());
  }
  // Where rights cannot be asked for, an answer is taken at its word; where that only failed now, it is not.
  const never = rights.error?.code === 'SOURCE_FORBIDDEN' || rights.error?.code === 'SOURCE_UNSUPPORTED';
  if (probe === undefined) return never ? undefined : rights.error;
  // Rights are checked before existence: what is gone is not refused.
  const { value, error } = await questions.ask(() => client.get(probe));
  if (value !== undefined || error?.code === 'SOURCE_FORBIDDEN') return hidden();
  return error?.code === 'SOURCE_FAILED' || error?.code === 'SOURCE_UNSUPPORTED' ? undefined : error;
}

/** By node: why guests that are stored there, and that no list shows, may still be there. */
export async function doubtfulGuests(
  context: GoneContext,
  kind: GuestKind,
  known: ReadonlyMap<number, KnownGuest>,
  { byNode, others }: MergedGuests,
  asked: ReadonlySet<string>,
): Promise<Map<string, HoldfastError>> {
  const doubts = new Map<string, HoldfastError>();
  // A scope that is not whole anyway judges nothing.
  if (context.errors.of('/vms') !== undefined) return doubts;
  const seen = new Set(others.map(({ vmid }) => vmid));
  for (const { guests } of byNode.values()) for (const vmid of guests.keys()) seen.add(vmid);
  const missing = [...known].filter(
    ([vmid, { node, present }]) => present && !seen.has(vmid) && (byNode.has(node) || !asked.has(node)),
  );
  await Promise.all(
    missing.map(async ([vmid, { node }]) => {
      const probe = asked.has(node) ? `/nodes/${encodeURIComponent(node)}/${kind}/${vmid}/config` : undefined;
      const error = await doubt(context, '/vms', `/vms/${vmid}`, probe);
      if (error !== undefined) doubts.set(node, error);
    }),
  );
  return doubts;
}

/** Why storages that are stored, and that no list shows, may still be there. */
export async function doubtfulStorage(
  context: GoneContext,
  store: Store,
  source: string,
  shown: ReadonlySet<string>,
): Promise<HoldfastError | undefined> {
  if (context.errors.of('/storage') !== undefined) return undefined;
  const stored = new Set<string>();
  const where = { source, absentSince: null };
  for (const table of [storage, nodeStorage] as readonly (typeof storage)[])
    for await (const rows of store.repository(table).stream({ where }))
      for (const row of rows) stored.add(row.storage);
  const missing = [...stored].filter((name) => !shown.has(name));
  const doubts = await Promise.all(
    missing.map((name) => doubt(context, '/storage', `/storage/${name}`, undefined)),
  );
  return doubts.find((error) => error !== undefined);
}
