// The kind of job `drift`: compares records with what they should be, as `holdfast drift` does.

import { driftKind } from '@holdfast/core/drift';
import { resources } from './domains.ts';
import type { OfferedKind } from './job-kinds.ts';

export const driftJob: OfferedKind = {
  summary: 'compare all records, or those of a resource: drift [RESOURCE] [ID]',
  params: ([resource, id]) => ({
    ...(resource === undefined ? {} : { resource }),
    ...(id === undefined ? {} : { id }),
  }),
  kind: driftKind(resources),
};
