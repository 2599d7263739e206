// Routes that may read without bound; a thread that does so loads no others.

import type { Route } from '../route.ts';
import { historyRoutes } from '../routes/history.ts';
import { resourceRoutes } from '../routes/resources.ts';

export const readRoutes: readonly Route[] = [...resourceRoutes, ...historyRoutes];
