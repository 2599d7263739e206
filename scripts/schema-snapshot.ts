// Writes each domain's newest migration from its declarations: the tables that no earlier migration makes.
// Earlier migrations are frozen. Where a declaration has moved away from one, nothing is written: that change is
// a migration of its own, by hand.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { AnyTable, TableSpec } from '@holdfast/core';

/** Folder of a domain, the name of the list its tables.ts exports, and the migration that may still change. */
const domains = [
  ['packages/core/src/system', 'systemTables', '0003-history'],
  ['packages/domains/src/proxmox', 'proxmoxTables', '0002-history'],
  ['packages/domains/src/shelly', 'shellyTables', '0002-history'],
  ['packages/domains/src/dns', 'dnsTables', '0002-history'],
  ['packages/domains/src/apps', 'appsTables', '0002-history'],
  ['packages/domains/src/coach', 'coachTables', '0002-history'],
] as const;

interface Baseline {
  readonly steps: readonly {
    readonly createTables?: readonly TableSpec[];
    readonly track?: readonly TableSpec[];
  }[];
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
    .flatMap(({ createTables = [], track = [] }) => [...createTables, ...track]);
  /** The newest of each table: it may have been made without a history, and tracked later. */
  const made = new Map(frozen.map((spec) => [spec.name, spec]));
  const track: TableSpec[] = [];
  for (const [name, spec] of made) {
    const declaredNow = specs.find((each) => each.name === name);
    const { history, ...rest } = declaredNow ?? spec;
    if (isDeepStrictEqual(spec, declaredNow)) continue;
    if (history === undefined || !isDeepStrictEqual(spec, rest))
      throw new Error(`${folder}: ${name} is no longer as a frozen migration makes it`);
    track.push(declaredNow!);
  }
  const createTables = specs.filter(({ name }) => !made.has(name));
  const steps = [
    ...(createTables.length === 0 ? [] : [{ createTables }]),
    ...(track.length === 0 ? [] : [{ track }]),
  ];
  writeFileSync(new URL(`${newest}.json`, migrations), `${JSON.stringify({ steps }, null, 2)}\n`);
  process.stdout.write(`${folder}: ${createTables.length} tables, ${track.length} tracked in ${newest}\n`);
}
