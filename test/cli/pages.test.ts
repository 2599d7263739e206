// `list` pages through every resource of a seeded store: each record once, and as many as the statistics count.

import { expect, test } from 'vitest';
import { resources } from '../../packages/server/src/cli/domains.ts';
import { openCli } from './run-cli.ts';

test('every record of every resource is on one page, and on one only', { timeout: 300_000 }, async () => {
  using cli = openCli({}, { oneProcess: true });
  const seeded = await cli.run('--json', 'db', 'seed', '--size', '60');
  expect(seeded.exit).toBe(0);
  const counts = new Map<string, number>(
    (await cli.run('--json', 'db', 'stats')).json.tables.map(
      ({ table, rows }: { table: string; rows: number }) => [table, rows],
    ),
  );
  const names: string[] = (await cli.run('--json', 'status')).json.resources.map(
    ({ resource }: { resource: string }) => resource,
  );
  expect(names).toEqual(resources.map(({ name }) => name));
  let listed = 0;
  for (const { name, table } of resources) {
    const ids: string[] = [];
    let next: string | null = null;
    do {
      const after: string[] = next === null ? [] : ['--after', next];
      const { exit, json } = await cli.run('--json', 'list', name, '--limit', '40', ...after);
      expect(exit, name).toBe(0);
      ids.push(...json.items.map(({ id }: { id: string }) => id));
      next = json.next;
    } while (next !== null);
    expect(ids, name).toHaveLength(counts.get(table.name)!);
    expect(new Set(ids).size, name).toBe(ids.length);
    listed += ids.length;
    if (ids.length > 0) expect((await cli.run('--json', 'show', name, ids[0]!)).json.id).toBe(ids[0]);
  }
  expect(listed).toBe(seeded.json.rows);
});
