// What every domain promises of its declarations: migrations that make them, names in its own space, a class for
// each table, resources that can be listed, and indexes that every engine can keep.

import { type ColumnSpec, parseRecordId, recordId, type TableSpec } from '@holdfast/core';
import { systemTables } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { domains, resources } from '../../packages/server/src/cli/domains.ts';
import { engines } from '../engines.ts';

/** Kept by people for a whole domain: no source confirms them. */
const withoutSource = new Set([
  ...['shelly_config_templates', 'shelly_notification_channels', 'shelly_notification_rules'],
  ...['shelly_notification_templates', 'shelly_resolution_policies', 'shelly_resolution_schedules'],
  ...['shelly_drift_detection_schedules', 'shelly_drift_detection_runs'],
]);

describe.each(domains)('$name', (domain) => {
  test('the migrations together make the declared tables; when this fails: npm run schema', () => {
    const steps = domain.migrations.flatMap((migration) => [...migration.steps]);
    const tracked = steps.flatMap((step) => ('track' in step ? step.track : []));
    const made = steps
      .flatMap((step) => ('createTables' in step ? step.createTables : []))
      .map((spec) => tracked.find(({ name }) => name === spec.name) ?? spec);
    expect(made).toEqual(domain.tables.map((table) => table.spec));
  });

  test('tables are named after the domain, and belong to a source or to the whole domain', () => {
    for (const { name, columns } of domain.tables) {
      expect(name).toMatch(new RegExp(`^${domain.name}(_|$)`));
      expect('source' in columns, name).toBe(!withoutSource.has(name));
    }
  });

  test('resources are named after the domain, and their summary names columns', () => {
    for (const { name, table, summary } of domain.resources) {
      expect(name).toMatch(new RegExp(`^${domain.name}\\.[a-z_]+$`));
      for (const property of summary) expect(table.columns, name).toHaveProperty(property);
    }
  });
});

describe('data classes', () => {
  const byClass = Object.groupBy(
    [...domains.flatMap(({ tables }) => tables), ...systemTables].map(({ spec }) => spec),
    ({ dataClass }) => dataClass,
  );
  const names = (specs: readonly TableSpec[] = []): string[] => specs.map(({ name }) => name);

  /** Shelly's tables about one theme. */
  const ofShelly = (theme: string): TableSpec[] =>
    domains
      .flatMap(({ tables }) => tables.map(({ spec }) => spec))
      .filter(({ name }) => name.startsWith(`shelly_${theme}`));

  test('what nothing can bring back is critical', () => {
    expect(names(byClass.critical)).toEqual(
      expect.arrayContaining([
        ...['proxmox_vms', 'proxmox_containers', 'dns_tracked_records', 'apps', 'coach_entities'],
        ...['coach_interlocks', 'holdfast_sources', 'holdfast_users', 'holdfast_settings'],
        ...['holdfast_revoked_tokens', 'holdfast_archives', 'holdfast_updates'],
        ...['shelly_devices', 'shelly_config_templates', 'shelly_device_configs', 'shelly_config_history'],
      ]),
    );
  });

  test('what the next look brings back is not', () => {
    expect(names(byClass.informational)).toEqual(
      expect.arrayContaining([
        ...['proxmox_tasks', 'apps_system_metrics', 'apps_processes', 'holdfast_leases'],
        ...names(ofShelly('drift_')),
      ]),
    );
    expect(names(byClass.operational)).toEqual(
      expect.arrayContaining([
        ...['apps_runtime_info', 'apps_ports', 'coach_states', 'holdfast_jobs'],
        ...names(ofShelly('resolution_')),
      ]),
    );
    expect(names(byClass.important)).toEqual(
      expect.arrayContaining([
        ...['dns_records', 'apps_manifests', 'holdfast_audit_logs'],
        ...names(ofShelly('notification_')),
      ]),
    );
  });
});

