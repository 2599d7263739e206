// The area `store`: repositories against hand-written code and peers, memory, and start-up.

import type { Area } from '../harness/area.ts';
import { bulkCases } from './bulk-cases.ts';
import { listCases } from './list-cases.ts';
import { memoryCases } from './memory-cases.ts';
import { singleCases } from './single-cases.ts';
import { startUpCases } from './start-up-case.ts';

export const storeArea: Area = {
  name: 'store',
  cases: [...bulkCases, ...listCases, ...singleCases, ...memoryCases, ...startUpCases],
};
