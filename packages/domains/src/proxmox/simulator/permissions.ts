// What the caller may see: an auditor's role on everything, from which privileges can be taken away for a path.
import type { Json } from './json.ts';

/** Privileges that the simulated routes ask for. */
export type Privilege = 'Sys.Audit' | 'VM.Audit' | 'Datastore.Audit' | 'Pool.Audit' | 'SDN.Audit';

/**
 * Rights of every caller. At first the role PVEAuditor on `/`. Lists then leave out what may not be seen, without any
 * sign of it; calls for one thing answer 403; `GET /access/permissions` tells the truth.
 */
export interface Permissions {
  /** Takes a privilege away on a path and all below it, e.g. `deny('VM.Audit', '/vms/100')`. Default path: `/`. */
  deny(privilege: Privilege, path?: string): void;
  /** Takes a `deny` back: the same privilege and path. */
  allow(privilege: Privilege, path?: string): void;
  /** Takes all of them back. */
  reset(): void;
  /** Whether a privilege holds on a path such as `/vms/100`. */
  check(privilege: Privilege, path: string): boolean;
  /** The data of `GET /access/permissions`: path to privilege to 1; paths without any privilege are left out. */
  describe(only?: string): Json;
}

const auditor: readonly Privilege[] = ['Datastore.Audit', 'Pool.Audit', 'SDN.Audit', 'Sys.Audit', 'VM.Audit'];
const usualPaths = ['/', '/access', '/nodes', '/pool', '/sdn', '/storage', '/vms'];

const covers = (prefix: string, path: string): boolean =>
  prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);

/** Rights of an auditor on everything. */
export const makePermissions = (): Permissions => {
  const denied: { privilege: Privilege; path: string }[] = [];
  const allow = (privilege: Privilege, path = '/'): void => {
    const at = denied.findIndex((entry) => entry.privilege === privilege && entry.path === path);
    if (at >= 0) denied.splice(at, 1);
  };
  const check = (privilege: Privilege, path: string): boolean =>
    !denied.some((entry) => entry.privilege === privilege && covers(entry.path, path));
  return {
    deny: (privilege, path = '/') => {
      allow(privilege, path);
      denied.push({ privilege, path });
    },
    allow,
    reset: () => {
      denied.length = 0;
    },
    check,
    describe: (only) => {
      const paths =
        only === undefined ? new Set([...usualPaths, ...denied.map((entry) => entry.path)]) : [only];
      const described: Record<string, Json> = {};
      for (const path of paths) {
        const held = auditor.filter((privilege) => check(privilege, path));
        if (held.length > 0) described[path] = Object.fromEntries(held.map((privilege) => [privilege, 1]));
      }
      return described;
    },
  };
};