test.each([
  ['dns_records', ['name']],
  ['dns_records', ['fingerprint']],
  ['dns_tracked_records', ['name']],
  ['dns_tracked_records', ['source', 'orphaned_at']],
  ['dns_tracked_records', ['source', 'ownership']],
  ['holdfast_users', ['username']],
  ['holdfast_sessions', ['token_hash']],
  ['holdfast_sessions', ['user_id']],
  ['holdfast_revoked_tokens', ['expires_at']],
  ['holdfast_audit_logs', ['entity', 'entity_id', 'at']],
  ['holdfast_audit_logs', ['actor', 'at']],
  ['holdfast_jobs', ['state']],
  ['apps', ['source', 'name']],
  ['apps', ['source', 'path']],
  ['apps', ['source', 'status']],
  ['apps_ports', ['source', 'port']],
  ['coach_entities', ['source', 'device_type']],
  ['coach_states', ['updated_at']],
  ['coach_states', ['source', 'operation']],
  ['coach_interlocks', ['source', 'state']],
  ['proxmox_vms', ['status']],
  ['proxmox_vms', ['source', 'node']],
  ['proxmox_tasks', ['resource_type', 'resource_id']],
])('%s is found by %j through an index', (name, columns) => {
  const { spec } = [...domains.flatMap(({ tables }) => tables), ...systemTables].find(
    (table) => table.name === name,
  )!;
  const unique = spec.columns.filter((column) => column.unique).map((column) => [column.name]);
  const ways = [spec.key, ...unique, ...spec.indexes.map((index) => index.columns)];
  expect(ways.map((way) => way.slice(0, columns.length))).toContainEqual(columns);
});

test('no two resources or tables share a name', () => {
  const names = [...domains.flatMap(({ tables }) => tables), ...systemTables].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(resources.map(({ name }) => name)).size).toBe(resources.length);
});

test('keys and indexes fit the narrowest engine: at most 3072 bytes of four-byte characters', () => {
  const bytes = (spec: TableSpec, name: string): number => {
    const { kind, maxLength }: ColumnSpec = spec.columns.find((candidate) => candidate.name === name)!;
    if (kind === 'text') return 4 * (maxLength ?? Number.POSITIVE_INFINITY);
    return kind === 'enum' ? 4 * 64 : 8;
  };
  for (const { spec } of [...domains.flatMap(({ tables }) => tables), ...systemTables]) {
    const unique = spec.columns.filter((column) => column.unique).map(({ name }) => [name]);
    // A plain index over text without a bound is made over its beginning; a key must hold all of it.
    const bounded = (name: string): boolean => Number.isFinite(bytes(spec, name));
    const plain = spec.indexes.map(({ columns }) => columns).filter((columns) => columns.every(bounded));
    for (const columns of [spec.key, ...unique, ...spec.foreignKeys.map((key) => key.columns), ...plain])
      expect(
        columns.reduce((sum, name) => sum + bytes(spec, name), 0),
        `${spec.name} (${columns.join(', ')})`,
      ).toBeLessThanOrEqual(3_072);
  }
});

test('names of indexes and checks fit every engine: at most 63 characters, each given once', () => {
  const names = [...domains.flatMap(({ tables }) => tables), ...systemTables].flatMap(({ spec }) =>
    [...spec.indexes, ...spec.checks].map(({ name }) => name),
  );
  expect(names.filter((name) => name.length > 63)).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

test('conditions of checks name no word that an engine keeps for itself', () => {
  const kept = /\b(schema|key|value|values|order|group|user|rank|condition|release|read|write|range)\b(?!')/i;
  for (const { spec } of [...domains.flatMap(({ tables }) => tables), ...systemTables])
    for (const { sql } of spec.checks) expect(sql, spec.name).not.toMatch(kept);
});

describe.each(engines)('$name', (engine) => {
  test('the schema of all domains together is as declared', async () => {
    const store = await engine.open({ domains });
    expect(await store.doctor()).toEqual([]);
  });
});

test('an id of every resource can be read back', () => {
  for (const resource of resources) {
    const row = Object.fromEntries(
      resource.table.key.map((property: string) => [property, sample(resource.table.columns[property])]),
    );
    expect(parseRecordId(resource, recordId(resource, row)), resource.name).toEqual(row);
  }
});

const sample = ({ options: { kind } }: { options: ColumnSpec }): unknown => {
  if (kind === 'uuid') return '00000000-0000-7000-8000-00000000000a';
  return kind === 'int' || kind === 'instant' ? 7 : 'a/b%c';
};
