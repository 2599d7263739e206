// What the caller may see. Proxmox leaves out of a list what it may not show, and says nothing of it: only the rights
// tell whether a list is whole.

import { HoldfastError } from '@holdfast/core';
import { bool, isRaw, type Raw } from '../decode.ts';
import type { ProxmoxCredentials } from './settings.ts';

/** Parts of the cluster that lists are filtered by. */
export type Area = '/vms' | '/storage' | '/pool' | '/nodes' | '/';

/** Any one of these on a path shows what is there. */
const privileges: Record<Area, readonly string[]> = {
  '/vms': ['VM.Audit'],
  '/storage': ['Datastore.Audit', 'Datastore.AllocateSpace'],
  '/pool': ['Pool.Audit'],
  '/nodes': ['Sys.Audit'],
  '/': ['Sys.Audit'],
};

export interface Rights {
  /** Undefined when everything in the area is shown; else where the right is missing, as `VM.Audit on /vms/100`. */
  missing(area: Area): string | undefined;
  /** Whether one thing is shown, as `/vms/100`, by rights asked for this path alone. */
  shows(area: Area, path: string): boolean;
  /** Whether one node is shown in full. */
  showsNode(node: string): boolean;
  /** The same text for the same rights. */
  readonly text: string;
}

/**
 * Reads the answer of `GET /access/permissions`: privileges by path, each with whether it reaches below the path.
 * Rights of a token are its own here, privilege separation included.
 * - An area is shown wholly when its privilege reaches below it and no path below takes it back.
 * - A path on which nothing at all is allowed is left out of the answer: what hides there shows only when it is asked for.
 */
export function readRights(data: Raw): Rights {
  const paths = new Map<string, Map<string, boolean>>();
  for (const [path, held] of Object.entries(data))
    if (isRaw(held))
      paths.set(path, new Map(Object.entries(held).map(([name, reaches]) => [name, bool(reaches) ?? false])));
  const on = (path: string, area: Area): boolean =>
    privileges[area].some((name) => paths.get(path)?.has(name));
  const below = (area: Area): boolean => privileges[area].some((name) => paths.get(area)?.get(name) === true);
  return {
    missing(area) {
      const [name] = privileges[area];
      // Only the whole cluster's own rights count for what belongs to no part of it.
      if (area === '/') return on('/', area) ? undefined : `${name} on /`;
      if (!below(area)) return `${name} on ${area}`;
      const gap = [...paths.keys()].find((path) => path.startsWith(`${area}/`) && !on(path, area));
      return gap === undefined ? undefined : `${name} on ${gap}`;
    },
    shows: (area, path) => on(path, area),
    showsNode: (node) => (paths.has(`/nodes/${node}`) ? on(`/nodes/${node}`, '/nodes') : below('/nodes')),
    text: [...paths]
      .map(([path, held]) => `${path} ${[...held].map(([name, reaches]) => `${name}=${reaches}`).sort()}`)
      .sort()
      .join('\n'),
  };
}

/** Who is asking, as `pveum` takes it. */
function whose({ token, user }: ProxmoxCredentials): string {
  if (token === undefined) return `--users '${user}'`;
  const id = token.slice(0, token.lastIndexOf('='));
  // A token has what it was given and its user has.
  return `--users '${id.slice(0, id.lastIndexOf('!'))}' --tokens '${id}'`;
}

/** @param what is not shown, in words */
export const filteredError = (what: string, credentials: ProxmoxCredentials): HoldfastError =>
  new HoldfastError('SCOPE_FILTERED', `the answer may be short: ${what}`, {
    hint: `On a node: pveum acl modify / --roles PVEAuditor ${whose(credentials)}; nothing was called absent`,
  });
