// Writes each domain's newest migration from its declarations: the tables that no earlier migration makes.
// Earlier migrations are frozen. Where a declaration has moved away from one, nothing is written: that change is
// a migration of its own, by hand.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { AnyTable, TableSpec } from '@holdfast/core';

/** Folder of a domain, the name of the list its tables.ts exports, and the migration that may still change. */
const domains = [
  ['packages/core/src/system', 'systemTables', '0002-accounts-and-work'],
  ['packages/domains/src/proxmox', 'proxmoxTables', '0001-baseline'],
  ['packages/domains/src/shelly', 'shellyTables', '0001-baseline'],
  ['packages/domains/src/dns', 'dnsTables', '0001-baseline'],
  ['packages/domains/src/apps', 'appsTables', '0001-baseline'],
  ['packages/domains/src/coach', 'coachTables', '0001-baseline'],
] as const;

interface Baseline {
  readonly steps: readonly { readonly createTables?: readonly TableSpec[] }[];
}

for (const [folder, list, newest] of domains) {
  const migrations = new URL(`../${folder}/migrations/`, import.meta.url);
  mkdirSync(migrations, { recursive: true });
  const { [list]: declared } = (await import(`../${folder}/tables.ts`)) as Record<
    string,
    readonly AnyTable[]
  >;
  const specs = declared!.map((table) => table.spec);
  const frozen = readdirSync(migrations)
    .filter((file) => file < `${newest}.json`)
    .flatMap((file) => (JSON.parse(readFileSync(new URL(file, migrations), 'utf8')) as Baseline).steps)
    .flatMap(({ createTables = [] }) => createTables);
  for (const spec of frozen)
    if (
      !isDeepStrictEqual(
        spec,
        specs.find(({ name }) => name === spec.name),
      )
    )
      throw new Error(`${folder}: ${spec.name} is no longer as a frozen migration makes it`);
  const made = new Set(frozen.map(({ name }) => name));
  const steps = [{ createTables: specs.filter(({ name }) => !made.has(name)) }];
  writeFileSync(new URL(`${newest}.json`, migrations), `${JSON.stringify({ steps }, null, 2)}\n`);
  process.stdout.write(`${folder}: ${steps[0]!.createTables.length} tables in ${newest}\n`);
}
