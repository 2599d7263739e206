// The key that a typed id means, also of a record that is gone.

import { HoldfastError, parseRecordId, type Resource, type Store } from '@holdfast/core';
import { listHistory } from '@holdfast/core/history';

/** @throws RECORD_NOT_FOUND where there neither is nor was one */
export async function findKey(
  store: Store,
  resource: Resource,
  id: string,
): Promise<Readonly<Record<string, unknown>>> {
  const where = parseRecordId(resource, id);
  const { incarnation, table } = resource;
  const { items } = await store.repository(table).list({
    where,
    orderBy: incarnation === undefined ? [] : [[incarnation, 'desc']],
    limit: 1,
  });
  const [row] = items;
  if (row !== undefined)
    return Object.fromEntries(table.key.map((property: string) => [property, row[property]]));
  // Deleted for good: without an incarnation, the first one.
  const key = incarnation === undefined || incarnation in where ? where : { ...where, [incarnation]: 1 };
  if (table.spec.history === 'versions') {
    const past = await listHistory(store, { resources: [resource], key, limit: 1 });
    if (past.items.length > 0) return key;
  }
  throw new HoldfastError('RECORD_NOT_FOUND', `there is no ${resource.name} ${id}, and never was`, {
    hint: `holdfast list ${resource.name}`,
  });
}
