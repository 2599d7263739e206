// The Proxmox collector: asks everything once, and reports scope by scope as the answers come in.

import type { HoldfastError } from '@holdfast/core';
import type { CollectContext, Collector, Observation, ObservedRow } from '@holdfast/core/sync';
import { Questions } from '../ask.ts';
import { ProxmoxClient } from './client.ts';
import {
  askCluster,
  type ClusterAnswers,
  type ClusterNodes,
  clusterNodes,
  clusterRow,
  versionRow,
} from './collect-cluster.ts';
import { type GuestConfigs, readConfigs } from './collect-configs.ts';
import { askNode, type NodeAnswers, offlineNode } from './collect-node.ts';
import { doubtfulGuests, doubtfulStorage } from './confirm-gone.ts';
import { knownDestructions, knownGuests } from './known-guests.ts';
import { noteRights } from './known-rights.ts';
import { mergeGuests } from './merge-guests.ts';
import { nodeStatus } from './node-rows.ts';
import { guestObservations, type RestOfCluster } from './observe-guests.ts';
import { shownStorage, storageObservations } from './observe-storage.ts';
import { taskObservations } from './observe-tasks.ts';
import { type ScopeErrors, scopeErrors } from './scope-errors.ts';
import type { ProxmoxCredentials, ProxmoxSettings } from './settings.ts';
import { clusters, containers, nodes, vms } from './tables.ts';

/** Questions under way at the same time. Proxmox serves three at once, and queues. */
const atOnce = 8;

export const proxmoxCollector: Collector = {
  domain: 'proxmox',

  async *collect(context) {
    const client = connect(context);
    try {
      yield* observe(client, context);
    } finally {
      client.close();
    }
  },

  async test(context) {
    const client = connect(context);
    try {
      const { version, release } = await client.object('/version');
      const { rows } = await client.list('/nodes');
      return { version, release, nodes: rows.length };
    } finally {
      client.close();
    }
  },
};

const connect = ({ source, credentials, signal }: Omit<CollectContext, 'store'>): ProxmoxClient =>
  new ProxmoxClient({
    settings: source.settings as unknown as ProxmoxSettings,
    credentials: credentials as ProxmoxCredentials,
    signal,
  });

async function* observe(client: ProxmoxClient, context: CollectContext): AsyncGenerator<Observation> {
  const { store } = context;
  const source = context.source.name;
  const questions = new Questions(context, atOnce);
  const cluster = await askCluster(client, questions);
  const found = clusterNodes(cluster);
  const names = await nodesToAsk(context, cluster, found);
  const answers = await Promise.all(
    names.map((node) =>
      found.offline.has(node) ? offlineNode(node) : askNode(client, questions, store, source, node),
    ),
  );

  const credentials = context.credentials as ProxmoxCredentials;
  const lost = await noteRights(store, source, cluster.rights.value);
  const errors = scopeErrors(cluster, cluster.rights, credentials, lost);
  const gone = { client, questions, rights: cluster.rights, errors, credentials };
  const asked = new Set(names);
  const guests = await Promise.all(
    (
      [
        ['qemu', vms],
        ['lxc', containers],
      ] as const
    ).map(async ([kind, table]) => {
      const lists = answers.map((answer) => ({ node: answer.node, answer: answer[kind] }));
      const merged = mergeGuests(lists, cluster.resources.value?.[kind].rows ?? []);
      const known = await knownGuests(store, table, source);
      const configs = readConfigs(client, questions, kind, merged, known);
      const doubts = await doubtfulGuests(gone, kind, known, merged, asked);
      return { kind, table, merged, known, configs, doubts };
    }),
  );
  const seenTasks = answers.flatMap(({ tasks }) => tasks.value ?? []);
  const storageDoubt =
    errors.of('/storage') ?? (await doubtfulStorage(gone, store, source, shownStorage(cluster, answers)));
  const destroyed = await knownDestructions(store, source, seenTasks);

  // Configurations are still on their way: what needs none is stored meanwhile.
  const rest: RestOfCluster = { batches: [], rejected: [] };
  const places = new Set([...found.rows.keys(), ...names]);
  yield* clusterObservations(source, cluster);
  yield* nodeObservations(source, cluster.nodes.error ?? errors.everywhere, found, answers);
  yield* storageObservations(source, cluster, answers, places, storageDoubt, rest);
  yield* taskObservations(source, cluster, answers, errors);
  for (const each of guests)
    yield* guestObservations(
      {
        source,
        destroyed,
        places,
        errors,
        offline: found.offline,
        knowsPools: errors.knows('/pool'),
        ...each,
      },
      answers,
      cluster,
      rest,
    );
  yield* configObservations(
    answers,
    guests.map(({ configs }) => configs),
    errors,
  );
  const [doubt] = guests.flatMap(({ doubts }) =>
    [...doubts].filter(([node]) => !asked.has(node)).map(([, error]) => error),
  );
  yield {
    scope: 'cluster/resources',
    error: cluster.resources.error ?? errors.of('/vms') ?? errors.of('/storage') ?? doubt,
    ...rest,
  };
}

