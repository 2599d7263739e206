// A Proxmox VE API server over a made-up cluster: the entry of the simulator.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { makeRandom } from '../../random.ts';
import { makeAuthentication, type SimulatorUser } from './authentication.ts';
import type { Service } from './call.ts';
import { makeCertificate } from './certificate.ts';
import { type Faults, makeFaults } from './faults.ts';
import { makeHandler } from './handler.ts';
import { listen } from './listener.ts';
import type { Cluster } from './model.ts';
import { makePermissions, type Permissions } from './permissions.ts';
import { type ApiVersion, profileOf } from './profile.ts';
import { sendResponse } from './response.ts';

export type { SimulatorUser } from './authentication.ts';
export {
  addNode,
  addStorage,
  createGuest,
  destroyGuest,
  finishTask,
  migrate,
  recreateGuest,
  removeNode,
  removeStorage,
  runTask,
  setConfig,
  setNodeOnline,
  setPending,
  setStatisticsStuck,
  setStatus,
  takeSnapshot,
  tick,
} from './changes.ts';
export { type ClusterOptions, makeCluster } from './cluster.ts';
export { makeDemoCluster } from './demo-cluster.ts';
export type { Fault, FaultKind, Faults } from './faults.ts';
export type { Cluster, ClusterNode, Guest, GuestConfig, GuestType, Pool, Storage, Task } from './model.ts';
export type { Permissions, Privilege } from './permissions.ts';
export type { ApiVersion } from './profile.ts';

/** How to start a simulator; only the cluster is needed. */
export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: a free port. */
  port?: number;
  /** Default true: HTTPS with a self-signed certificate made at start, and redirects for plain HTTP. */
  tls?: boolean;
  /** Which product's API; default 9. */
  version?: ApiVersion;
  /** Mutable while the simulator runs: the next answer shows it. */
  cluster: Cluster;
  /** The token that is accepted, `USER@REALM!ID=SECRET`; by default one made from the seed. */
  token?: string;
  /** Who can sign in for a ticket; default root@pam with password `holdfast`. */
  user?: SimulatorUser;
  /** For the default token, and the random order of rows and keys; default 1. */
  seed?: number;
  /** Name of the node that answers; default the first that is online. */
  node?: string;
  /** Milliseconds before a 401; the product waits 3000, the default is 0. */
  authDelayMs?: number;
}

/** One answered request; `path` is without prefix and query, and status 0 means that the connection was reset. */
export interface RequestEntry {
  method: string;
  path: string;
  status: number;
}

/** A running simulator. */
export interface Simulator {
  /** `https://HOST:PORT`, without the API's prefix. */
  readonly url: string;
  /** SHA-256 of the certificate, upper-case colon hex; empty over plain HTTP. */
  readonly fingerprint: string;
  readonly token: string;
  readonly cluster: Cluster;
  /** The last 10,000 requests, oldest first. */
  readonly requests: RequestEntry[];
  readonly faults: Faults;
  readonly permissions: Permissions;
  /** Stops listening and destroys open connections. */
  close(): Promise<void>;
}

const keptRequests = 10_000;

const toHttps = (req: IncomingMessage, res: ServerResponse): void => {
  const host = req.headers.host;
  if (host === undefined) {
    req.socket.destroy();
    return;
  }
  const [status, reason] =
    req.method === 'GET' || req.method === 'HEAD' ? [301, 'Moved Permanently'] : [308, 'Permanent Redirect'];
  sendResponse(res, { status, reason, body: null, type: '', location: `https://${host}${req.url}` }, false);
};

/** Starts a simulator. Rejects when the port cannot be listened on. */
export const startSimulator = async (options: SimulatorOptions): Promise<Simulator> => {
  const { cluster, host = '127.0.0.1', seed = 1 } = options;
  const profile = profileOf(options.version ?? 9);
  const token = options.token ?? `root@pam!holdfast=${makeRandom(seed).uuid()}`;
  const user = options.user ?? { username: 'root@pam', password: 'holdfast' };
  const certificate = options.tls === false ? undefined : makeCertificate();
  const fingerprint = certificate?.fingerprint ?? '';
  const faults = makeFaults();
  const permissions = makePermissions(cluster);
  const requests: RequestEntry[] = [];
  const service: Service = {
    cluster,
    profile,
    permissions,
    fingerprint,
    random: makeRandom(seed + 1),
    authentication: makeAuthentication(profile, token, user, () => Math.floor(Date.now() / 1000)),
    localNode: () =>
      cluster.nodes.find((node) => (options.node === undefined ? node.online : node.name === options.node)),
  };
  const handler = makeHandler(service, {
    faults,
    authDelayMs: options.authDelayMs ?? 0,
    socketOf: (port) => listener.socketOf(port),
    log: (entry) => {
      requests.push(entry);
      if (requests.length > keptRequests) requests.shift();
    },
  });
  const listener = await listen({ host, port: options.port ?? 0 }, certificate, handler, toHttps);
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://${shownHost}:${listener.port}`,
    fingerprint,
    token,
    cluster,
    requests,
    faults,
    permissions,
    close: () => listener.close(),
  };
};
