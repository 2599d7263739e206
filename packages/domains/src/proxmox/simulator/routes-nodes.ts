// /nodes and what each node tells of itself and its storages.

import { shuffled } from '../../random.ts';
import { badParameters } from './answer.ts';
import type { Call, Route } from './call.ts';
import { nodeOf } from './changes.ts';
import type { Row } from './json.ts';
import { flag, isSet, text } from './parameters.ts';
import { nodeRow, nodeStatus } from './rows-node.ts';
import { nodeStorageRow } from './rows-storage.ts';

const nodeList = ({ cluster, permissions, localNode, fingerprint, random }: Call): Row[] => {
  const local = localNode();
  return shuffled(cluster.nodes, random).map((node) => ({
    ...nodeRow(node, permissions.check('Sys.Audit', `/nodes/${node.name}`)),
    ssl_fingerprint: node === local && fingerprint !== '' ? fingerprint : node.fingerprint,
  }));
};

const storageList = ({ cluster, permissions, random, args, parameters }: Call): Row[] => {
  const node = nodeOf(cluster, args.node as string);
  const { content, storage: only } = parameters;
  if (only !== undefined && !cluster.storages.some((storage) => storage.storage === only)) {
    throw badParameters({ storage: `storage '${only}' does not exist` });
  }
  // Asking for a kind of content, or for enabled ones, also leaves out what this node does not use.
  const onlyEnabled = content !== undefined || isSet(parameters.enabled);
  const kinds = content?.split(/[,; ]+/);
  return shuffled(cluster.storages, random)
    .filter(
      (storage) =>
        (only === undefined || storage.storage === only) &&
        (kinds === undefined || storage.content.some((kind) => kinds.includes(kind))) &&
        permissions.check('Datastore.Audit', `/storage/${storage.storage}`),
    )
    .map((storage) => nodeStorageRow(storage, node, random))
    .filter((row) => !onlyEnabled || row.enabled === true);
};

export const nodeRoutes: readonly Route[] = [
  { method: 'GET', path: '/nodes', schema: {}, run: (call) => ({ data: nodeList(call) }) },
  {
    method: 'GET',
    path: '/nodes/{node}/status',
    schema: { node: { kind: 'string' } },
    needs: { privilege: 'Sys.Audit', path: '/nodes/{node}' },
    run: ({ cluster, args, profile }) => ({
      data: nodeStatus(nodeOf(cluster, args.node as string), profile),
    }),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage',
    schema: {
      node: { kind: 'string' },
      storage: text,
      content: text,
      enabled: flag,
      format: flag,
      target: text,
    },
    run: (call) => ({ data: storageList(call) }),
  },
];
