// The engines that every behaviour test runs against.

import type { TestEngine } from './engines/engine.ts';
import { mysql } from './engines/mysql.ts';
import { postgres } from './engines/postgres.ts';
import { sqlite } from './engines/sqlite.ts';

export { type EngineAccess, type StoreOf, scratchFolder, type TestEngine } from './engines/engine.ts';

export const engines: readonly TestEngine[] = [sqlite, ...postgres(), ...mysql()];
