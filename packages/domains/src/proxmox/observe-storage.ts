// Storage as observations: the definitions, and what each node sees of them.

import type { HoldfastError } from '@holdfast/core';
import type { Observation, ObservedRow } from '@holdfast/core/sync';
import { str } from '../decode.ts';
import type { ClusterAnswers } from './collect-cluster.ts';
import type { NodeAnswers } from './collect-node.ts';
import { decodeRows } from './decode-rows.ts';
import type { RestOfCluster } from './observe-guests.ts';
import { type NodeStorageRow, nodeStorageRow, storageDefinition, storageSizes } from './storage-rows.ts';
import { nodeStorage, storage } from './tables.ts';

/**
 * @param doubt why the lists of storages may be short
 * @param rest takes what belongs to the cluster's own list
 */
export function* storageObservations(
  source: string,
  { storage: definitions, resources }: ClusterAnswers,
  answers: readonly NodeAnswers[],
  places: ReadonlySet<string>,
  doubt: HoldfastError | undefined,
  rest: RestOfCluster,
): Generator<Observation> {
  const byNode = new Map(
    answers.flatMap(({ node, storage: listed }) => {
      if (listed.value === undefined) return [];
      return [[node, decodeRows(listed.value, (raw) => nodeStorageRow(raw, node), 'a storage')] as const];
    }),
  );
  const others = (resources.value?.storage.rows ?? []).filter(
    (row) => places.has(row.node) && !byNode.has(row.node),
  );
  const all = [...[...byNode.values()].flatMap(({ rows }) => rows), ...others];

  const defined = decodeRows(definitions.value ?? [], storageDefinition, 'a storage');
  yield {
    scope: 'storage',
    error: definitions.error ?? doubt,
    rejected: defined.rejected,
    batches: [{ table: storage, rows: definitionRows(source, defined.rows, all), owns: { source } }],
  };
  for (const { node, storage: listed } of answers) {
    const here = byNode.get(node);
    yield {
      scope: `node/${node}/storage`,
      error: listed.error ?? doubt,
      rejected: here?.rejected ?? [],
      batches:
        here === undefined
          ? []
          : [
              {
                table: nodeStorage,
                rows: here.rows.map((row) => usageRow(source, row)),
                owns: { source, node },
                swings: ['active'],
              },
            ],
    };
  }
  rest.rejected.push(...(resources.value?.storage.rejected ?? []));
  rest.batches.push({ table: nodeStorage, rows: others.map((row) => usageRow(source, row)) });
}

/** Names of all storages that some list shows. */
export const shownStorage = (
  { storage: definitions, resources }: Pick<ClusterAnswers, 'storage' | 'resources'>,
  answers: readonly NodeAnswers[],
): Set<string> =>
  new Set([
    ...[
      ...(definitions.value ?? []),
      ...answers.flatMap(({ storage: listed }) => listed.value ?? []),
    ].flatMap((raw) => str(raw['storage']) ?? []),
    ...(resources.value?.storage.rows ?? []).map((row) => row.storage),
  ]);

/** Definitions with sizes; a storage that only a node's list shows gets what that list tells. */
function definitionRows(
  source: string,
  defined: readonly ObservedRow[],
  usage: readonly NodeStorageRow[],
): ObservedRow[] {
  const rows = new Map<string, ObservedRow>();
  const onNodes = Map.groupBy(usage, (row) => row.storage);
  for (const row of defined) rows.set(row['storage'] as string, row);
  for (const [name, [first]] of onNodes) if (!rows.has(name)) rows.set(name, first!.definition);
  return [...rows].map(([name, row]) => ({
    source,
    ...row,
    ...storageSizes(onNodes.get(name) ?? [], row['shared'] === true),
  }));
}

const usageRow = (source: string, { definition: _definition, ...row }: NodeStorageRow): ObservedRow => ({
  source,
  ...row,
});
