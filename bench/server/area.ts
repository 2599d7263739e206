// The area `server`: what the API costs over a route that does the same by hand, and what a server was promised to stay below.

import type { Area } from '../harness/area.ts';
import { lists } from './list-case.ts';
import { sockets } from './sockets-case.ts';
import { starts } from './start-case.ts';
import { underLoad } from './under-load-case.ts';

export const serverArea: Area = {
  name: 'server',
  cases: [
    { name: 'list', run: (settings) => lists(settings.size ?? 10_000, settings) },
    { name: 'start and rest', run: (settings) => starts(settings.size ?? 10_000, settings) },
    { name: 'under load', run: (settings) => underLoad(settings.size ?? 10_000, settings) },
    { name: 'sockets', run: (settings) => sockets(1_000, settings) },
  ],
};
