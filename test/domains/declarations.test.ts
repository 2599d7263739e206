// What every domain promises of its declarations: migrations that make them, names in its own space, a class for
// each table, resources that can be listed, and indexes that every engine can keep.

import { type ColumnSpec, parseRecordId, recordId, type TableSpec } from '@holdfast/core';
import { systemTables } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { domains, resources } from '../../packages/server/src/cli/domains.ts';
import { engines } from '../engines.ts';

describe.each(domains)('$name', (domain) => {
  test('the migrations together make the declared tables; when this fails: npm run schema', () => {
    const made = domain.migrations
      .flatMap(({ steps }) => steps)
      .flatMap((step) => ('createTables' in step ? step.createTables : []));
    expect(made).toEqual(domain.tables.map((table) => table.spec));
  });

  test('tables are named after the domain, and belong to a source', () => {
    for (const { name, columns } of domain.tables) {
      expect(name).toMatch(new RegExp(`^${domain.name}(_|$)`));
      expect(columns).toHaveProperty('source');
    }
  });

  test('resources are named after the domain, and their summary names columns', () => {
    for (const { name, table, summary } of domain.resources) {
      expect(name).toMatch(new RegExp(`^${domain.name}\\.[a-z_]+$`));
      for (const property of summary) expect(table.columns, name).toHaveProperty(property);
    }
  });
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

const sample = ({ options }: { options: ColumnSpec }): unknown =>
  options.kind === 'int' || options.kind === 'instant' ? 7 : 'a/b%c';
