// Storage: its definition, and what each node sees of it.

import { createHash } from 'node:crypto';
import { canonicalJson, type ObservedRow } from '@holdfast/core/sync';
import { bool, clean, int, type Raw, set, str } from '../decode.ts';

/** An entry of `/storage`. Its digest covers the whole file, so it gets one of its own. */
export function storageDefinition(raw: Raw): ObservedRow | undefined {
  const storage = str(raw['storage']);
  if (!storage) return undefined;
  const { digest: _whole, ...values } = raw;
  const config = clean(values) as Record<string, unknown>;
  // Sets are written in random order.
  for (const key of ['content', 'nodes'] as const)
    if (config[key] !== undefined) config[key] = set(config[key])?.join(',') ?? '';
  return {
    storage,
    type: str(raw['type']) ?? undefined,
    contentTypes: set(raw['content']) ?? null,
    enabled: !(bool(raw['disable']) ?? false),
    shared: bool(raw['shared']) ?? isNetworkType(str(raw['type'])),
    path: str(raw['path'] ?? raw['mountpoint']) ?? null,
    nodes: set(raw['nodes']) ?? null,
    config,
    configDigest: createHash('sha256').update(canonicalJson(config)).digest('hex'),
  };
}

/** These are the same storage on every node, whether the definition says so or not. */
const isNetworkType = (type: string | null | undefined): boolean =>
  ['nfs', 'cifs', 'pbs', 'rbd', 'cephfs', 'iscsi', 'iscsidirect', 'glusterfs', 'esxi'].includes(type ?? '');

/** A row of `/nodes/{node}/storage`, or a storage row of `/cluster/resources`. */
export interface NodeStorageRow {
  readonly node: string;
  readonly storage: string;
  readonly enabled: boolean | undefined;
  readonly active: boolean | undefined;
  readonly totalBytes: number | undefined;
  readonly usedBytes: number | undefined;
  readonly availableBytes: number | undefined;
  /** What it tells of the definition, for when that cannot be read. */
  readonly definition: ObservedRow;
}

export function nodeStorageRow(raw: Raw, node: string): NodeStorageRow | undefined {
  const storage = str(raw['storage']);
  if (!storage) return undefined;
  const active = bool(raw['active']);
  // An inactive storage answers zeros, which are no sizes.
  const size = (value: unknown): number | undefined => (active === false ? undefined : int(value));
  return {
    node,
    storage,
    enabled: bool(raw['enabled']) ?? true,
    active,
    totalBytes: size(raw['total']),
    usedBytes: size(raw['used']),
    availableBytes: size(raw['avail']),
    definition: definitionOf(storage, raw, str(raw['type'])),
  };
}

export function clusterStorageRow(raw: Raw): NodeStorageRow | undefined {
  const storage = str(raw['storage']);
  const node = str(raw['node']);
  if (!storage || !node) return undefined;
  const totalBytes = int(raw['maxdisk']);
  const usedBytes = int(raw['disk']);
  const known = totalBytes !== undefined && usedBytes !== undefined;
  return {
    node,
    storage,
    enabled: undefined,
    active: str(raw['status']) === 'available' ? true : undefined,
    totalBytes,
    usedBytes,
    availableBytes: known ? totalBytes - usedBytes : undefined,
    definition: definitionOf(storage, raw, str(raw['plugintype'])),
  };
}

const definitionOf = (storage: string, raw: Raw, type: string | null | undefined): ObservedRow => ({
  storage,
  type: type ?? undefined,
  contentTypes: raw['content'] === undefined ? undefined : set(raw['content']),
  shared: bool(raw['shared']),
});

/** Sizes over all nodes: a shared storage counts once, a local one on each node. */
export function storageSizes(rows: readonly NodeStorageRow[], shared: boolean): ObservedRow {
  const total = (size: 'totalBytes' | 'usedBytes' | 'availableBytes'): number | undefined => {
    const values = rows.flatMap((row) => (row[size] === undefined ? [] : [row[size]]));
    if (values.length === 0) return undefined;
    return shared ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
  };
  return {
    totalBytes: total('totalBytes'),
    usedBytes: total('usedBytes'),
    availableBytes: total('availableBytes'),
  };
}
