// One API call on its way to a route, and what a route is.
import type { IncomingHttpHeaders } from 'node:http';
import type { Random } from '../../random.ts';
import type { Answer } from './answer.ts';
import type { Authentication, Caller } from './authentication.ts';
import type { Cluster, ClusterNode } from './model.ts';
import type { Parameters, Schema } from './parameters.ts';
import type { Permissions, Privilege } from './permissions.ts';
import type { Profile } from './profile.ts';

/** What all calls of one simulator share. */
export interface Service {
  cluster: Cluster;
  profile: Profile;
  permissions: Permissions;
  authentication: Authentication;
  /** For the order of rows and keys; not the cluster's own, so that asking does not change what happens next. */
  random: Random;
  /** The node that answers: calls to others are passed on, and fail when those are down. */
  localNode(): ClusterNode | undefined;
  /** SHA-256 of the simulator's own certificate; empty over plain HTTP. */
  fingerprint: string;
}

/** One call. `args` are the parts of the path that the route names. */
export interface Call extends Service {
  method: string;
  path: string;
  args: Readonly<Record<string, string>>;
  parameters: Parameters;
  headers: IncomingHttpHeaders;
  /** Nobody for the calls that need no sign-in. */
  caller: Caller;
}

/** A path and method of the API. */
export interface Route {
  method: 'GET' | 'POST';
  /** Path with named parts in braces, e.g. `/nodes/{node}/qemu`. */
  path: string;
  schema: Schema;
  /** Privilege and path (named parts filled in) without which the call is refused with 403. */
  needs?: { privilege: Privilege; path: string };
  /** Answered without a token or ticket. */
  open?: boolean;
  run(call: Call): Answer;
}
