// Archives of the Shelly Manager project: the same restore, from another program's records.

import { readFileSync } from 'node:fs';
import { type AnyTable, type ColumnSpec, HoldfastError, parseInstant, type Store } from '@holdfast/core';
import type { Contents, ContentTable } from '@holdfast/core/archive';
import { listConnections, requireConnection } from '@holdfast/core/system';
import { shelly } from '@holdfast/domains/shelly';
import {
  isManagerArchive,
  type ManagerRecords,
  managerRecords,
  readManagerArchive,
} from '@holdfast/domains/shelly/archive';
import { fileHead } from './file-head.ts';

/** Whether a file looks like one; what it is, is said when it is read. */
export function isManagerFile(path: string): boolean {
  const head = fileHead(path);
  return head !== undefined && isManagerArchive(head);
}

export interface FromManager {
  readonly contents: (store: Store) => Promise<Contents>;
  /** Filled once the contents were read: records that no table takes, and fields that none has room for. */
  readonly errors: string[];
  readonly warnings: string[];
}

/** @param source that the devices belong to from now on. @default the only one of its kind */
export function fromManager(path: string, source: string | undefined): FromManager {
  const errors: string[] = [];
  const warnings: string[] = [];
  return {
    errors,
    warnings,
    async contents(store) {
      const archive = await readManagerArchive(readFileSync(path));
      const records = managerRecords(archive, await sourceOf(store, source));
      errors.push(...records.rejected.map(({ where, why }) => `${where}: ${why}`));
      warnings.push(...records.homeless.map(({ field, count, why }) => `${count} × ${field}: ${why}`));
      return contentsOfRecords(store, records, archive.metadata);
    },
  };
}

/** @throws SOURCE_NOT_FOUND, USAGE where it has to be named */
async function sourceOf(store: Store, named: string | undefined): Promise<string> {
  if (named !== undefined) return (await requireConnection(store, named)).name;
  const sources = (await listConnections(store)).filter(({ domain }) => domain === shelly.name);
  const [only, ...more] = sources;
  if (only !== undefined && more.length === 0) return only.name;
  throw new HoldfastError(
    'USAGE',
    only === undefined
      ? 'its devices belong to no source yet, and there is none'
      : 'its devices belong to no source yet, and there are several',
    {
      hint:
        only === undefined
          ? 'holdfast source add shelly NAME --addresses LIST, then restore with --source NAME'
          : `--source takes ${sources.map(({ name }) => name).join(', ')}`,
    },
  );
}

function contentsOfRecords(
  store: Store,
  { templates, devices, deviceConfigs }: ManagerRecords,
  { export_id: id, created_at: createdAt }: { readonly export_id: string; readonly created_at: string },
): Contents {
  const sealed = [...templates, ...deviceConfigs].filter(({ secrets }) => secrets != null);
  const tables: readonly (readonly [string, readonly object[]])[] = [
    ['shelly_config_templates', templates],
    ['shelly_devices', devices],
    ['shelly_device_configs', deviceConfigs],
  ];
  return {
    id,
    label: `the Shelly Manager archive ${id}`,
    at: parseInstant(createdAt),
    // What that program leaves out says nothing of the secrets that live.
    secretsOmitted: sealed.length === 0,
    omittedSecrets: 0,
    tables: new Map(
      tables
        .filter(([, records]) => records.length > 0)
        .map(([name, records]) => {
          const table = shelly.tables.find((each) => each.name === name)!;
          return [name, rowsOf(store, table, records)];
        }),
    ),
  };
}

function rowsOf(store: Store, table: AnyTable, records: readonly object[]): ContentTable {
  const given = new Set(Object.keys(records[0]!));
  const properties = table.properties.filter((property) => given.has(property));
  const columns = properties.map(
    (property) => table.spec.columns[table.properties.indexOf(property)] as ColumnSpec,
  );
  const codec = store.codec(table);
  return {
    columns,
    rows: records.length,
    async *read() {
      yield records.map((record) =>
        properties.map((property, at) => {
          const value = (record as Readonly<Record<string, unknown>>)[property];
          if (value === null || value === undefined) return null;
          return columns[at]!.kind === 'json' ? codec.column(property).encode(value) : (value as string);
        }),
      );
    },
  };
}
