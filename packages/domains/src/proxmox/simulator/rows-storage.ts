// Rows of storages: per node, as definitions, and in the cluster's list.
import { createHash } from 'node:crypto';
import { type Random, shuffled } from '../../random.ts';
import type { Row } from './json.ts';
import type { Cluster, ClusterNode, Storage } from './model.ts';

/** Whether a storage is meant to be used on a node. */
export const storageEnabled = (storage: Storage, node: string): boolean =>
  !storage.disabled && (storage.nodes === undefined || storage.nodes.includes(node));

const contentOf = (storage: Storage, random: Random): string => shuffled(storage.content, random).join(',');

/** A row of `/nodes/{node}/storage`. Usage is 0 where the storage is not active; the share exists only with a size. */
export const nodeStorageRow = (storage: Storage, node: ClusterNode, random: Random): Row => {
  const enabled = storageEnabled(storage, node.name);
  const active = enabled && !storage.inactiveOn.includes(node.name);
  const total = active ? storage.total : 0;
  const used = active ? storage.used : 0;
  const row: Row = {
    storage: storage.storage,
    type: storage.type,
    content: contentOf(storage, random),
    enabled,
    active,
    shared: storage.shared,
    total,
    used,
    avail: total - used,
  };
  if (total > 0) row.used_fraction = used / total;
  return row;
};

const sectionOf = (storage: Storage): string => {
  const lines = [`${storage.type}: ${storage.storage}`, `\tcontent ${storage.content.join(',')}`];
  if (storage.disabled) lines.push('\tdisable');
  if (storage.shared) lines.push('\tshared 1');
  if (storage.nodes !== undefined) lines.push(`\tnodes ${storage.nodes.join(',')}`);
  for (const [key, value] of Object.entries(storage.settings)) lines.push(`\t${key} ${value}`);
  return `${lines.join('\n')}\n`;
};

/** SHA-1 of the whole storage.cfg: any change of any entry changes it for all. */
export const storageDigest = (cluster: Cluster): string =>
  createHash('sha1').update(cluster.storages.map(sectionOf).join('\n')).digest('hex');

/** A row of `/storage`: the definition. */
export const storageDefinition = (storage: Storage, digest: string, random: Random): Row => {
  const row: Row = {
    storage: storage.storage,
    type: storage.type,
    content: contentOf(storage, random),
    digest,
    ...storage.settings,
  };
  if (storage.content.includes('backup')) row['prune-backups'] = 'keep-all=1';
  if (storage.shared) row.shared = 1;
  if (storage.disabled) row.disable = 1;
  if (storage.nodes !== undefined) row.nodes = shuffled(storage.nodes, random).join(',');
  return row;
};

/** A storage row of `/cluster/resources`: one for each node that may use it; sizes only while the node tells them. */
export const storageResource = (storage: Storage, node: ClusterNode, random: Random): Row => {
  const fresh = node.online ? !node.statisticsStuck : !node.stale;
  const known = fresh && !storage.inactiveOn.includes(node.name);
  const row: Row = {
    id: `storage/${node.name}/${storage.storage}`,
    storage: storage.storage,
    node: node.name,
    type: 'storage',
    plugintype: storage.type,
    status: known ? 'available' : 'unknown',
    shared: storage.shared,
    content: contentOf(storage, random),
  };
  if (known) {
    row.maxdisk = storage.total;
    row.disk = storage.used;
  }
  return row;
};
