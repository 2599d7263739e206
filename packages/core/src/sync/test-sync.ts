// What the tests of sweeps share: a domain of two tables, and a collector that answers what a test tells it.

import { expect } from 'vitest';
import { open, scratchPath } from '../engine/sqlite/test-store.ts';
import { HoldfastError } from '../errors.ts';
import { bigint, bytes, int, json, oneOf, presence, real, text, timestamps } from '../schema/column.ts';
import type { AnyTable } from '../schema/table.ts';
import { table } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import { addSource, listSources } from '../system/sources.ts';
import { runScopes } from '../system/tables.ts';
import type { Collector } from './collector.ts';
import type { Observation, ObservedRow, ScopeResult } from './observation.ts';
import { type SweepOptions, type SweepResult, sweep } from './sweep.ts';

export const nodes = table(
  'nodes',
  {
    source: text(20),
    name: text(40),
    status: oneOf('on', 'off').default('on'),
    load: real().metric(),
    ...presence,
    ...timestamps,
  },
  { key: ['source', 'name'] },
);
export const guests = table(
  'guests',
  {
    source: text(20),
    id: int(),
    node: text(40),
    name: text(40),
    note: text().nullable(),
    level: int().default(1),
    config: json().nullable(),
    raw: bytes().nullable(),
    code: text(20).nullable().unique(),
    uptime: bigint().metric(),
    heat: real().metric(),
    ...presence,
    ...timestamps,
  },
  { key: ['source', 'id'], checks: { levelPositive: 'level > 0' } },
);
/** A log: rows are only added, and absence means nothing. */
export const events = table(
  'events',
  { source: text(20), line: int(), body: text() },
  { key: ['source', 'line'] },
);

/** What a collector yields, and what it does in between. */
type Answer = Observation | readonly Observation[] | (() => unknown);

export interface System {
  readonly store: Store;
  readonly path: string;
  sweep(answers: Answer[], options?: SweepOptions): Promise<SweepResult>;
  /** A sweep of one scope of guests, `node/a`, which owns the guests of node a. */
  guests(rows: readonly ObservedRow[], more?: Partial<Observation>): Promise<ScopeResult>;
  stored(declared?: AnyTable): Promise<Record<string, unknown>[]>;
  /** Rows written by the database so far. */
  changes(): Promise<number>;
}

export const collectorOf = (answers: readonly Answer[]): Collector => ({
  domain: 'test',
  async *collect() {
    for (const answer of answers) {
      if (typeof answer === 'function') await answer();
      else yield answer;
    }
  },
  test: async () => ({}),
});

export const actor = { name: 'operator', via: 'cli' };
export const failure = new HoldfastError('SOURCE_TIMEOUT', 'node a did not answer');
export const guest = (id: number, more: ObservedRow = {}): ObservedRow => ({
  source: 'lab',
  id,
  node: 'a',
  name: `g${id}`,
  ...more,
});
export const ofNode = (
  node: string,
  rows: readonly ObservedRow[],
  more: Partial<Observation> = {},
): Observation => ({
  scope: `node/${node}`,
  batches: [{ table: guests, rows, owns: { source: 'lab', node } }],
  ...more,
});

export async function openSystem(): Promise<System> {
  const path = scratchPath();
  const store = await open(path, { tables: [nodes, guests, events], keyFile: `${path}.key` });
  await addSource(store, { name: 'lab', domain: 'test', settings: {}, credentials: {} });
  const run = async (answers: Answer[], options?: SweepOptions): Promise<SweepResult> =>
    sweep(store, await listSources(store), [collectorOf(answers)], options);
  return {
    store,
    path,
    sweep: run,
    async guests(rows, more) {
      const { sources } = await run([ofNode('a', rows, more)]);
      expect(sources[0]!.scopes).toHaveLength(1);
      return sources[0]!.scopes[0]!;
    },
    async stored(declared = guests) {
      return (await store.repository(declared).list({ limit: 10_000 })).items;
    },
    async changes() {
      const row = await store.transaction(({ session }) =>
        session.get({ sql: 'SELECT total_changes()' }, []),
      );
      return Number(row![0]);
    },
  };
}

/** The stored results of a sweep's scopes. */
export const scopesOf = async (store: Store, runId: string): Promise<Record<string, unknown>[]> =>
  (await store.repository(runScopes).list({ where: { runId } })).items;
