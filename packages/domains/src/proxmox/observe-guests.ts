// Guests as observations: a scope for each node's list, and what only the cluster's list shows.

import type { AnyTable, HoldfastError } from '@holdfast/core';
import type { Observation, ObservedBatch, Rejection } from '@holdfast/core/sync';
import type { ClusterAnswers } from './collect-cluster.ts';
import type { GuestConfigs } from './collect-configs.ts';
import type { NodeAnswers } from './collect-node.ts';
import { endOf } from './known-guests.ts';
import { type GuestContext, guestRecord, hasMoved, type MergedGuests } from './merge-guests.ts';
import type { ScopeErrors } from './scope-errors.ts';

export interface GuestsSeen extends GuestContext {
  readonly table: AnyTable;
  readonly merged: MergedGuests;
  readonly configs: GuestConfigs;
  /** Every node that has a record: guests elsewhere have nowhere to be. */
  readonly places: ReadonlySet<string>;
  readonly errors: ScopeErrors;
  /** By node: why guests that are stored there and not listed may still be there. */
  readonly doubts: ReadonlyMap<string, HoldfastError>;
}

/** A node that goes down, or is emptied, changes these on all its guests. */
const swings = ['status', 'node', 'haManaged', 'haState', 'lockStatus'];

/** What belongs to the cluster's own list: records that no node's list has shown. */
export interface RestOfCluster {
  readonly batches: ObservedBatch[];
  readonly rejected: Rejection[];
}

/**
 * One observation for each node's list of this kind, as soon as its configurations are in.
 * @param rest takes what belongs to the cluster's own list
 */
export async function* guestObservations(
  guests: GuestsSeen,
  answers: readonly NodeAnswers[],
  { nodes, resources }: ClusterAnswers,
  rest: RestOfCluster,
): AsyncGenerator<Observation> {
  const { source, kind, table, merged, configs, places, known, destroyed, errors, doubts } = guests;
  const seen = new Map<number, number>();
  const record = (guest: MergedGuests['others'][number]): ReturnType<typeof guestRecord> => {
    const row = guestRecord(guests, guest, configs.changed.get(guest.vmid));
    seen.set(guest.vmid, row.incarnation);
    return row;
  };
  // A guest that has moved is asked about where it was, perhaps before the node is reported where it is.
  await configs.moved;
  for (const [node, { guests: here }] of merged.byNode)
    for (const guest of here.values()) if (hasMoved(guests, guest.vmid, node)) record(guest);
  const others = merged.others.filter(({ clustered }) => places.has(clustered!.node)).map(record);
  const seenElsewhere = ([, vmid, incarnation]: readonly unknown[]): boolean =>
    seen.get(vmid as number) === incarnation;
  const causeOf = ([, vmid, incarnation]: readonly unknown[]): string | undefined => {
    const guest = known.get(vmid as number);
    return guest?.incarnation === incarnation ? endOf(kind, guest, destroyed.get(vmid as number)) : undefined;
  };
  // Between two answers a guest can migrate and be in neither: only the cluster's list tells that from a deletion.
  const { code } = resources.error ?? {};
  const witness = code === undefined || code === 'SOURCE_UNSUPPORTED' || code === 'SOURCE_FORBIDDEN';

  for (const answer of answers) {
    const here = merged.byNode.get(answer.node);
    await configs.ready.get(answer.node);
    const batch: ObservedBatch = {
      table,
      rows: [...(here?.guests.values() ?? [])].map(record),
      ...(witness ? { owns: { source, node: answer.node } } : {}),
      seenElsewhere,
      causeOf,
      swings,
    };
    yield {
      scope: `node/${answer.node}/${kind}`,
      error: answer[kind].error ?? errors.of('/vms') ?? doubts.get(answer.node),
      rejected: here?.rejected ?? [],
      batches: here === undefined ? [] : [batch],
    };
  }
  // Guests of nodes that are gone belong to the cluster's list, where both lists answered in full.
  const asked = answers.map(({ node }) => node);
  const gone = [...doubts.keys()].some((node) => !asked.includes(node));
  const judges = nodes.error === undefined && resources.error === undefined && asked.length > 0 && !gone;
  rest.rejected.push(...(resources.value?.[kind].rejected ?? []));
  rest.batches.push({
    table,
    rows: others,
    ...(judges ? { owns: { source, node: { notIn: asked } } } : {}),
    seenElsewhere,
    causeOf,
    swings,
  });
}
