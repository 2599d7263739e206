// /cluster, /storage and /pools: what is known of the whole cluster, whichever node is asked.
import { createHash } from 'node:crypto';
import { shuffled } from '../../random.ts';
import { badParameters, died } from './answer.ts';
import type { Call, Route } from './call.ts';
import { nextVmid } from './changes.ts';
import type { Json, Row } from './json.ts';
import { type Schema, text } from './parameters.ts';
import { resourceRows } from './rows-resources.ts';
import { storageDefinition, storageDigest } from './rows-storage.ts';
import { clusterTaskRows } from './rows-task.ts';

const resourceTypes: Schema = {
  type: { kind: 'string', optional: true, values: ['vm', 'storage', 'node', 'sdn'] },
};

const clusterStatus = ({ cluster, localNode, random }: Call): Row[] => {
  const local = localNode();
  const single = cluster.nodes.length === 1;
  const rows: Row[] = cluster.nodes.map((node) => ({
    type: 'node',
    id: `node/${node.name}`,
    name: node.name,
    // A host that never joined a cluster has no corosync id.
    nodeid: single ? 0 : node.nodeid,
    ip: node.ip,
    online: node.online || node === local,
    local: node === local,
    level: '',
  }));
  if (single) return rows;
  const summary: Row = {
    type: 'cluster',
    id: 'cluster',
    name: cluster.name,
    nodes: cluster.nodes.length,
    quorate: cluster.quorate,
    version: cluster.configVersion,
  };
  return [summary, ...shuffled(rows, random)];
};

const nextid = ({ cluster, parameters, profile }: Call): Json => {
  const asked = parameters.vmid;
  if (asked !== undefined && cluster.guests.has(Number(asked))) {
    throw badParameters({ vmid: `VM ${asked} already exists` });
  }
  const vmid = asked === undefined ? nextVmid(cluster) : Number(asked);
  return profile.nextidAsText ? String(vmid) : vmid;
};

const haResources = ({ cluster }: Call): Row[] => {
  const entries = [...cluster.ha].sort(([a], [b]) => a - b);
  const digest = createHash('sha1').update(JSON.stringify(entries)).digest('hex');
  return entries.map(([vmid, resource]) => {
    const type = cluster.guests.get(vmid)?.type === 'lxc' ? 'ct' : 'vm';
    return { sid: `${type}:${vmid}`, type, state: resource.state, group: resource.group, digest };
  });
};

const poolMembers = ({ args, cluster, permissions, profile, random }: Call): Row => {
  const pool = cluster.pools.find((candidate) => candidate.poolid === args.poolid);
  if (pool === undefined) throw died(`pool '${args.poolid}' does not exist`);
  const members = resourceRows({ cluster, permissions, random, type: 'vm', profile }).filter(
    (row) => row.pool === pool.poolid,
  );
  return { comment: pool.comment, members };
};

export const clusterRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/cluster/resources',
    schema: resourceTypes,
    run: ({ cluster, profile, permissions, random, parameters }) => ({
      data: shuffled(resourceRows({ cluster, profile, permissions, random, type: parameters.type }), random),
    }),
  },
  {
    method: 'GET',
    path: '/cluster/status',
    schema: {},
    needs: { privilege: 'Sys.Audit', path: '/' },
    run: (call) => ({ data: clusterStatus(call) }),
  },
  {
    method: 'GET',
    path: '/cluster/tasks',
    schema: {},
    run: ({ cluster, permissions, caller }) => {
      const all = permissions.check('Sys.Audit', '/');
      return { data: clusterTaskRows(cluster).filter((row) => all || row.user === caller.user) };
    },
  },
  {
    method: 'GET',
    path: '/cluster/nextid',
    schema: { vmid: { kind: 'integer', optional: true, minimum: 100 } },
    run: (call) => ({ data: nextid(call) }),
  },
  {
    method: 'GET',
    path: '/cluster/ha/resources',
    schema: { type: { kind: 'string', optional: true, values: ['ct', 'vm'] } },
    needs: { privilege: 'Sys.Audit', path: '/' },
    run: (call) => {
      const { type } = call.parameters;
      return { data: haResources(call).filter((row) => type === undefined || row.type === type) };
    },
  },
  {
    method: 'GET',
    path: '/storage',
    schema: { type: text },
    run: ({ cluster, permissions, random, parameters }) => {
      const digest = storageDigest(cluster);
      const seen = cluster.storages.filter(
        (storage) =>
          (parameters.type === undefined || storage.type === parameters.type) &&
          permissions.check('Datastore.Audit', `/storage/${storage.storage}`),
      );
      return {
        data: shuffled(seen, random).map((storage) => storageDefinition(storage, digest, random)),
      };
    },
  },
  {
    method: 'GET',
    path: '/pools',
    schema: {},
    run: ({ cluster, permissions, random }) => ({
      data: shuffled(cluster.pools, random)
        .filter(({ poolid }) => permissions.check('Pool.Audit', `/pool/${poolid}`))
        .map(({ poolid, comment }) => ({ poolid, comment })),
    }),
  },
  {
    method: 'GET',
    path: '/pools/{poolid}',
    schema: { poolid: { kind: 'string' } },
    needs: { privilege: 'Pool.Audit', path: '/pool/{poolid}' },
    run: (call) => ({ data: poolMembers(call) }),
  },
];
