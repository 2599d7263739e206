// Digests of what a sweep has stored, without the instants at which it did.

import { isDeepStrictEqual } from 'node:util';
import { type AnyTable, jsonEncoder, type Store } from '@holdfast/core';
import { containers, proxmoxTables, vms } from '@holdfast/domains/proxmox';
import { Digest } from '../harness/same.ts';

export const guestTables: readonly AnyTable[] = [vms, containers];
export const allTables: readonly AnyTable[] = proxmoxTables;

export async function digestOfTables(
  store: Store,
  tables: readonly AnyTable[],
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const table of tables) {
    const digest = new Digest();
    const plain = jsonEncoder(table);
    const orderBy = table.key.map((property: string): [string] => [property]);
    for await (const rows of store.repository(table).stream({ orderBy }))
      for (const row of rows) {
        const { createdAt: _createdAt, updatedAt: _updatedAt, metricsAt: _metricsAt, ...values } = plain(row);
        // No marks, or none looked for yet: both tell nothing.
        if (isDeepStrictEqual(values['identity'], {})) values['identity'] = null;
        digest.add(values);
      }
    digests[table.name] = digest.toString();
  }
  return digests;
}
