// The area `web`: what the pages take to be there, and how a large table behaves, in a real browser.

import type { Area } from '../harness/area.ts';
import { firstPages } from './first-page-case.ts';
import { tables } from './table-case.ts';

export const webArea: Area = {
  name: 'web',
  cases: [
    { name: 'first page', run: firstPages },
    { name: 'table', run: (settings) => tables(settings.size ?? 100_000, settings) },
  ],
};
