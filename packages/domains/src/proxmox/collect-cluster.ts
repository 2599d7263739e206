// The questions that one cluster answers as a whole, and the nodes they show.

import { HoldfastError } from '@holdfast/core';
import type { ObservedRow, Rejection } from '@holdfast/core/sync';
import type { Asked, Questions } from '../ask.ts';
import { bool, int, type Raw, str } from '../decode.ts';
import type { ProxmoxClient } from './client.ts';
import { type DecodedRows, decodeRows } from './decode-rows.ts';
import { clusterGuest, type GuestKind, type GuestRow } from './guest-rows.ts';
import { listedNode, statusNode } from './node-rows.ts';
import { type Rights, readRights } from './rights.ts';
import { clusterStorageRow, type NodeStorageRow } from './storage-rows.ts';

export interface ClusterAnswers {
  readonly version: Asked<Raw>;
  readonly nodes: Asked<Raw[]>;
  readonly status: Asked<Raw[]>;
  readonly resources: Asked<ClusterResources>;
  readonly storage: Asked<Raw[]>;
  readonly tasks: Asked<Raw[]>;
  readonly rights: Asked<Rights>;
}

/** The cluster's one list, taken apart as it arrives. */
export interface ClusterResources {
  readonly qemu: DecodedRows<GuestRow>;
  readonly lxc: DecodedRows<GuestRow>;
  readonly nodes: readonly Raw[];
  readonly storage: DecodedRows<NodeStorageRow>;
}

function takeApart(rows: readonly Raw[]): ClusterResources {
  const ofType = Map.groupBy(rows, (raw) => raw['type']);
  const guests = (kind: GuestKind): DecodedRows<GuestRow> =>
    decodeRows(ofType.get(kind) ?? [], clusterGuest, `${kind} in the cluster's list`);
  return {
    qemu: guests('qemu'),
    lxc: guests('lxc'),
    nodes: ofType.get('node') ?? [],
    storage: decodeRows(ofType.get('storage') ?? [], clusterStorageRow, "a storage in the cluster's list"),
  };
}

export async function askCluster(client: ProxmoxClient, questions: Questions): Promise<ClusterAnswers> {
  const list = (path: string): Promise<Asked<Raw[]>> =>
    questions.ask(async () => (await client.list(path)).rows);
  // Before the lists: rights that are taken away in between are found when what is missing is asked for.
  const rights = await questions.ask(async () => readRights(await client.object('/access/permissions')));
  const [version, nodes, status, resources, storage, tasks] = await Promise.all([
    questions.ask(() => client.object('/version')),
    list('/nodes'),
    list('/cluster/status'),
    questions.ask(async () => takeApart((await client.list('/cluster/resources')).rows)),
    list('/storage'),
    list('/cluster/tasks'),
  ]);
  return { rights, version, nodes, status, resources, storage, tasks };
}

export interface ClusterNodes {
  /** Merged rows by node name. */
  readonly rows: Map<string, ObservedRow>;
  readonly rejected: Rejection[];
  /** Nodes that a call would only wait for. */
  readonly offline: Set<string>;
  /** Nodes that only records on them name, as a removed node's leftovers do. */
  readonly mentioned: Set<string>;
}

const maxName = 128;

/** Nodes from every list that answered; a value that one list has and another lacks is kept. */
export function clusterNodes({ nodes, status, resources }: ClusterAnswers): ClusterNodes {
  const rows = new Map<string, ObservedRow>();
  const rejected: Rejection[] = [];
  const says = new Map<string, Set<string>>();
  const merge = (row: ObservedRow | undefined): void => {
    if (row === undefined) return;
    const name = row['name'] as string;
    if (name.length > maxName) {
      rejected.push({
        id: `node ${name.slice(0, 40)}…`,
        message: `a node name has at most ${maxName} characters`,
      });
      return;
    }
    says.set(name, (says.get(name) ?? new Set()).add(row['status'] as string));
    const before = rows.get(name) ?? {};
    const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
    rows.set(name, { ...given, ...before, ...keepKnown(before, given) });
  };
  const own = decodeRows(nodes.value ?? [], listedNode, 'a node');
  rejected.push(...own.rejected);
  const listed = new Set<unknown>();
  for (const row of own.rows) {
    const name = row['name'] as string;
    if (listed.has(name))
      rejected.push({ id: `node ${name.slice(0, 40)}`, message: 'the answer has this id twice' });
    else merge(row);
    listed.add(name);
  }
  for (const raw of status.value ?? []) if (str(raw['type']) === 'node') merge(statusNode(raw));
  for (const raw of resources.value?.nodes ?? []) merge(listedNode(raw));
  const mentioned = new Set<string>();
  const { qemu, lxc, storage } = resources.value ?? {};
  for (const list of [qemu, lxc, storage])
    for (const { node } of list?.rows ?? []) {
      if (rows.has(node) || node.length > maxName) continue;
      mentioned.add(node);
      rows.set(node, { name: node });
    }
  const offline = new Set(
    [...says].filter(([, words]) => words.has('offline') && !words.has('online')).map(([name]) => name),
  );
  return { rows, rejected, offline, mentioned };
}

/** A null gives way to a value; `unknown` gives way to a list that knows. */
function keepKnown(before: ObservedRow, given: ObservedRow): ObservedRow {
  const better: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const had = before[key];
    if ((had === null || (key === 'status' && had === 'unknown')) && value !== null) better[key] = value;
  }
  return better;
}

/** What `/version` and `/cluster/status` say of the cluster itself. */
export function versionRow(raw: Raw): ObservedRow {
  return { version: str(raw['version']) ?? null, release: str(raw['release']) ?? null };
}

export function clusterRow(status: readonly Raw[]): ObservedRow {
  const cluster = status.find((raw) => str(raw['type']) === 'cluster');
  const nodeCount = status.filter((raw) => str(raw['type']) === 'node').length;
  if (cluster === undefined) return { name: null, quorate: null, nodeCount };
  return {
    name: str(cluster['name']) ?? null,
    quorate: bool(cluster['quorate']) ?? null,
    nodeCount: int(cluster['nodes']) ?? nodeCount,
  };
}

/** Why nothing is asked of a node that is known to be away. */
export const offlineError = (node: string): HoldfastError =>
  new HoldfastError('SOURCE_NODE_OFFLINE', `${node} is offline`);
