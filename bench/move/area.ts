// The area `move`: a database to another engine and back, while it is written to.

import type { Area } from '../harness/area.ts';
import { engines } from '../harness/engines.ts';
import { moveCase } from './move-case.ts';

const [sqlite, ...servers] = engines;

export const moveArea: Area = {
  name: 'move',
  cases: servers.flatMap((server) => [moveCase(sqlite!, server), moveCase(server, sqlite!)]),
};
