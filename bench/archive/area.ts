// The area `archive`: backups, restores and increments against the dump tools of each engine.

import type { Area } from '../harness/area.ts';
import { engines } from '../harness/engines.ts';
import { archiveCases } from './archive-case.ts';
import { partialCase } from './partial-case.ts';
import { resourcesCase } from './resources-case.ts';

export const archiveArea: Area = {
  name: 'archive',
  cases: [...engines.flatMap(archiveCases), partialCase, ...engines.map(resourcesCase)],
};
