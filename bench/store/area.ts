// The area `store`: repositories against hand-written code and peers, memory, and start-up.

import type { Area } from '../harness/area.ts';
import { bulkCases } from './bulk-cases.ts';
import { listCases } from './list-cases.ts';
import { memoryCases } from './memory-cases.ts';
import { mysql } from './mysql/engine.ts';
import { postgres } from './postgres/engine.ts';
import { singleCases } from './single-cases.ts';
import { sqlite } from './sqlite/engine.ts';
import { startUpCases } from './start-up-case.ts';

export const storeArea: Area = {
  name: 'store',
  cases: [
    ...[sqlite, postgres, mysql].flatMap((engine) => [
      ...bulkCases(engine),
      ...listCases(engine),
      ...singleCases(engine),
      ...memoryCases(engine),
    ]),
    ...startUpCases,
  ],
};
