// Why a scope that answered is still not whole: rights that hide a part of it, or a cluster that lost its quorum.

import { HoldfastError } from '@holdfast/core';
import type { Asked } from '../ask.ts';
import { bool, str } from '../decode.ts';
import type { ClusterAnswers } from './collect-cluster.ts';
import type { LostRights } from './known-rights.ts';
import { type Area, filteredError, type Rights } from './rights.ts';
import type { ProxmoxCredentials } from './settings.ts';

export interface ScopeErrors {
  /** What makes every list doubtful. */
  readonly everywhere: HoldfastError | undefined;
  /** For lists that are filtered by this area. */
  of(area: Area): HoldfastError | undefined;
  /** For lists of what others did on a node. */
  ofNode(node: string): HoldfastError | undefined;
  /** Whether a list that leaves something of the area out says that it is not there. */
  knows(area: Area): boolean;
}

/**
 * @param rights where they could not be read, only what is refused outright tells of what is hidden
 * @param lost rights that were there before
 */
export function scopeErrors(
  { status }: Pick<ClusterAnswers, 'status'>,
  { value: rights }: Asked<Rights>,
  credentials: ProxmoxCredentials,
  lost: LostRights = {},
): ScopeErrors {
  const cluster = status.value?.find((raw) => str(raw['type']) === 'cluster');
  const everywhere =
    cluster !== undefined && bool(cluster['quorate']) === false
      ? new HoldfastError('SOURCE_NO_QUORUM', `the cluster ${str(cluster['name']) ?? ''} has no quorum`)
      : undefined;
  const filtered = (gap: string | undefined, since?: string): HoldfastError | undefined =>
    gap === undefined
      ? undefined
      : filteredError(
          since === undefined ? `${gap} is missing` : `${gap} is missing since ${since}`,
          credentials,
        );
  return {
    everywhere,
    of: (area) => everywhere ?? filtered(rights?.missing(area), lost[area]),
    ofNode: (node) => filtered(rights?.showsNode(node) === false ? `Sys.Audit on /nodes/${node}` : undefined),
    knows: (area) => rights?.missing(area) === undefined,
  };
}
