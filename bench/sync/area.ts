// The area `sync`: sweeps over real HTTP, from the last byte to the commit.

import type { Area } from '../harness/area.ts';
import { fleetOverHttp, fleetUnchanged } from './fleet-case.ts';
import { sweeps } from './sweep-case.ts';

export const syncArea: Area = {
  name: 'sync',
  cases: [
    { name: 'sweep, small', run: (settings) => sweeps(settings.size ?? 10_000, settings) },
    {
      name: 'sweep, large',
      // A size that was asked for is measured once.
      run: async (settings) => (settings.size === undefined ? sweeps(100_000, settings) : []),
    },
    { name: 'fleet, over HTTP', run: (settings) => fleetOverHttp(200, settings) },
    { name: 'fleet, unchanged', run: (settings) => fleetUnchanged(settings.size ?? 10_000, settings) },
  ],
};