/** The nodes that were shown; where their list failed, also those that are stored. */
async function nodesToAsk(
  { store, source }: CollectContext,
  answers: ClusterAnswers,
  { rows, mentioned }: ClusterNodes,
): Promise<string[]> {
  const shown = [...rows.keys()];
  // What the list of nodes does not have is no member, and a question to it would only wait.
  if (answers.nodes.error === undefined) return shown.filter((name) => !mentioned.has(name)).sort();
  const silent = Object.values(answers).every((answer) => answer.error !== undefined);
  if (silent) return [];
  const { items } = await store
    .repository(nodes)
    .list({ where: { source: source.name, absentSince: null }, limit: 10_000 });
  return [...new Set([...shown, ...items.map((item) => item.name)])].sort();
}

/** Both answers describe one record, so it is written once. */
function* clusterObservations(source: string, { version, status }: ClusterAnswers): Generator<Observation> {
  const row = {
    source,
    ...(version.value === undefined ? {} : versionRow(version.value)),
    ...(status.value === undefined ? {} : clusterRow(status.value)),
  };
  const known = version.value !== undefined || status.value !== undefined;
  yield { scope: 'version', error: version.error, batches: [] };
  yield {
    scope: 'cluster/status',
    error: status.error,
    batches: known ? [{ table: clusters, rows: [row] }] : [],
  };
}

/** The nodes, each with what it says of itself. */
function* nodeObservations(
  source: string,
  listError: HoldfastError | undefined,
  { rows, rejected }: ClusterNodes,
  answers: readonly NodeAnswers[],
): Generator<Observation> {
  // A node that only the store remembers is named, so that what it answers has a place.
  const remembered = answers.filter(({ node }) => !rows.has(node)).map(({ node }) => ({ name: node }));
  const statuses = new Map(answers.map(({ node, status }) => [node, status.value]));
  const all = [...rows.values(), ...remembered].map((row): ObservedRow => {
    const status = statuses.get(row['name'] as string);
    if (status === undefined) return { source, ...row };
    const own = Object.entries(nodeStatus(status)).filter(([, value]) => value !== undefined);
    return { source, ...row, ...Object.fromEntries(own) };
  });
  yield {
    scope: 'nodes',
    error: listError,
    rejected,
    batches: [{ table: nodes, rows: all, owns: { source }, swings: ['status'] }],
  };
  for (const { node, status } of answers)
    yield { scope: `node/${node}/status`, error: status.error, batches: [] };
}

/** Configurations come guest by guest; one that fails, or a list without which none was asked for, spoils them. */
function* configObservations(
  answers: readonly NodeAnswers[],
  configs: readonly GuestConfigs[],
  errors: ScopeErrors,
): Generator<Observation> {
  for (const { node, qemu, lxc } of answers) {
    const [first] = configs.flatMap((each) => each.errors.get(node) ?? []);
    yield {
      scope: `node/${node}/config`,
      error: first ?? qemu.error ?? lxc.error ?? errors.of('/vms'),
      batches: [],
    };
  }
}
