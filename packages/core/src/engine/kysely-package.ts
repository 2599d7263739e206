// Kysely is loaded by the first that asks a store for it: its 250 modules take longer to load than all of Holdfast.

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const kyselyPackage = (): typeof import('kysely') => require('kysely');
