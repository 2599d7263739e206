// Writes each domain's baseline from its declarations. Only for schema that no release has carried yet:
// a released migration never changes, what comes after it is a new one.

import { existsSync, writeFileSync } from 'node:fs';
import type { AnyTable } from '@holdfast/core';

/** Folder of a domain, and the name of the list its tables.ts exports. */
const domains = [
  ['packages/core/src/system', 'systemTables'],
  ['packages/domains/src/proxmox', 'proxmoxTables'],
  ['packages/domains/src/shelly', 'shellyTables'],
] as const;

for (const [folder, list] of domains) {
  const tables = new URL(`../${folder}/tables.ts`, import.meta.url);
  if (!existsSync(tables)) continue;
  const declared = ((await import(tables.href)) as Record<string, readonly AnyTable[]>)[list]!;
  const steps = [{ createTables: declared.map((table) => table.spec) }];
  writeFileSync(
    new URL(`../${folder}/migrations/0001-baseline.json`, import.meta.url),
    `${JSON.stringify({ steps }, null, 2)}\n`,
  );
  process.stdout.write(`${folder}: ${declared.length} tables\n`);
}
