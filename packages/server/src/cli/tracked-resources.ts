// Resources whose past is kept, by what is typed: one of them, a domain, or nothing for all.

import { HoldfastError, type Resource } from '@holdfast/core';
import { requireResource, resources } from './domains.ts';

const tracked = resources.filter(({ table }) => table.spec.history === 'versions');

/** @throws RESOURCE_UNKNOWN, HISTORY_NONE */
export function trackedResources(name: string | undefined): readonly Resource[] {
  if (name === undefined) return tracked;
  const ofDomain = tracked.filter((resource) => resource.name.startsWith(`${name}.`));
  if (ofDomain.length > 0) return ofDomain;
  const resource = requireResource(name);
  if (!tracked.includes(resource))
    throw new HoldfastError('HISTORY_NONE', `${name} keeps no history: it is a log or a reading itself`, {
      hint: `There is one of ${tracked.map((each) => each.name).join(', ')}`,
    });
  return [resource];
}
