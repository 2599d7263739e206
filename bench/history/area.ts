// The area `history`: what was, how small it is kept and how fast it is read.

import type { Area } from '../harness/area.ts';
import { engines } from '../harness/engines.ts';
import { captureCases } from './capture-cases.ts';
import { pastCases } from './past-cases.ts';
import { polledCases } from './polled-cases.ts';
import { seriesCases } from './series-cases.ts';

export const historyArea: Area = {
  name: 'history',
  cases: [
    ...engines.flatMap((engine) => [...polledCases(engine), ...pastCases(engine), ...captureCases(engine)]),
    ...seriesCases,
  ],
};
